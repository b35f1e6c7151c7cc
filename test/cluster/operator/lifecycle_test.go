package operator_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/packstage/packstage/registry/registrytest"
	"github.com/packstage/packstage/test/cluster"
)

// A Package from its creation to its removal, with one operator.
func TestPackageLives(t *testing.T) {
	c := cluster.Shared(t)
	installOperator(t, c)
	startOperator(t, build(t), c.UserConfig(t, operatorUser))
	s := newShop(t, c, push(t, registrytest.Start(t, registrytest.Options{}).Host))

	s.ask(t, "installer", "v1", `{"open":false}`)
	waiting := s.waitsAtGate(t)
	require.True(t, waiting.is("Available", metav1.ConditionFalse))
	require.True(t, waiting.is("Failed", metav1.ConditionFalse))
	require.Equal(t, 0, waiting.Status.Available)
	require.Equal(t, []string{"gate", "settings"}, s.names(t), "phases after the gate have to wait")
	require.Nil(t, s.get(t, deployments, "web"))
	require.Contains(t, s.get(t, packages, "shop").GetFinalizers(), "packages.example.packstage.dev/release")

	s.change(t, `{"config":{"open":true}}`)
	installed := s.until(t, "Available", metav1.ConditionTrue)
	require.True(t, installed.is("Progressing", metav1.ConditionFalse))
	require.Equal(t, []string{"Available", "Available", "Available", "Available"}, installed.states())
	require.True(t, installed.is("shop.example.com/WebAvailable", metav1.ConditionTrue), "the package lifts it")
	require.Regexp(t, `/shop@sha256:[0-9a-f]{64}$`, installed.Status.Image)
	require.Equal(t, []string{"done", "gate", "old", "settings"}, s.names(t))
	uid := s.get(t, deployments, "web").GetUID()

	s.change(t, `{"image":"`+s.repository+`:v2"}`)
	upgraded := s.until(t, "Available", metav1.ConditionTrue)
	require.Greater(t, upgraded.Status.Revision, installed.Status.Revision)
	require.Equal(t, []string{"done", "gate", "new", "settings"}, s.names(t))
	require.Equal(t, "v2", s.version(t))
	require.Equal(t, uid, s.get(t, deployments, "web").GetUID(), "upgraded in place")

	t.Run("drift is healed", func(t *testing.T) {
		before := s.get(t, configMaps, "new").GetUID()
		require.NoError(t, c.Client().Resource(configMaps).Namespace(s.namespace).Delete(t.Context(), "new", metav1.DeleteOptions{}))
		s.eventually(t, "it is back", func(context.Context) bool {
			object := s.get(t, configMaps, "new")
			return object != nil && object.GetUID() != before
		}, nil)
		_, err := c.Client().Resource(configMaps).Namespace(s.namespace).Patch(t.Context(), "settings", types.MergePatchType,
			[]byte(`{"data":{"version":"by hand"}}`), metav1.PatchOptions{FieldManager: "kubectl-edit"})
		require.NoError(t, err)
		s.eventually(t, "what the package says wins", func(context.Context) bool { return s.version(t) == "v2" }, nil)
		require.Equal(t, upgraded.Status.Revision, s.until(t, "Available", metav1.ConditionTrue).Status.Revision, "no new revision")
	})

	t.Run("a failed upgrade says why", func(t *testing.T) {
		s.change(t, `{"image":"`+s.repository+`:v3"}`)
		failed := s.fails(t, "spec.selector")
		require.Equal(t, "Blocked", failed.condition("Failed").Reason)
		require.True(t, failed.is("Available", metav1.ConditionFalse))
		require.Equal(t, upgraded.Status.Revision, failed.Status.Revision)
		require.Equal(t, "v2", s.version(t), "what runs is not touched")

		s.change(t, `{"image":"`+s.repository+`:v2"}`)
		s.until(t, "Failed", metav1.ConditionFalse)
		s.until(t, "Available", metav1.ConditionTrue)

		s.change(t, `{"config":{"replicas":9}}`)
		s.fails(t, "replicas")
		s.change(t, `{"config":{"replicas":null}}`)
		s.until(t, "Available", metav1.ConditionTrue)
	})

	t.Run("paused", func(t *testing.T) {
		s.change(t, `{"paused":true,"config":{"replicas":2}}`)
		paused := s.until(t, "Progressing", metav1.ConditionFalse)
		require.Equal(t, "Paused", paused.condition("Progressing").Reason)
		require.Equal(t, int64(1), replicas(t, s))
		require.NoError(t, c.Client().Resource(configMaps).Namespace(s.namespace).Delete(t.Context(), "new", metav1.DeleteOptions{}))
		s.until(t, "Available", metav1.ConditionFalse)
		require.NotContains(t, s.names(t), "new", "nor is drift healed")
		s.change(t, `{"paused":false}`)
		s.eventually(t, "it goes on", func(context.Context) bool { return replicas(t, s) == 2 }, nil)
		s.until(t, "Available", metav1.ConditionTrue)
	})

	t.Run("events tell", func(t *testing.T) {
		var told []string
		s.eventually(t, "an event tells of the Deployment", func(ctx context.Context) bool {
			list, err := c.Client().Resource(events).Namespace(s.namespace).List(ctx, metav1.ListOptions{})
			require.NoError(t, err)
			told = nil
			for _, event := range list.Items {
				if kind, _, _ := unstructured.NestedString(event.Object, "regarding", "kind"); kind == "Package" {
					note, _, _ := unstructured.NestedString(event.Object, "note")
					told = append(told, note)
				}
			}
			return slices.Contains(told, "Deployment.apps "+s.namespace+"/web: create")
		}, &told)
	})

	t.Run("removed in reverse", func(t *testing.T) {
		s.remove(t)
		require.Empty(t, s.names(t))
		require.Nil(t, s.get(t, deployments, "web"))
		left, err := c.Client().Resource(secrets).Namespace(s.namespace).List(t.Context(), metav1.ListOptions{})
		require.NoError(t, err)
		require.Empty(t, left.Items, "the state of the release goes, too")
		order := s.deletions(t, "done", "web", "gate", "settings")
		require.Equal(t, []string{"done", "web", "gate", "settings"}, order)
	})
}

