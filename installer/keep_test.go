package installer_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/packagetypes"
)

func object(t testing.TB, text string) *unstructured.Unstructured {
	t.Helper()
	content := map[string]any{}
	require.NoError(t, yaml.Unmarshal([]byte(text), &content))
	return &unstructured.Unstructured{Object: integers(content).(map[string]any)}
}

const widgets = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  names: {kind: Widget, plural: widgets, singular: widget, listKind: WidgetList}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`

func widget(name, namespace string) string {
	return "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: " + name + ", namespace: " + namespace + "}\nspec: {size: 1}\n"
}

func kept(result *installer.Result) []string {
	var names []string
	for _, one := range result.Kept {
		names = append(names, one.Object.String())
	}
	return names
}

func TestDefinitionWithForeignResourcesStays(t *testing.T) {
	t.Parallel()
	for _, foreign := range []bool{false, true} {
		for _, told := range []bool{false, true} {
			c := clustertest.New(clustertest.WithStaleDiscovery())
			i := installer.New(c, quick())
			_, err := i.Apply(t.Context(), shop, phases(t, "# phase crds\n"+widgets+"# phase widgets\n"+widget("ours", "default")), installer.ApplyOptions{})
			require.NoError(t, err)
			if foreign {
				require.NoError(t, c.Load(object(t, widget("theirs", "default"))))
			}
			result, err := i.Delete(t.Context(), shop, installer.DeleteOptions{DeleteForeign: told})
			require.NoError(t, err)
			left := content(c)
			require.NotContains(t, left, "Widget.example.com default/ours")
			if !foreign || told {
				require.NotContains(t, left, "CustomResourceDefinition.apiextensions.k8s.io widgets.example.com")
				require.Empty(t, result.Kept)
				continue
			}
			require.Contains(t, left, "Widget.example.com default/theirs")
			require.Equal(t, []string{"CustomResourceDefinition.apiextensions.k8s.io widgets.example.com"}, kept(result))
			require.Contains(t, result.Kept[0].Why, "Widget.example.com default/theirs")
			require.NotContains(t, left["CustomResourceDefinition.apiextensions.k8s.io widgets.example.com"], "packstage.dev/", "it is nobody's")
		}
	}
}

func TestNamespaceWithForeignContentStays(t *testing.T) {
	t.Parallel()
	instance := phases(t, "# phase base\napiVersion: v1\nkind: Namespace\nmetadata: {name: apps}\n# phase config\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: apps}\n")
	for _, foreign := range []bool{false, true} {
		c := clustertest.New(clustertest.WithNamespaceContents())
		i := installer.New(c, quick())
		_, err := i.Apply(t.Context(), shop, instance, installer.ApplyOptions{})
		require.NoError(t, err)
		if foreign {
			require.NoError(t, c.Load(object(t, "apiVersion: v1\nkind: Secret\nmetadata: {name: theirs, namespace: apps}\n")))
		}
		plan, err := i.PlanDelete(t.Context(), shop, installer.DeleteOptions{})
		require.NoError(t, err)
		result, err := i.Delete(t.Context(), shop, installer.DeleteOptions{})
		require.NoError(t, err)
		last := plan.Deletions[len(plan.Deletions)-1]
		if !foreign {
			require.Equal(t, installer.ActionDelete, last.Action)
			require.NotContains(t, content(c), "Namespace apps")
			continue
		}
		require.Equal(t, installer.ActionKeep, last.Action)
		require.Equal(t, result.Kept[0].Why, last.Why)
		require.Equal(t, []string{"Namespace apps"}, kept(result))
		require.Contains(t, content(c), "Secret apps/theirs")
		require.NotContains(t, content(c), "ConfigMap apps/a")
	}
}

// The namespace in which the release's own state is, brought by the package, goes
// last and takes the state with it.
func TestOwnNamespaceGoesLast(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	i := installer.New(c, quick())
	require.NoError(t, c.Load(object(t, "apiVersion: v1\nkind: Namespace\nmetadata: {name: apps}\n")))
	release := cluster.Release{Namespace: "apps", Name: "shop"}
	instance := phases(t, "# phase base\napiVersion: v1\nkind: Namespace\nmetadata: {name: apps}\n# phase config\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: apps}\n")
	_, err := i.Apply(t.Context(), release, instance, installer.ApplyOptions{})
	var blocked *installer.BlockedError
	require.ErrorAs(t, err, &blocked, "it exists, and is not the release's")
	_, err = i.Apply(t.Context(), release, instance, installer.ApplyOptions{Adopt: true})
	require.NoError(t, err)
	c.Reset()
	_, err = i.Delete(t.Context(), release, installer.DeleteOptions{})
	require.NoError(t, err)
	require.Equal(t, []string{"delete ConfigMap apps/a", "delete Namespace apps"}, writes(c))
	_, err = i.History(t.Context(), release)
	require.True(t, isGone(err))
}

func TestOrphansStay(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	i := installer.New(c, quick())
	claim := "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data, annotations: {packstage.dev/deletion-policy: orphan}}\nspec: {accessModes: [ReadWriteOnce]}\n"
	with := phases(t, "# phase data\n"+claim+"# phase config\n"+configMap("a", "1"))
	without := phases(t, "# phase config\n"+configMap("a", "1"))

	_, err := i.Apply(t.Context(), shop, with, installer.ApplyOptions{})
	require.NoError(t, err)
	result, err := i.Apply(t.Context(), shop, without, installer.ApplyOptions{})
	require.NoError(t, err)
	require.Equal(t, []string{"PersistentVolumeClaim default/data"}, kept(result))
	require.Zero(t, result.Deleted)
	require.NotContains(t, content(c)["PersistentVolumeClaim default/data"], "packstage.dev/release")

	var blocked *installer.BlockedError
	_, err = i.Apply(t.Context(), shop, with, installer.ApplyOptions{})
	require.ErrorAs(t, err, &blocked, "it is nobody's, so it is not taken by accident")
	_, err = i.Apply(t.Context(), shop, with, installer.ApplyOptions{Adopt: true})
	require.NoError(t, err)
	_, err = i.Delete(t.Context(), shop, installer.DeleteOptions{})
	require.NoError(t, err)
	require.Contains(t, content(c), "PersistentVolumeClaim default/data")
}

// What somebody has taken over is not deleted.
func TestTakenOverStays(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	i := installer.New(c, quick())
	_, err := i.Apply(t.Context(), shop, phases(t, "# phase config\n"+configMap("a", "1")+"---\n"+configMap("b", "1")), installer.ApplyOptions{})
	require.NoError(t, err)
	require.NoError(t, c.Edit(t.Context(), "kubectl", configMapNamed("a"), func(object *unstructured.Unstructured) {
		object.SetLabels(map[string]string{cluster.LabelRelease: "other", cluster.LabelReleaseNamespace: "default"})
	}))
	result, err := i.Delete(t.Context(), shop, installer.DeleteOptions{})
	require.NoError(t, err)
	require.Equal(t, []string{"ConfigMap default/a"}, kept(result))
	require.Contains(t, result.Kept[0].Why, "default/other")
	require.Contains(t, content(c), "ConfigMap default/a")
	require.NotContains(t, content(c), "ConfigMap default/b")
}

// With the newest revision deleted by hand, what belongs to the release is found by
// its labels: nothing is left behind, and nothing foreign is touched.
func TestDamagedRevision(t *testing.T) {
	t.Parallel()
	secret := cluster.Reference{Version: "v1", Kind: "Secret", Namespace: "default", Name: "packstage.revision.shop.1"}
	prepare := func(t *testing.T) (*clustertest.Cluster, *installer.Installer, *packagetypes.Instance) {
		t.Helper()
		c := clustertest.New()
		require.NoError(t, c.Load(object(t, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: foreign, namespace: default}\n")))
		i := installer.New(c, quick())
		instance := phases(t, "# phase config\n"+configMap("a", "1")+"---\n"+configMap("b", "1"))
		_, err := i.Apply(t.Context(), shop, instance, installer.ApplyOptions{})
		require.NoError(t, err)
		require.NoError(t, c.Delete(t.Context(), secret, cluster.DeleteOptions{}))
		return c, i, instance
	}
	t.Run("status says so", func(t *testing.T) {
		t.Parallel()
		_, i, _ := prepare(t)
		status, err := i.Status(t.Context(), shop)
		require.NoError(t, err)
		require.False(t, status.Healthy())
		require.Contains(t, status.Warnings[0], "packstage.revision.shop.1")
	})
	t.Run("the same again heals it", func(t *testing.T) {
		t.Parallel()
		_, i, instance := prepare(t)
		result, err := i.Apply(t.Context(), shop, instance, installer.ApplyOptions{})
		require.NoError(t, err)
		require.Equal(t, 2, result.Revision)
		status, err := i.Status(t.Context(), shop)
		require.NoError(t, err)
		require.True(t, status.Healthy())
	})
	t.Run("upgrade", func(t *testing.T) {
		t.Parallel()
		c, i, _ := prepare(t)
		_, err := i.Apply(t.Context(), shop, phases(t, "# phase config\n"+configMap("c", "1")), installer.ApplyOptions{})
		require.NoError(t, err)
		require.Contains(t, content(c), "ConfigMap default/foreign")
		require.Contains(t, content(c), "ConfigMap default/c")
		require.NotContains(t, content(c), "ConfigMap default/a")
	})
	t.Run("removal", func(t *testing.T) {
		t.Parallel()
		c, i, _ := prepare(t)
		_, err := i.Delete(t.Context(), shop, installer.DeleteOptions{})
		require.NoError(t, err)
		require.Contains(t, content(c), "ConfigMap default/foreign")
		require.NotContains(t, content(c), "ConfigMap default/a")
		require.NotContains(t, content(c), "ConfigMap default/b")
	})
}
