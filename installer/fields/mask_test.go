package fields_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/installer/fields"
)

// requireHidden wants no trace of a secret in changes.
func requireHidden(t *testing.T, changes []fields.Change, secrets ...string) {
	t.Helper()
	written, err := json.Marshal(changes)
	require.NoError(t, err)
	for _, change := range changes {
		written = append(written, fmt.Sprint(change, change.Before, change.After, fields.Lines(change))...)
	}
	for _, secret := range secrets {
		require.NotContains(t, string(written), secret)
	}
}

func TestSecretsAreMasked(t *testing.T) {
	t.Parallel()
	const secret = "apiVersion: v1\nkind: Secret\n"
	tests := map[string]struct {
		before, after string
		want          []string
	}{
		"data": {
			secret + "data: {tls.crt: aHVzaA==, old: aHVzaA==, same: aHVzaA==}",
			secret + "data: {tls.crt: c2VjcmV0, new: aHVzaA==, same: aHVzaA==}",
			[]string{`.data.new: added (not shown)`, `.data.old: removed (not shown)`, `.data["tls.crt"]: changed (not shown)`},
		},
		"stringData is data":                   {secret + "data: {a: aHVzaA==}", secret + "stringData: {a: hush}", nil},
		"stringData":                           {secret + "stringData: {a: hush}", secret + "stringData: {a: secret}", []string{".data.a: changed (not shown)"}},
		"a whole map":                          {secret, secret + "data: {a: aHVzaA==, b: {c: hush}}", []string{".data.a: added (not shown)", ".data.b: added (not shown)"}},
		"data that is no map":                  {secret + "data: hush", secret + "data: [hush]", []string{".data: changed (not shown)"}},
		"stringData that is no map":            {secret + "data: {a: aHVzaA==}", secret + "data: {a: aHVzaA==}\nstringData: [hush]", []string{".stringData: added (not shown)"}},
		"a Secret that becomes something else": {secret + "stringData: {a: hush}", "apiVersion: v1\nkind: Other\ndata: {a: hush}", []string{".data.a: changed (not shown)", ".kind: Secret -> Other"}},
		"the copy of kubectl": {
			secret + "metadata: {annotations: {a: x, kubectl.kubernetes.io/last-applied-configuration: hush}}",
			secret + "metadata: {annotations: {a: y, kubectl.kubernetes.io/last-applied-configuration: secret}}",
			[]string{".metadata.annotations.a: x -> y", `.metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"]: changed (not shown)`},
		},
		"the copy of kubectl in new metadata": {
			secret,
			secret + "metadata: {name: a, annotations: {kubectl.kubernetes.io/last-applied-configuration: hush}}",
			[]string{`.metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"]: added (not shown)`, ".metadata.name: added a"},
		},
		"another kind keeps its values": {"kind: ConfigMap\ndata: {a: x}", "kind: ConfigMap\ndata: {a: y}", []string{".data.a: x -> y"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before, after := parse(t, test.before), parse(t, test.after)
			changes := fields.Difference(before, after, fields.Options{})
			require.Equal(t, append([]string{}, test.want...), texts(changes))
			requireHidden(t, changes, "hush", "aHVzaA", "c2VjcmV0", "secret\"")
			back := fields.Difference(after, before, fields.Options{})
			require.Len(t, back, len(changes))
			requireHidden(t, back, "hush", "aHVzaA", "c2VjcmV0")
		})
	}
}

func TestMask(t *testing.T) {
	t.Parallel()
	password := func(path string, _ any) bool { return strings.HasSuffix(path, ".password") }
	hush := func(_ string, value any) bool { return value == "hush" }
	tests := map[string]struct {
		before, after string
		mask          func(string, any) bool
		want          []string
	}{
		"a value":             {"spec: {password: hush, a: 1}", "spec: {password: new, a: 2}", password, []string{".spec.a: 1 -> 2", ".spec.password: changed (not shown)"}},
		"a value that stays":  {"spec: {password: hush, a: 1}", "spec: {password: hush, a: 2}", password, []string{".spec.a: 1 -> 2"}},
		"by value":            {"spec: {a: hush}", "spec: {a: x}", hush, []string{".spec.a: changed (not shown)"}},
		"what is in it":       {"spec: {password: {a: [hush]}}", "spec: {password: {a: [x]}}", password, []string{".spec.password: changed (not shown)"}},
		"in something new":    {"spec: {}", "spec: {a: {b: [{password: hush}, x]}, c: 1}", password, []string{".spec.a.b[0].password: added (not shown)", ".spec.a.b[1]: added x", ".spec.c: added 1"}},
		"in what was removed": {"spec: {a: {password: hush, b: 1}}", "spec: {}", password, []string{".spec.a.b: removed 1", ".spec.a.password: removed (not shown)"}},
		"in a new item":       {"spec: {l: []}", "spec: {l: [{name: x, password: hush}]}", password, []string{".spec.l[name=x].name: added x", ".spec.l[name=x].password: added (not shown)"}},
		"in another type":     {"spec: {a: [hush]}", "spec: {a: {b: 1}}", hush, []string{".spec.a[0]: removed (not shown)", `.spec.a: added {"b":1}`}},
		"in a text's place":   {"spec: {a: x}", "spec: {a: {b: hush}}", hush, []string{".spec.a: removed x", ".spec.a.b: added (not shown)"}},
		"a key of items":      {"spec: {l: [{name: hush, v: 1}]}", "spec: {l: [{name: hush, v: 2}]}", hush, []string{".spec.l[0].v: 1 -> 2"}},
		"an item of a set":    {"metadata: {finalizers: [hush]}", "metadata: {finalizers: [x]}", hush, []string{".metadata.finalizers[0]: changed (not shown)"}},
		"everything":          {"spec: {a: hush}", "spec: {a: x}", func(string, any) bool { return true }, []string{".spec: changed (not shown)"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before, after := parse(t, test.before), parse(t, test.after)
			changes := fields.Difference(before, after, fields.Options{Mask: test.mask})
			require.ElementsMatch(t, test.want, texts(changes))
			requireHidden(t, changes, "hush")
			requireHidden(t, fields.Difference(after, before, fields.Options{Mask: test.mask}), "hush")
		})
	}
}
