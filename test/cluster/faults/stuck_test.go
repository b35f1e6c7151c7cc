package faults_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/test/cluster"
	"github.com/packstage/packstage/test/cluster/kills/journey"
)

// A definition whose kind another one has already is never established.
func TestDefinitionIsNeverEstablished(t *testing.T) {
	t.Parallel()
	c := cluster.Shared(t)
	journey.RequireStores(t, c.Config().Host, c.Client())
	namespace := c.CreateNamespace(t, "definition")
	shelves := func(kind string) string {
		return `# phase definitions
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: shelves.packstage.example.com}
spec:
  group: packstage.example.com
  scope: Namespaced
  names: {kind: ` + kind + `, listKind: ` + kind + `List, plural: shelves, singular: shelf}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
# phase two
apiVersion: v1
kind: ConfigMap
metadata: {name: b}
data: {value: "1"}
`
	}
	taken := ofCluster(instance(t, namespace, shelves("Store")))
	_, err := apply(t, at(t, c.Config(), nil), taken)
	var failed *installer.PhaseError
	require.True(t, errors.As(err, &failed), "%v", err)
	require.Equal(t, "definitions", failed.Phase)
	requireSays(t, err, "CustomResourceDefinition.apiextensions.k8s.io shelves.packstage.example.com", "names are not accepted", "is already in use")
	requireState(t, c, namespace, history.StateFailed, 1)
	_, err = c.Client().Resource(journey.ConfigMapResource).Namespace(namespace).Get(t.Context(), "b", metav1.GetOptions{})
	require.True(t, apierrors.IsNotFound(err), "%v", err)

	requireConverges(t, c, ofCluster(instance(t, namespace, shelves("Shelf"))), 2)
	_, err = at(t, c.Config(), nil).Delete(t.Context(), journey.Release(namespace), installer.DeleteOptions{})
	require.NoError(t, err)
}

// A Deployment whose pods nobody schedules, until somebody does: the same call goes on.
func TestDeploymentIsNeverAvailable(t *testing.T) {
	t.Parallel()
	c := cluster.Shared(t)
	namespace := c.CreateNamespace(t, "unavailable")
	text := `# phase one
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      schedulerName: nobody
      containers: [{name: main, image: "registry.example.com/web:1"}]
# phase two
apiVersion: v1
kind: ConfigMap
metadata: {name: b}
data: {value: "1"}
`
	_, err := apply(t, at(t, c.Config(), brief), instance(t, namespace, text))
	var failed *installer.PhaseError
	require.True(t, errors.As(err, &failed), "%v", err)
	require.Equal(t, "one", failed.Phase)
	// On a busy machine the time is over before the controller has made the pods.
	pods := c.Client().Resource(schema.GroupVersionResource{Version: "v1", Resource: "pods"}).Namespace(namespace)
	var list *unstructured.UnstructuredList
	require.Eventually(t, func() bool {
		var err error
		list, err = pods.List(t.Context(), metav1.ListOptions{})
		web := get(t, c, journey.DeploymentResource, namespace, "web")
		updated, _, _ := unstructured.NestedInt64(web.Object, "status", "updatedReplicas")
		return err == nil && len(list.Items) == 2 && updated == 2
	}, waitAtMost, lookEvery)
	_, err = apply(t, at(t, c.Config(), brief), instance(t, namespace, text))
	require.True(t, errors.As(err, &failed), "%v", err)
	require.GreaterOrEqual(t, failed.After, 3*time.Second)
	requireSays(t, err, `phase "one" is not available after `, "Deployment.apps "+namespace+"/web", "0 of 2")
	requireState(t, c, namespace, history.StateFailed, 1)
	_, err = c.Client().Resource(journey.ConfigMapResource).Namespace(namespace).Get(t.Context(), "b", metav1.GetOptions{})
	require.True(t, apierrors.IsNotFound(err), "%v", err)
	status, err := at(t, c.Config(), nil).Status(t.Context(), journey.Release(namespace))
	require.NoError(t, err)
	require.Contains(t, status.Phases[0].Objects[0].Message, "0 of 2")

	for _, pod := range list.Items {
		binding := object(t, "apiVersion: v1\nkind: Binding\nmetadata: {name: "+pod.GetName()+"}\ntarget: {apiVersion: v1, kind: Node, name: node-0}\n")
		_, err := pods.Create(t.Context(), binding, metav1.CreateOptions{}, "binding")
		require.NoError(t, err)
	}
	requireConverges(t, c, instance(t, namespace, text), 1)
}