// A Package can do what its service account may, and no more.
func TestPackageHasTheRightsOfItsServiceAccount(t *testing.T) {
	c := cluster.Shared(t)
	installOperator(t, c)
	startOperator(t, build(t), c.UserConfig(t, operatorUser))
	s := newShop(t, c, push(t, registrytest.Start(t, registrytest.Options{}).Host))
	s.ask(t, "default", "v1", `{}`)
	s.fails(t, "system:serviceaccount:"+s.namespace+":default")
	require.Empty(t, s.names(t))

	s.change(t, `{"serviceAccountName":"installer"}`)
	s.until(t, "Available", metav1.ConditionTrue)

	// With its namespace a Package goes, though its rights may go before it.
	require.NoError(t, c.Client().Resource(bindings).Namespace(s.namespace).Delete(t.Context(), "installer", metav1.DeleteOptions{}))
	require.NoError(t, c.Client().Resource(namespaces).Delete(t.Context(), s.namespace, metav1.DeleteOptions{}))
	s.eventually(t, "the namespace is gone", func(ctx context.Context) bool {
		_, err := c.Client().Resource(namespaces).Get(ctx, s.namespace, metav1.GetOptions{})
		return apierrors.IsNotFound(err)
	}, nil)
}

// waitsAtGate waits until the phase "gate" does, and says so.
func (s *shopIn) waitsAtGate(t *testing.T) status {
	t.Helper()
	waiting := s.until(t, "Progressing", metav1.ConditionTrue)
	require.Contains(t, waiting.condition("Progressing").Message, "ConfigMap "+s.namespace+"/gate")
	require.Equal(t, []string{"Available", "Progressing", "Pending", "Pending"}, waiting.states())
	require.Contains(t, waiting.Status.Phases[1].Message, "ConfigMap "+s.namespace+"/gate")
	return waiting
}

// remove deletes the Package and waits until its finalizer has let it go.
func (s *shopIn) remove(t *testing.T) {
	t.Helper()
	require.NoError(t, s.Client().Resource(packages).Namespace(s.namespace).Delete(t.Context(), "shop", metav1.DeleteOptions{}))
	var last status
	s.eventually(t, "the Package is gone", func(ctx context.Context) bool {
		var err error
		last, err = s.status(ctx)
		return apierrors.IsNotFound(err)
	}, &last)
}

// deletions are the objects that were deleted, in order, of those that are asked for.
func (s *shopIn) deletions(t *testing.T, names ...string) []string {
	t.Helper()
	var order []string
	for _, event := range s.AuditEvents(t) {
		ref := event.ObjectRef
		if event.Verb == "delete" && event.Code() == 200 && ref.Namespace == s.namespace && slices.Contains(names, ref.Name) &&
			slices.Contains([]string{"configmaps", "deployments"}, ref.Resource) {
			order = append(order, ref.Name)
		}
	}
	return order
}

func replicas(t *testing.T, s *shopIn) int64 {
	t.Helper()
	count, _, err := unstructured.NestedInt64(s.get(t, deployments, "web").Object, "spec", "replicas")
	require.NoError(t, err)
	return count
}
