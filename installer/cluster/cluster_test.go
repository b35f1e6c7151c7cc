package cluster_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/installer/cluster"
)

func TestReference(t *testing.T) {
	t.Parallel()
	web := cluster.NewReference(schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "Deployment"}, "shop", "web")
	shop := cluster.NewReference(schema.GroupVersionKind{Version: "v1", Kind: "Namespace"}, "", "shop")
	require.Equal(t, "Deployment.apps shop/web", web.String())
	require.Equal(t, "Namespace shop", shop.String())
	require.Equal(t, schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "Deployment"}, web.GroupVersionKind())

	older := web
	older.Version = "v1beta1"
	require.NotEqual(t, web, older)
	require.Equal(t, web.WithoutVersion(), older.WithoutVersion())
	require.Negative(t, web.Compare(older))

	all := []cluster.Reference{older, web, shop}
	slices.SortFunc(all, cluster.Reference.Compare)
	require.Equal(t, []cluster.Reference{shop, web, older}, all)
	require.Zero(t, web.Compare(web))
	require.Equal(t, "the cluster has no kind Deployment in apps/v1", (&cluster.UnknownKindError{Kind: web.GroupVersionKind()}).Error())
}

// Both labels make an owner, and the state of a release is none of its objects.
func TestOwner(t *testing.T) {
	t.Parallel()
	release := cluster.Release{Namespace: "prod", Name: "shop"}
	require.Equal(t, "prod/shop", release.String())
	both := map[string]string{cluster.LabelRelease: "shop", cluster.LabelReleaseNamespace: "prod"}
	state := map[string]string{cluster.LabelRelease: "shop", cluster.LabelReleaseNamespace: "prod", cluster.LabelReleaseState: "record"}
	for _, test := range []struct {
		labels        map[string]string
		owned, listed bool
		any           bool
	}{
		{both, true, true, true},
		{state, true, false, true},
		{map[string]string{cluster.LabelRelease: "shop"}, false, false, false},
		{map[string]string{cluster.LabelRelease: "shop", cluster.LabelReleaseNamespace: "other"}, false, false, false},
		{nil, false, false, false},
	} {
		object := &unstructured.Unstructured{Object: map[string]any{}}
		object.SetLabels(test.labels)
		require.Equal(t, test.owned, cluster.Owner(object) == release, "%v", test.labels)
		for selector, selected := range map[string]bool{release.ObjectSelector(): test.listed, release.Selector(): test.any} {
			parsed, err := labels.Parse(selector)
			require.NoError(t, err)
			require.Equal(t, selected, parsed.Matches(labels.Set(test.labels)), "%s of %v", selector, test.labels)
		}
	}
}