const pinned = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: pinned, finalizers: [example.com/pin]}\n"

// unpin lets the ConfigMap go that keeps a namespace.
func unpin(t *testing.T, c *cluster.Cluster, namespace, name string) {
	t.Helper()
	_, err := c.Client().Resource(journey.ConfigMapResource).Namespace(namespace).Patch(t.Context(), name,
		"application/merge-patch+json", []byte(`{"metadata":{"finalizers":null}}`), metav1.PatchOptions{})
	require.NoError(t, err)
}

func awaitGone(t *testing.T, c *cluster.Cluster, namespace string) {
	t.Helper()
	require.Eventually(t, func() bool {
		_, err := c.Client().Resource(journey.NamespaceResource).Get(t.Context(), namespace, metav1.GetOptions{})
		return apierrors.IsNotFound(err)
	}, waitAtMost, lookEvery)
}

// makeNamespace is for those that tests remove themselves.
func makeNamespace(t *testing.T, c *cluster.Cluster, name string) {
	t.Helper()
	create(t, c, journey.NamespaceResource, "", "apiVersion: v1\nkind: Namespace\nmetadata: {name: "+name+"}\n")
}

// Nothing can be made in a namespace that is on its way out: that of the release, and
// another one that an object is in.
func TestNamespaceEndsWhileInstalling(t *testing.T) {
	t.Parallel()
	c := cluster.Shared(t)
	namespace := c.CreateNamespace(t, "installing")
	ending := namespace + "-ending"
	makeNamespace(t, c, ending)
	create(t, c, journey.ConfigMapResource, ending, pinned)
	require.NoError(t, c.Client().Resource(journey.NamespaceResource).Delete(t.Context(), ending, metav1.DeleteOptions{}))

	// After that the controller of namespaces writes no more to what is in it.
	require.Eventually(t, func() bool {
		return get(t, c, journey.ConfigMapResource, ending, "pinned").GetDeletionTimestamp() != nil
	}, waitAtMost, lookEvery)

	t.Log("the release's own")
	before := versions(t, c, ending)
	_, err := apply(t, at(t, c.Config(), nil), instance(t, ending, small))
	requireSays(t, err, `namespace "`+ending+`" is being deleted`, "wait until it is gone")
	require.Equal(t, before, versions(t, c, ending))

	t.Log("that of an object")
	elsewhere := ofCluster(instance(t, namespace, small+"---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: "+ending+"}\n"))
	_, err = apply(t, at(t, c.Config(), nil), elsewhere)
	var blocked *installer.BlockedError
	require.True(t, errors.As(err, &blocked), "%v", err)
	requireSays(t, err, "two.yaml (document 2)", `namespace "`+ending+`" is being deleted`, "wait until it is gone")
	requireNoRelease(t, c, namespace)

	unpin(t, c, ending, "pinned")
	awaitGone(t, c, ending)
	makeNamespace(t, c, ending)
	requireConverges(t, c, elsewhere, 1)
	_, err = at(t, c.Config(), nil).Delete(t.Context(), journey.Release(namespace), installer.DeleteOptions{})
	require.NoError(t, err)
	require.NoError(t, c.Client().Resource(journey.NamespaceResource).Delete(t.Context(), ending, metav1.DeleteOptions{}))
}

