package compare

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whether a path is covered is what asking each rule says.
func TestCoverageOfPaths(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	path := func() string {
		text := "/"
		for range random.IntN(4) {
			text += string("ab-/"[random.IntN(4)])
		}
		return text
	}
	for range 2_000 {
		set := atomSet{}
		for range random.IntN(6) {
			url := path()
			if random.IntN(2) == 0 {
				url += anyOne
			}
			set[atom{verb: []string{"get", "post", anyOne}[random.IntN(3)], url: url}] = struct{}{}
		}
		asked := atom{verb: "get", url: path()}
		want := false
		for a := range set {
			prefix, wild := strings.CutSuffix(a.url, anyOne)
			want = want || (a.verb == "get" || a.verb == anyOne) && (a.url == asked.url || wild && strings.HasPrefix(asked.url, prefix))
		}
		require.Equal(t, want, newCoverage(set).covers(asked), "%v in %v", asked, set)
	}
}

// The time is linear in the length of paths: looking for each beginning of each of these
// would take hours, which is longer than any test may.
func TestManyLongPaths(t *testing.T) {
	t.Parallel()
	role := func(letter string) []map[string]any {
		var urls []any
		for i := range 40 {
			urls = append(urls, "/"+strings.Repeat(letter, 1_000_000)+strings.Repeat("/", i%7)+strconv.Itoa(i))
		}
		return []map[string]any{{
			"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": map[string]any{"name": "web"},
			"rules": []any{map[string]any{"verbs": []any{"get"}, "nonResourceURLs": urls}},
		}}
	}
	require.Len(t, Permissions(role("a"), role("b")), 2)
}
