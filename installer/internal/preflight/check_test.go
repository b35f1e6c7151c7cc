package preflight_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/installer/internal/preflight"
	"github.com/packstage/packstage/manifest"
)

func TestAlone(t *testing.T) {
	t.Parallel()
	runRules(t, []rule{
		{
			name: "finalizers", objects: "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, finalizers: [shop.example.com/clean]}}",
			warnings: []string{"object-finalizers"}, actions: []preflight.Action{create},
		},
		{
			name: "everything at once",
			objects: `
{apiVersion: v1, kind: ConfigMap, metadata: {name: a, labels: {packstage.dev/release: x}, ownerReferences: [], annotations: {packstage.dev/deletion-policy: keep}}}
---
{apiVersion: v1, kind: Pod/exec, metadata: {name: b}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: shop}}
`,
			errors:  []string{"reserved-metadata", "object-owner-references", "deletion-policy-unknown", "object-invalid", "object-duplicate"},
			actions: []preflight.Action{nothing, nothing, create, nothing},
			says:    []string{"objects.yaml:10", "objects.yaml:20", "objects.yaml:40", "also in objects.yaml:30"},
		},
		{
			name:    "the same name elsewhere is no duplicate",
			objects: "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}\n---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: default}}\n---\n{apiVersion: v1, kind: Secret, metadata: {name: c}}",
			actions: []preflight.Action{create, create, create},
		},
	})
}

func TestKinds(t *testing.T) {
	t.Parallel()
	runRules(t, []rule{
		{
			name: "of an earlier phase", objects: cartDefinition + "---" + "\n" + cart,
			actions: []preflight.Action{create, deferred}, says: []string{`the kind Cart comes with phase "crds"`},
		},
		{
			name: "of the same phase", objects: cartDefinition + "---\n" + strings.ReplaceAll(cart, "phase: carts", "phase: crds"),
			errors: []string{"kind-out-of-order"}, actions: []preflight.Action{create, nothing}, says: []string{"carts.shop.example.com", "earlier phase"},
		},
		{
			name: "of a later phase", objects: cart + "---\n" + cartDefinition,
			errors: []string{"kind-out-of-order"}, says: []string{`is in phase "carts"`, `in phase "crds"`},
		},
		{
			name: "in a version that is not served", objects: cartDefinition + "---\n" + strings.ReplaceAll(cart, "/v1", "/v1alpha1"),
			errors: []string{"kind-unknown"}, says: []string{"carts.shop.example.com serves v1, not v1alpha1"},
		},
		{
			name: "that is there", cluster: cartDefinition, objects: cart, actions: []preflight.Action{create},
		},
		{
			name: "that nobody brings", objects: cart,
			errors: []string{"kind-unknown"}, says: []string{"Cart in shop.example.com/v1", "first install what brings the CustomResourceDefinition of Cart.shop.example.com"},
		},
		{
			name: "misspelled", objects: "{apiVersion: apps/v1, kind: Deploymnet, metadata: {name: a}}",
			errors: []string{"kind-unknown"}, says: []string{`did you mean "Deployment"?`},
		},
		{
			name: "in a version of long ago", objects: "{apiVersion: extensions/v1beta1, kind: Ingress, metadata: {name: a}}",
			errors: []string{"kind-unknown"}, says: []string{"the cluster has Ingress in networking.k8s.io/v1"},
		},
		{
			name: "that is a question", objects: "{apiVersion: authorization.k8s.io/v1, kind: SelfSubjectAccessReview, metadata: {name: a}}",
			errors: []string{"kind-unsupported"},
		},
		{
			name:    "whose definition changes before",
			cluster: owned(strings.Replace(cartDefinition, "size: {type: integer}", "color: {type: string}", 1)),
			objects: cartDefinition + "---\n" + cart + "spec: {size: 3}\n", force: true,
			actions: []preflight.Action{update, deferred}, says: []string{"carts.shop.example.com changes before, in phase \"crds\""},
		},
		{
			name:    "whose definition stays, and does not have the field",
			cluster: owned(cartDefinition), objects: cartDefinition + "---\n" + cart + "spec: {colour: blue}\n", force: true,
			prepare: applied(cartDefinition), actions: []preflight.Action{unchanged, nothing}, errors: []string{"object-refused"}, says: []string{"spec.colour"},
		},
	})
}