// A namespace of the package does not end, since something of others in it has
// a finalizer.
func TestNamespaceEndsNotWhileRemoving(t *testing.T) {
	t.Parallel()
	c := cluster.Shared(t)
	namespace := c.CreateNamespace(t, "removing")
	brought := namespace + "-brought"
	text := "# phase one\napiVersion: v1\nkind: Namespace\nmetadata: {name: " + brought + "}\n# phase two\n" +
		"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: " + brought + "}\n"
	_, err := apply(t, at(t, c.Config(), nil), ofCluster(instance(t, namespace, text)))
	require.NoError(t, err)
	create(t, c, journey.ConfigMapResource, brought, pinned)

	i := at(t, c.Config(), func(o *installer.Options) { o.PhaseTimeout = 15 * time.Second })
	// On a busy machine the time may be over before the controller of namespaces says why.
	for limit := time.Now().Add(waitAtMost); ; {
		_, err = i.Delete(t.Context(), journey.Release(namespace), installer.DeleteOptions{DeleteForeign: true})
		var failed *installer.PhaseError
		require.True(t, errors.As(err, &failed), "%v", err)
		require.True(t, failed.Removing)
		if strings.Contains(err.Error(), "example.com/pin") || time.Now().After(limit) {
			break
		}
	}
	requireSays(t, err, `phase "one" is not gone`, "Namespace "+brought, "example.com/pin")
	_, err = c.Client().Resource(journey.ConfigMapResource).Namespace(brought).Get(t.Context(), "a", metav1.GetOptions{})
	require.True(t, apierrors.IsNotFound(err), "%v", err)

	t.Log("meanwhile an install says that the removal comes first")
	_, err = apply(t, at(t, c.Config(), nil), ofCluster(instance(t, namespace, text)))
	var removing *installer.RemovingError
	require.True(t, errors.As(err, &removing), "%v", err)
	requireSays(t, err, "delete it again")

	unpin(t, c, brought, "pinned")
	_, err = at(t, c.Config(), nil).Delete(t.Context(), journey.Release(namespace), installer.DeleteOptions{DeleteForeign: true})
	require.NoError(t, err)
	awaitGone(t, c, brought)
	requireNoRelease(t, c, namespace)
}

// A quota stops the second phase; raised, the same call goes on.
func TestQuotaIsExceeded(t *testing.T) {
	t.Parallel()
	c := cluster.Shared(t)
	namespace := c.CreateNamespace(t, "quota")
	quotas := c.Client().Resource(schema.GroupVersionResource{Version: "v1", Resource: "resourcequotas"}).Namespace(namespace)
	_, err := quotas.Create(t.Context(), object(t, "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: few}\nspec: {hard: {configmaps: \"2\"}}\n"), metav1.CreateOptions{})
	require.NoError(t, err)
	require.Eventually(t, func() bool { // one is kube-root-ca.crt
		found, err := quotas.Get(t.Context(), "few", metav1.GetOptions{})
		if err != nil {
			return false
		}
		used, _, _ := unstructuredString(found, "status", "used", "configmaps")
		return used == "1"
	}, waitAtMost, lookEvery)
	_, err = apply(t, at(t, c.Config(), nil), instance(t, namespace, small))
	requireSays(t, err, `phase "two"`, "ConfigMap "+namespace+"/b", "exceeded quota: few", "limited: configmaps=2")
	requireState(t, c, namespace, history.StateFailed, 1)

	_, err = quotas.Patch(t.Context(), "few", "application/merge-patch+json", []byte(`{"spec":{"hard":{"configmaps":"9"}}}`), metav1.PatchOptions{})
	require.NoError(t, err)
	another := object(t, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: another}\n")
	require.Eventually(t, func() bool { // until the server has taken notice
		_, err := c.Client().Resource(journey.ConfigMapResource).Namespace(namespace).
			Create(t.Context(), another, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		return err == nil
	}, waitAtMost, lookEvery)
	requireConverges(t, c, instance(t, namespace, small), 1)
}
