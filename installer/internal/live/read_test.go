package live_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/installer/internal/live"
)

var shop = cluster.Release{Namespace: "default", Name: "shop"}

func configMap(name string) cluster.Reference {
	return cluster.Reference{Version: "v1", Kind: "ConfigMap", Namespace: "default", Name: name}
}

func newObject(reference cluster.Reference, release cluster.Release) *unstructured.Unstructured {
	object := &unstructured.Unstructured{Object: map[string]any{}}
	object.SetGroupVersionKind(reference.GroupVersionKind())
	object.SetNamespace(reference.Namespace)
	object.SetName(reference.Name)
	object.SetLabels(map[string]string{cluster.LabelRelease: release.Name, cluster.LabelReleaseNamespace: release.Namespace})
	return object
}

// calls counts calls by verb.
func calls(of *clustertest.Cluster) map[clustertest.Verb]int {
	counts := map[clustertest.Verb]int{}
	for _, call := range of.Calls() {
		if call.Verb != clustertest.VerbDiscover {
			counts[call.Verb]++
		}
	}
	return counts
}

func TestReadGetsAFewAndListsMany(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		count int
		exact bool
		want  map[clustertest.Verb]int
	}{
		{8, false, map[clustertest.Verb]int{clustertest.VerbGet: 8}},
		{9, false, map[clustertest.Verb]int{clustertest.VerbList: 1}},
		{500, false, map[clustertest.Verb]int{clustertest.VerbList: 1}},
		{9, true, map[clustertest.Verb]int{clustertest.VerbList: 1, clustertest.VerbGet: 2}},
	} {
		t.Run(fmt.Sprint(test.count, test.exact), func(t *testing.T) {
			t.Parallel()
			c := clustertest.New()
			var references []cluster.Reference
			for i := range test.count {
				references = append(references, configMap(fmt.Sprintf("own-%03d", i)))
			}
			// The first is not there, and the second belongs to nobody.
			for _, reference := range references[2:] {
				require.NoError(t, c.Load(newObject(reference, shop)))
			}
			require.NoError(t, c.Load(newObject(references[1], cluster.Release{}), newObject(configMap("other"), shop)))
			c.Reset()
			found, err := live.Read(t.Context(), live.Request{Cluster: c, Release: shop, Exact: test.exact}, append(references, references...))
			require.NoError(t, err)
			require.Equal(t, test.want, calls(c))
			require.NotContains(t, found, references[0])
			require.NotContains(t, found, configMap("other"))
			for _, reference := range references[2:] {
				require.Equal(t, reference.Name, found[reference].GetName())
			}
			listed := test.count > 8
			require.Equal(t, !listed || test.exact, found[references[1]] != nil, "what bears no label is only found one by one")
		})
	}
}

func TestReadGroupsByKindAndNamespace(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	var references []cluster.Reference
	for _, kind := range []string{"ConfigMap", "Secret"} {
		for _, namespace := range []string{"default", "kube-system"} {
			for i := range 20 {
				reference := cluster.Reference{Version: "v1", Kind: kind, Namespace: namespace, Name: fmt.Sprintf("o%02d", i)}
				references = append(references, reference)
				require.NoError(t, c.Load(newObject(reference, shop)))
			}
		}
	}
	role := cluster.Reference{Group: "rbac.authorization.k8s.io", Version: "v1", Kind: "ClusterRole", Name: "shop"}
	require.NoError(t, c.Load(newObject(role, shop)))
	c.Reset()
	found, err := live.Read(t.Context(), live.Request{Cluster: c, Release: shop}, append(references, role))
	require.NoError(t, err)
	require.Len(t, found, 81)
	require.Equal(t, map[clustertest.Verb]int{clustertest.VerbList: 4, clustertest.VerbGet: 1}, calls(c))
	for reference, object := range found {
		require.Equal(t, reference, cluster.ReferenceTo(object))
	}
}

func TestReadSkipsUnknownKinds(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	references := []cluster.Reference{{Group: "shop.example.com", Version: "v1", Kind: "Cart", Namespace: "default", Name: "one"}}
	for i := range 12 {
		references = append(references, cluster.Reference{Group: "shop.example.com", Version: "v1", Kind: "Order", Namespace: "default", Name: fmt.Sprint("o", i)})
	}
	for _, exact := range []bool{false, true} {
		found, err := live.Read(t.Context(), live.Request{Cluster: c, Release: shop, Exact: exact}, references)
		require.NoError(t, err)
		require.Empty(t, found)
	}
}

// broken fails for one kind of call.
type broken struct {
	*clustertest.Cluster
	get, list error
}

func (b broken) Get(ctx context.Context, reference cluster.Reference) (*unstructured.Unstructured, error) {
	if b.get != nil {
		return nil, b.get
	}
	return b.Cluster.Get(ctx, reference)
}

func (b broken) List(ctx context.Context, kind schema.GroupVersionKind, options cluster.ListOptions) ([]*unstructured.Unstructured, error) {
	if b.list != nil {
		return nil, b.list
	}
	return b.Cluster.List(ctx, kind, options)
}

func TestReadTellsWhatItWasDoing(t *testing.T) {
	t.Parallel()
	trouble := errors.New("connection refused")
	var many []cluster.Reference
	for i := range 9 {
		many = append(many, configMap(fmt.Sprint("m", i)))
	}
	_, err := live.Read(t.Context(), live.Request{Cluster: broken{Cluster: clustertest.New(), list: trouble}, Release: shop}, many)
	require.ErrorIs(t, err, trouble)
	require.ErrorContains(t, err, `ConfigMap in namespace "default"`)
	_, err = live.Read(t.Context(), live.Request{Cluster: broken{Cluster: clustertest.New(), get: trouble}, Release: shop}, many[:1])
	require.ErrorIs(t, err, trouble)
	require.ErrorContains(t, err, "ConfigMap default/m0")
}

// Of a release that is much larger than what is wanted, only a part is listed.
func TestReadEndsALongList(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	var references []cluster.Reference
	for i := range 200 {
		references = append(references, configMap(fmt.Sprintf("own-%03d", i)))
		require.NoError(t, c.Load(newObject(references[i], shop)))
	}
	for _, test := range []struct {
		from, to int
		want     map[clustertest.Verb]int
	}{
		{150, 160, map[clustertest.Verb]int{clustertest.VerbList: 1, clustertest.VerbGet: 10}},
		{75, 85, map[clustertest.Verb]int{clustertest.VerbList: 1, clustertest.VerbGet: 5}},
		{170, 200, map[clustertest.Verb]int{clustertest.VerbList: 1}},
	} {
		c.Reset()
		found, err := live.Read(t.Context(), live.Request{Cluster: c, Release: shop}, references[test.from:test.to])
		require.NoError(t, err)
		require.Len(t, found, test.to-test.from)
		require.Equal(t, test.want, calls(c))
	}
}
