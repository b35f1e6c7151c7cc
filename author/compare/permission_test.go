package compare

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// request is what somebody asks of an API server.
type request struct{ verb, group, resource, name string }

// allows judges a request as the documentation of Kubernetes says, rule by rule.
func allows(rules []map[string]any, r request) bool {
	return slices.ContainsFunc(rules, func(rule map[string]any) bool {
		has := func(field string, accepted ...string) bool {
			return slices.ContainsFunc(textsAt(rule, field), func(text string) bool { return slices.Contains(accepted, text) })
		}
		resources := []string{r.resource, "*"}
		if _, sub, ok := strings.Cut(r.resource, "/"); ok {
			resources = append(resources, "*/"+sub)
		}
		return has("verbs", r.verb, "*") && has("apiGroups", r.group, "*") && has("resources", resources...) &&
			(len(textsAt(rule, "resourceNames")) == 0 || has("resourceNames", r.name))
	})
}

// What is gained and lost is what single requests say, over many random roles.
func TestPermissionsAgreeWithRequests(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(among ...string) []any {
		var picked []any
		for len(picked) == 0 {
			for _, one := range among {
				if random.IntN(3) == 0 {
					picked = append(picked, one)
				}
			}
		}
		return picked
	}
	rules := func() []map[string]any {
		var all []map[string]any
		for range 1 + random.IntN(3) {
			rule := map[string]any{
				"verbs": pick("get", "list", "*"), "apiGroups": pick("", "apps", "*"),
				"resources": pick("pods", "pods/log", "deployments", "*/log", "*"),
			}
			if random.IntN(3) == 0 {
				rule["resourceNames"] = pick("x", "y")
			}
			all = append(all, rule)
		}
		return all
	}
	role := func(rules []map[string]any) []map[string]any {
		items := make([]any, 0, len(rules))
		for _, rule := range rules {
			items = append(items, rule)
		}
		return []map[string]any{
			{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": map[string]any{"name": "a"}, "rules": items},
			{
				"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": map[string]any{"name": "a"},
				"roleRef":  map[string]any{"kind": "ClusterRole", "name": "a"},
				"subjects": []any{map[string]any{"kind": "User", "name": "somebody"}},
			},
		}
	}
	// "other" stands for whatever only a wildcard allows.
	var requests []request
	for _, verb := range []string{"get", "list", "other"} {
		for _, group := range []string{"", "apps", "other"} {
			for _, resource := range []string{"pods", "pods/log", "deployments", "other", "other/log"} {
				for _, name := range []string{"", "x", "y", "other"} {
					requests = append(requests, request{verb, group, resource, name})
				}
			}
		}
	}
	for range 500 {
		before, after := rules(), rules()
		var gained, lost bool
		for _, r := range requests {
			was, is := allows(before, r), allows(after, r)
			gained = gained || is && !was
			lost = lost || was && !is
		}
		var saidGained, saidLost bool
		for _, change := range Permissions(role(before), role(after)) {
			require.Equal(t, Notable, change.Effect)
			saidGained = saidGained || change.Code != PermissionLost
			saidLost = saidLost || change.Code == PermissionLost
		}
		require.Equal(t, gained, saidGained, "%v -> %v", before, after)
		require.Equal(t, lost, saidLost, "%v -> %v", before, after)
	}
}

// More permissions than are compared are told, and end in time.
func TestTooManyPermissions(t *testing.T) {
	t.Parallel()
	many := make([]any, 0, 2_000)
	for i := range 2_000 {
		many = append(many, strings.Repeat("a", i%50)+string(rune('a'+i%26)))
	}
	role := func(verbs []any) []map[string]any {
		return []map[string]any{{
			"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": map[string]any{"name": "a"},
			"rules": []any{map[string]any{"verbs": verbs, "apiGroups": many, "resources": many, "resourceNames": many}},
		}}
	}
	require.Empty(t, Permissions(role(many), role(many)))
	changes := Permissions(role(many), role(many[1:]))
	require.Len(t, changes, 1)
	require.Equal(t, PermissionsNotCompared, changes[0].Code)
}

// Bounds near the ends of 64 bits are compared exactly.
func TestLargeBounds(t *testing.T) {
	t.Parallel()
	schema := func(maximum int64) map[string]any {
		return map[string]any{"type": "object", "properties": map[string]any{"bytes": map[string]any{"type": "integer", "maximum": maximum}}}
	}
	changes := ConfigSchemas(schema(9223372036854775807), schema(9223372036854775806))
	require.Len(t, changes, 1)
	require.Equal(t, configFlavor.code(BoundTightened), changes[0].Code)
}

func TestQuantities(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{{"1Gi", "1024Mi"}, {"1", "1000m"}, {"1.5Gi", "1536Mi"}, {"1k", "1000"}} {
		a, ok := quantity(pair[0])
		require.True(t, ok)
		b, ok := quantity(pair[1])
		require.True(t, ok)
		require.Zero(t, a.Cmp(b), "%v", pair)
	}
	for _, text := range []string{"", "Gi", "1Xi", "1e9999999999", "1/2", "0x10", "1__0", strings.Repeat("9", 100)} {
		_, ok := quantity(text)
		require.False(t, ok, text)
	}
}
