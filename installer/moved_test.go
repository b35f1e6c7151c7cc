package installer_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
)

// gadgets defines a kind in versions, each served.
func gadgets(versions ...string) string {
	var text strings.Builder
	text.WriteString("apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: gadgets.shop.example.com}\n" +
		"spec:\n  group: shop.example.com\n  scope: Namespaced\n  names: {plural: gadgets, singular: gadget, kind: Gadget, listKind: GadgetList}\n  versions:\n")
	for i, version := range versions {
		text.WriteString("  - name: " + version + "\n    served: true\n    storage: " + map[bool]string{true: "true", false: "false"}[i == len(versions)-1] +
			"\n    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}\n")
	}
	return text.String()
}

func gadget(version, name string) string {
	return "apiVersion: shop.example.com/" + version + "\nkind: Gadget\nmetadata: {name: " + name + "}\n"
}

const (
	namespaceShop = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"
	inShop        = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shop}\n"
)

// A namespace that a new revision does not name any more stays where objects of that
// revision are in it: deleting it would delete them.
func TestNamespaceThatIsStillNeededStays(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	i := installer.New(c, quick())
	_, err := i.Apply(t.Context(), shop, phases(t, "# phase base\n"+namespaceShop+"# phase config\n"+inShop), installer.ApplyOptions{})
	require.NoError(t, err)
	second := phases(t, "# phase config\n"+inShop)
	plan, err := i.Plan(t.Context(), shop, second, installer.ApplyOptions{})
	require.NoError(t, err)
	require.Equal(t, []string{"config: unchanged ConfigMap shop/a", "base: keep Namespace shop"}, plans(plan))
	c.Reset()
	result, err := i.Apply(t.Context(), shop, second, installer.ApplyOptions{})
	require.NoError(t, err)
	require.Equal(t, []string{"Namespace shop"}, kept(result))
	require.Equal(t, "the release still needs it for ConfigMap shop/a", result.Kept[0].Why)
	require.Equal(t, []string{"update Namespace shop"}, writes(c), "it loses its labels, nothing more")
	require.Contains(t, content(c), "ConfigMap shop/a")
}

// The namespace in which the state of the release is stays, too, when a revision does
// not name it any more.
func TestNamespaceOfTheStateStays(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	i := installer.New(c, quick())
	release := cluster.Release{Namespace: "shop", Name: "shop"}
	require.NoError(t, c.Load(object(t, namespaceShop)))
	first := phases(t, "# phase base\n"+namespaceShop+"---\napiVersion: v1\nkind: Namespace\nmetadata: {name: other}\n")
	_, err := i.Apply(t.Context(), release, first, installer.ApplyOptions{Adopt: true})
	require.NoError(t, err)
	result, err := i.Apply(t.Context(), release, phases(t, "# phase base\napiVersion: v1\nkind: Namespace\nmetadata: {name: other}\n"), installer.ApplyOptions{})
	require.NoError(t, err)
	require.Equal(t, []string{"Namespace shop"}, kept(result))
	_, err = i.History(t.Context(), release)
	require.NoError(t, err)
}

// The same holds for a definition whose custom resources the new revision has.
func TestDefinitionThatIsStillNeededStays(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	i := installer.New(c, quick())
	_, err := i.Apply(t.Context(), shop, phases(t, "# phase kinds\n"+gadgets("v1")+"# phase things\n"+gadget("v1", "w")), installer.ApplyOptions{})
	require.NoError(t, err)
	result, err := i.Apply(t.Context(), shop, phases(t, "# phase things\n"+gadget("v1", "w")), installer.ApplyOptions{})
	require.NoError(t, err)
	require.Equal(t, []string{"CustomResourceDefinition.apiextensions.k8s.io gadgets.shop.example.com"}, kept(result))
	require.Contains(t, content(c), "Gadget.shop.example.com default/w")
}

// Where both go, the custom resources go first, though the definition has the earlier
// phase.
func TestDefinitionAndItsResourcesGo(t *testing.T) {
	t.Parallel()
	c := clustertest.New(clustertest.WithRemoval(func(*unstructured.Unstructured) int { return 1 }))
	i := installer.New(c, quick())
	text := "# phase config\n" + configMap("a", "1")
	_, err := i.Apply(t.Context(), shop, phases(t, "# phase kinds\n"+gadgets("v1")+"# phase things\n"+gadget("v1", "w")+text), installer.ApplyOptions{})
	require.NoError(t, err)
	c.Reset()
	_, err = i.Apply(t.Context(), shop, phases(t, text), installer.ApplyOptions{})
	require.NoError(t, err)
	require.Equal(t, []string{
		"delete Gadget.shop.example.com default/w", "delete CustomResourceDefinition.apiextensions.k8s.io gadgets.shop.example.com",
	}, writes(c))
}

