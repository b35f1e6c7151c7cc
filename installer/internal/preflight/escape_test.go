package preflight_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/installer/internal/preflight"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
)

// header returns what a file of testdata says about itself.
func header(text, name string) string {
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, "# "+name+": "); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func read(t *testing.T, path ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(path...))
	require.NoError(t, err)
	return string(data)
}

// TestNamespacedScopeHolds tries packages that want to reach beyond their namespace.
func TestNamespacedScopeHolds(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/escape/*.yaml")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 90)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			t.Parallel()
			text := read(t, file)
			expected := strings.Fields(header(text, "expect"))
			require.NotEmpty(t, expected)
			require.NotEmpty(t, header(text, "why"))
			instance := newInstance(t, manifest.ScopeNamespaced, text)
			for i := range instance.Phases {
				instance.Phases[i].Class = header(text, "class")
			}
			c := newCluster(t, read(t, "testdata", "cluster.yaml"))
			result := check(t, c, newOptions(c, instance))
			require.True(t, result.Blocked)
			matched := false
			for _, finding := range result.Diagnostics.WithSeverity(diagnostic.Error) {
				for _, code := range expected {
					matched = matched || finding.Code == diagnostic.Code(code)
				}
				require.Equal(t, "objects.yaml", finding.Position.File, "%v", finding)
				require.NotZero(t, finding.Position.Line)
			}
			require.True(t, matched, "%v has none of %v", result.Diagnostics, expected)
			for _, call := range c.Calls() {
				if call.Verb == clustertest.VerbApply {
					require.Equal(t, "shop", call.Reference.Namespace, "not even tried outside: %v", call)
				}
			}
			for _, object := range result.Objects {
				if object.Diagnostics.HasErrors() {
					require.Contains(t, []preflight.Action{"", preflight.ActionDeferred}, object.Action)
				}
			}
		})
	}
}

// Nothing of a crafted package depends on what the user is willing to take over.
func TestNamespacedScopeHoldsWithAdoptAndForce(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/escape/*.yaml")
	require.NoError(t, err)
	for _, file := range files {
		text := read(t, file)
		switch header(text, "expect") {
		case "collision-foreign", "collision-package-operator": // that is what adopting means
			continue
		}
		instance := newInstance(t, manifest.ScopeNamespaced, text)
		for i := range instance.Phases {
			instance.Phases[i].Class = header(text, "class")
		}
		c := newCluster(t, read(t, "testdata", "cluster.yaml"))
		options := newOptions(c, instance)
		options.Adopt, options.Force = true, true
		require.True(t, check(t, c, options).Blocked, file)
	}
}

func TestNamespacedScopeAllowsWhatIsInside(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/inside/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		c := newCluster(t, read(t, "testdata", "cluster.yaml"))
		options := newOptions(c, newInstance(t, manifest.ScopeNamespaced, read(t, file)))
		result := check(t, c, options)
		require.False(t, result.Blocked, "%s: %v", file, result.Diagnostics)
		options.WithoutResults = true
		for number, object := range check(t, c, options).Objects {
			require.Equal(t, result.Objects[number].Action, object.Action)
			require.Nil(t, object.Result)
		}
		for _, object := range result.Objects {
			require.Equal(t, preflight.ActionCreate, object.Action)
			require.Equal(t, "shop", object.Reference.Namespace)
			require.Equal(t, "shop", object.Desired.GetNamespace())
			require.Equal(t, "shop", object.Result.GetNamespace())
			require.Equal(t, shop, cluster.Owner(object.Desired))
			require.Empty(t, object.Desired.GetUID())
			require.Nil(t, object.Desired.GetManagedFields())
			require.Nil(t, object.Desired.GetDeletionTimestamp())
		}
	}
}

const settings = "{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}}"

// The instance and the release have to be about one namespace.
func TestNamespacedScopeWantsTheNamespaceOfTheRelease(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		release, instance string
		scope             manifest.Scope
		blocked           bool
	}{
		{"shop", "shop", manifest.ScopeNamespaced, false},
		{"victim", "shop", manifest.ScopeNamespaced, true},
		{"shop", "victim", manifest.ScopeNamespaced, true},
		{"shop", "", manifest.ScopeNamespaced, true},
		{"shop", "shop", "", true},
		{"shop", "shop", "namespaced", true},
		{"shop", "victim", manifest.ScopeCluster, false},
	} {
		c := newCluster(t, read(t, "testdata", "cluster.yaml"))
		instance := newInstance(t, test.scope, settings)
		instance.Namespace = test.instance
		options := newOptions(c, instance)
		options.Release.Namespace = test.release
		result := check(t, c, options)
		require.Equal(t, test.blocked, result.Blocked, "%v: %v", test, result.Diagnostics)
		if test.blocked {
			require.Equal(t, []string{"scope-violation"}, codes(result.Diagnostics, diagnostic.Error))
			require.True(t, test.scope != manifest.ScopeNamespaced || len(dryRuns(c)) == 0)
		}
	}
}

func TestNamespacedScopeOfAnEmptyInstance(t *testing.T) {
	t.Parallel()
	c := newCluster(t, "")
	instance := newInstance(t, manifest.ScopeNamespaced, "")
	require.Empty(t, check(t, c, newOptions(c, instance)).Diagnostics)
	instance.Namespace = "victim"
	require.Equal(t, []string{"scope-violation"}, codes(check(t, c, newOptions(c, instance)).Diagnostics, diagnostic.Error))
}

// A definition in the package does not make its kind one that the package may use.
func TestNamespacedScopeKnowsNoKindsOfThePackage(t *testing.T) {
	t.Parallel()
	c := newCluster(t, "")
	instance := newInstance(t, manifest.ScopeNamespaced, read(t, "testdata", "escape", "type-definition-in-package.yaml"))
	objects := check(t, c, newOptions(c, instance)).Objects
	require.Equal(t, []string{"scope-violation"}, codes(objects[0].Diagnostics, diagnostic.Error))
	require.Equal(t, []string{"kind-unknown"}, codes(objects[1].Diagnostics, diagnostic.Error))
}

// A class gives a package another cluster only where the caller does.
func TestClassesOfPhases(t *testing.T) {
	t.Parallel()
	const role = "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: shop}}"
	for _, test := range []struct {
		name  string
		other func(own *clustertest.Cluster) cluster.Cluster
		want  []string
	}{
		{"no cluster", func(*clustertest.Cluster) cluster.Cluster { return nil }, []string{"phase-class-unknown"}},
		{"the same cluster", func(own *clustertest.Cluster) cluster.Cluster { return own }, []string{"scope-violation"}},
		{"another cluster", func(*clustertest.Cluster) cluster.Cluster { return newCluster(t, "") }, []string{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			instance := newInstance(t, manifest.ScopeNamespaced, settings)
			hosted := newInstance(t, manifest.ScopeNamespaced, role)
			hosted.Phases[0].Name, hosted.Phases[0].Class = "hosted", "hosted-cluster"
			instance.Phases = append(instance.Phases, hosted.Phases...)
			c := newCluster(t, "")
			options := newOptions(c, instance)
			options.Clusters = map[string]cluster.Cluster{"hosted-cluster": test.other(c)}
			result := check(t, c, options)
			require.Equal(t, test.want, codes(result.Diagnostics, diagnostic.Error), "%v", result.Diagnostics)
			require.Equal(t, []string{"ConfigMap shop/settings"}, dryRuns(c))
			if other, ok := options.Clusters["hosted-cluster"].(*clustertest.Cluster); ok && other != c {
				require.Equal(t, []string{"ClusterRole.rbac.authorization.k8s.io shop"}, dryRuns(other))
				require.Equal(t, "hosted-cluster", result.Objects[1].Class)
			}
		})
	}
}

// Values that no YAML can have come from programs that make instances.
func TestHostileInstances(t *testing.T) {
	t.Parallel()
	type metadata = map[string]any
	for name, content := range map[string]map[string]any{
		"nil":             nil,
		"empty":           {},
		"int":             {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata{"name": "a"}, "data": map[string]any{"n": 1}},
		"function":        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata{"name": "a"}, "data": func() {}},
		"typed map":       {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata{"name": "a"}, "data": map[string]string{}},
		"nil metadata":    {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata(nil)},
		"text as labels":  {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata{"name": "a", "labels": "x"}},
		"typed labels":    {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata{"name": "a", "labels": map[string]string{cluster.LabelRelease: "x"}}},
		"definition":      {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": metadata{"name": "a"}, "spec": []any{int64(1)}},
		"definition list": {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": metadata{"name": "a"}, "spec": metadata{"versions": []any{"v1", nil}}},
	} {
		c := newCluster(t, "")
		instance := newInstance(t, manifest.ScopeCluster, settings)
		instance.Phases[0].Objects = append(instance.Phases[0].Objects, packagetypes.NewObject(content, diagnostic.Position{File: "a.yaml"}, nil, ""))
		require.NotPanics(t, func() { require.True(t, check(t, c, newOptions(c, instance)).Blocked, name) }, name)
		require.Subset(t, []string{"ConfigMap shop/settings", "CustomResourceDefinition.apiextensions.k8s.io a"}, dryRuns(c), name)
	}
}

// uncomparable is a cluster whose values cannot be compared.
type uncomparable struct {
	cluster.Cluster
	_ []int
}

func TestSameCluster(t *testing.T) {
	t.Parallel()
	a, b := clustertest.New(), clustertest.New()
	require.True(t, preflight.SameCluster(a, a))
	require.False(t, preflight.SameCluster(a, b))
	require.False(t, preflight.SameCluster(nil, nil))
	require.False(t, preflight.SameCluster(a, nil))
	require.False(t, preflight.SameCluster(uncomparable{Cluster: a}, uncomparable{Cluster: a}))
}