func TestNamespaces(t *testing.T) {
	t.Parallel()
	const namespace = "{apiVersion: v1, kind: Namespace, metadata: {name: cellar, annotations: {package-operator.run/phase: first}}}\n"
	const inside = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: cellar}}\n---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: b, namespace: cellar}}\n"
	const there = "{apiVersion: v1, kind: Namespace, metadata: {name: cellar, finalizers: [a.example.com/b]}}"
	remove := func(t *testing.T, c *clustertest.Cluster) {
		t.Helper()
		require.NoError(t, c.Delete(t.Context(), cluster.Reference{Version: "v1", Kind: "Namespace", Name: "cellar"}, cluster.DeleteOptions{}))
	}
	runRules(t, []rule{
		{name: "missing", objects: inside, errors: []string{"namespace-not-found"}, says: []string{"kubectl create namespace cellar"}, actions: []preflight.Action{deferred, deferred}},
		{name: "comes before", objects: namespace + "---\n" + inside, actions: []preflight.Action{create, deferred, deferred}, says: []string{`the namespace "cellar" comes with phase "first"`}},
		{name: "comes in the same phase", objects: strings.ReplaceAll(namespace, "first", "deploy") + "---\n" + inside, actions: []preflight.Action{create, deferred, deferred}},
		{name: "comes later", objects: inside + "---\n" + namespace, errors: []string{"namespace-not-found"}, says: []string{"move the Namespace to an earlier phase"}},
		{name: "is there", cluster: there, objects: inside, actions: []preflight.Action{create, create}},
		{name: "is being deleted", cluster: there, prepare: remove, objects: inside, errors: []string{"namespace-terminating"}, actions: []preflight.Action{deferred, deferred}},
	})
}

func TestNamespaceOfTheRelease(t *testing.T) {
	t.Parallel()
	const role = "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: shop}}"
	for _, test := range []struct {
		objects string
		want    []string
	}{
		{role, []string{"namespace-not-found"}},
		{role + "\n---\n{apiVersion: v1, kind: Namespace, metadata: {name: cellar}}", []string{}},
		{role + "\n---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: cellar}}", []string{"namespace-not-found"}},
	} {
		c := newCluster(t, "")
		options := newOptions(c, newInstance(t, manifest.ScopeCluster, test.objects))
		options.Release.Namespace = "cellar"
		result := check(t, c, options)
		require.Equal(t, test.want, codes(result.Diagnostics, diagnostic.Error), "%v", result.Diagnostics)
		require.Len(t, result.Diagnostics, len(test.want))
	}
}

func TestCostOfManyObjects(t *testing.T) {
	t.Parallel()
	c := newCluster(t, "")
	var text strings.Builder
	for i := range 300 {
		fmt.Fprintf(&text, "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: c%03d}}\n", i)
		fmt.Fprintf(&text, "---\n{apiVersion: v1, kind: Secret, metadata: {name: s%03d}}\n", i)
	}
	options := newOptions(c, newInstance(t, manifest.ScopeCluster, text.String()))
	var progress []int
	options.OnProgress = func(done, total int) {
		require.Equal(t, 600, total)
		progress = append(progress, done)
	}
	result := check(t, c, options)
	require.Empty(t, result.Diagnostics)
	counts := map[clustertest.Verb]int{}
	for _, call := range c.Calls() {
		counts[call.Verb]++
	}
	delete(counts, clustertest.VerbDiscover)
	require.Equal(t, map[clustertest.Verb]int{
		clustertest.VerbList: 2, clustertest.VerbApply: 600,
		clustertest.VerbCreate: 1, // the question for permissions
		clustertest.VerbGet:    1, // the namespace
	}, counts)
	require.Len(t, progress, 601)
	require.Equal(t, 600, progress[600])

	// All of them are there, and unchanged.
	for _, object := range result.Objects {
		_, err := c.Apply(t.Context(), object.Desired, cluster.ApplyOptions{FieldManager: "packstage"})
		require.NoError(t, err)
	}
	c.Reset()
	var mutex sync.Mutex
	asked := map[cluster.Reference]bool{}
	options.Unchanged = func(reference cluster.Reference, live *unstructured.Unstructured) bool {
		mutex.Lock()
		defer mutex.Unlock()
		asked[reference] = live.GetName() == reference.Name
		return true
	}
	options.OnProgress = nil
	result = check(t, c, options)
	require.Len(t, asked, 600)
	require.Empty(t, dryRuns(c))
	for _, object := range result.Objects {
		require.Equal(t, unchanged, object.Action)
		require.NotNil(t, object.Live)
		require.True(t, asked[object.Reference])
	}
}

func TestCheckEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	var calls atomic.Int32 // kinds may be looked at side by side
	c := newCluster(t, "", clustertest.WithFault(func(context.Context, clustertest.Call) error {
		if calls.Add(1) == 3 {
			cancel()
		}
		return nil
	}))
	_, err := preflight.Check(ctx, newOptions(c, newInstance(t, manifest.ScopeCluster, settings)))
	require.ErrorIs(t, err, context.Canceled)
}

func TestTroubleOnTheWayIsNoFinding(t *testing.T) {
	t.Parallel()
	trouble := errors.New("connection refused")
	for _, verb := range []clustertest.Verb{clustertest.VerbGet, clustertest.VerbApply, clustertest.VerbCreate, clustertest.VerbDiscover} {
		c := newCluster(t, "", clustertest.WithFault(func(_ context.Context, call clustertest.Call) error {
			if call.Verb == verb {
				return trouble
			}
			return nil
		}))
		_, err := preflight.Check(t.Context(), newOptions(c, newInstance(t, manifest.ScopeCluster, settings)))
		require.ErrorIs(t, err, trouble, verb)
	}
	_, err := preflight.Check(t.Context(), preflight.Options{})
	require.Error(t, err)
}