// An object goes also where the version that it was written in is served no longer.
func TestVersionThatIsServedNoLonger(t *testing.T) {
	t.Parallel()
	const name = "Gadget.shop.example.com default/w"
	prepare := func(t *testing.T) (*clustertest.Cluster, *installer.Installer) {
		t.Helper()
		c := clustertest.New()
		i := installer.New(c, quick())
		both := phases(t, "# phase kinds\n"+gadgets("v1alpha1", "v1")+"# phase things\n"+gadget("v1alpha1", "w"))
		_, err := i.Apply(t.Context(), shop, both, installer.ApplyOptions{})
		require.NoError(t, err)
		require.Contains(t, content(c), name)
		return c, i
	}
	t.Run("upgrade", func(t *testing.T) {
		t.Parallel()
		c, i := prepare(t)
		_, err := i.Apply(t.Context(), shop, phases(t, "# phase kinds\n"+gadgets("v1")), installer.ApplyOptions{})
		require.NoError(t, err)
		require.NotContains(t, content(c), name)
	})
	t.Run("the object in the new version", func(t *testing.T) {
		t.Parallel()
		c, i := prepare(t)
		c.Reset()
		_, err := i.Apply(t.Context(), shop, phases(t, "# phase kinds\n"+gadgets("v1")+"# phase things\n"+gadget("v1", "w")), installer.ApplyOptions{})
		require.NoError(t, err)
		require.Contains(t, content(c), name)
		for _, write := range writes(c) {
			require.NotContains(t, write, "delete")
		}
	})
	t.Run("removal", func(t *testing.T) {
		t.Parallel()
		c, i := prepare(t)
		definition := cluster.NewReference(schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"}, "", "gadgets.shop.example.com")
		require.NoError(t, c.Edit(t.Context(), "kubectl", definition, func(object *unstructured.Unstructured) {
			versions, _, _ := unstructured.NestedSlice(object.Object, "spec", "versions")
			versions[0].(map[string]any)["served"] = false
			_ = unstructured.SetNestedSlice(object.Object, versions, "spec", "versions")
		}))
		c.Reset()
		_, err := i.Delete(t.Context(), shop, installer.DeleteOptions{})
		require.NoError(t, err)
		require.Equal(t, "delete "+name, writes(c)[0])
	})
}

// A custom resource that names no namespace is the same object while its kind is not
// there: it is not taken for one that is no longer wanted.
func TestResourceWhoseKindIsGone(t *testing.T) {
	t.Parallel()
	c := clustertest.New(clustertest.WithReadiness(func(object *unstructured.Unstructured) int {
		if object.GetKind() == "Deployment" {
			return clustertest.Never
		}
		return 0
	}))
	options := quick()
	options.PhaseTimeout = options.PollInterval
	i := installer.New(c, options)
	first := phases(t, "# phase kinds\n"+gadgets("v1")+"# phase things\n"+gadget("v1", "w"))
	_, err := i.Apply(t.Context(), shop, first, installer.ApplyOptions{})
	require.NoError(t, err)
	var failed *installer.PhaseError
	_, err = i.Apply(t.Context(), shop, phases(t, "# phase kinds\n"+gadgets("v1")+"# phase deploy\n"+deployment("web", "nginx:1")), installer.ApplyOptions{})
	require.ErrorAs(t, err, &failed)
	definition := cluster.NewReference(schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"}, "", "gadgets.shop.example.com")
	require.NoError(t, c.Delete(t.Context(), definition, cluster.DeleteOptions{}))
	result, err := i.Apply(t.Context(), shop, first, installer.ApplyOptions{})
	require.NoError(t, err)
	require.Equal(t, 1, result.Deleted, "the Deployment")
	require.Contains(t, content(c), "Gadget.shop.example.com default/w")
}

// An object that moves between classes of one cluster stays where it is.
func TestMovedBetweenClassesOfOneCluster(t *testing.T) {
	t.Parallel()
	own, hosted := clustertest.New(), clustertest.New(clustertest.WithUIDPrefix("11111111"))
	options := quick()
	options.Clusters = map[string]cluster.Cluster{"own": own, "east": hosted, "west": hosted}
	i := installer.New(own, options)
	for _, classes := range [][2]string{{"", "own"}, {"own", ""}, {"east", "west"}, {"west", "east"}} {
		for number, class := range classes {
			instance := phases(t, "# phase config "+class+"\n"+configMap("a", "1"))
			own.Reset()
			hosted.Reset()
			result, err := i.Apply(t.Context(), shop, instance, installer.ApplyOptions{})
			require.NoError(t, err)
			if number == 1 {
				require.Zero(t, result.Deleted, "from %q to %q", classes[0], class)
				require.Empty(t, append(writes(own), writes(hosted)...))
			}
		}
	}
	require.Contains(t, content(hosted), "ConfigMap default/a")
	require.NotContains(t, content(own), "ConfigMap default/a", "it has moved to another cluster")
}

// A plan of a removal says what stays: what somebody has taken over, and the namespace
// that holds what stays.
func TestPlanDeleteSaysWhatStays(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	i := installer.New(c, quick())
	claim := "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data, namespace: shop, annotations: {packstage.dev/deletion-policy: orphan}}\nspec: {accessModes: [ReadWriteOnce]}\n"
	_, err := i.Apply(t.Context(), shop, phases(t, "# phase base\n"+namespaceShop+"# phase data\n"+claim+"---\n"+configMap("a", "1")), installer.ApplyOptions{})
	require.NoError(t, err)
	require.NoError(t, c.Edit(t.Context(), "kubectl", configMapNamed("a"), func(object *unstructured.Unstructured) { object.SetLabels(nil) }))
	plan, err := i.PlanDelete(t.Context(), shop, installer.DeleteOptions{})
	require.NoError(t, err)
	require.Equal(t, []string{"data: keep PersistentVolumeClaim shop/data", "data: keep ConfigMap default/a", "base: keep Namespace shop"}, plans(plan))
	result, err := i.Delete(t.Context(), shop, installer.DeleteOptions{})
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"PersistentVolumeClaim shop/data", "ConfigMap default/a", "Namespace shop"}, kept(result))
	for at, one := range plan.Deletions {
		if one.Object.Kind == "Namespace" {
			require.Equal(t, one.Why, result.Kept[len(result.Kept)-1].Why, at)
		}
	}
}
