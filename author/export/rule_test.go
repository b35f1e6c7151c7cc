package export

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRuleExpression(t *testing.T) {
	t.Parallel()
	for rule, want := range map[string]string{
		"self.status.sold > 3":                          `[{"status": status}].all(self, self.status.sold > 3)`,
		"self.?spec.hasValue() && self.spec.a == 1":     `[{"spec": spec}].all(self, self.?spec.hasValue() && self.spec.a == 1)`,
		"has(self.status.a)":                            `[{"status": status}].all(self, has(self.status.a))`,
		"self.status.phase == 'self.ready'":             `[{"status": status}].all(self, self.status.phase == 'self.ready')`,
		"self.status.list.exists(c, c.type == 'Ready')": `[{"status": status}].all(self, self.status.list.exists(c, c.type == 'Ready'))`,
		"size(self) > 1":                                "", // the object as a whole
		`self["status"].a == 1`:                         "",
		"true":                                          "",
		"self.status.":                                  "",
		"self.status.list.all(self, self.a)":            "", // another self
		"'one'":                                         "",
		"size(self.status.name)":                        "", // no truth
		"isURL(self.status.url)":                        "", // functions of Kubernetes that Flux does not have
		"self.status.list.sum() > 3":                    "",
		"quantity(self.spec.size).isInteger()":          "",
	} {
		got, ok := ruleExpression(rule)
		require.Equal(t, want, got, rule)
		require.Equal(t, want != "", ok, rule)
	}
}

func TestResourceName(t *testing.T) {
	t.Parallel()
	require.Equal(t, "my-shop--01-a", resourceName("My_Shop.", "01-a"))
	long := strings.Repeat("n", 63)
	first, second := resourceName(long, "01-a"), resourceName(long, "02-b")
	require.NotEqual(t, first, second, "a Kustomization that depends on itself is never ready")
	require.Len(t, first, 63)
	require.Equal(t, "a-b", resourceName("a.b"))
	require.Equal(t, "a--b", resourceName("-a", "-b-"))
}
