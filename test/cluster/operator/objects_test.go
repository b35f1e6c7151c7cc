package operator_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/packstage/packstage/test/cluster"
)

var (
	packages    = schema.GroupVersionResource{Group: "packages.example.packstage.dev", Version: "v1alpha1", Resource: "packages"}
	configMaps  = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	secrets     = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}
	deployments = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
	roles       = schema.GroupVersionResource{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "roles"}
	bindings    = schema.GroupVersionResource{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "rolebindings"}
	namespaces  = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
	events      = schema.GroupVersionResource{Group: "events.k8s.io", Version: "v1", Resource: "events"}
)

// shopIn is a namespace with a Package "shop".
type shopIn struct {
	*cluster.Cluster
	namespace, repository string
}

// newShop makes a namespace whose service account "installer" may install shop.
func newShop(t *testing.T, c *cluster.Cluster, repository string) *shopIn {
	t.Helper()
	s := &shopIn{Cluster: c, namespace: c.CreateNamespace(t, "shop"), repository: repository}
	s.create(t, roles, `{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":"installer"},"rules":[
		{"apiGroups":["","apps","coordination.k8s.io"],"resources":["configmaps","secrets","deployments","leases"],"verbs":["*"]}]}`)
	s.create(t, bindings, `{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"installer"},
		"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"installer"},
		"subjects":[{"kind":"ServiceAccount","name":"installer","namespace":"`+s.namespace+`"}]}`)
	return s
}

func (s *shopIn) create(t *testing.T, resource schema.GroupVersionResource, content string) {
	t.Helper()
	object := &unstructured.Unstructured{}
	require.NoError(t, json.Unmarshal([]byte(content), &object.Object))
	_, err := s.Client().Resource(resource).Namespace(s.namespace).Create(t.Context(), object, metav1.CreateOptions{})
	require.NoError(t, err)
}

// ask makes the Package.
func (s *shopIn) ask(t *testing.T, account, tag, config string) {
	t.Helper()
	s.create(t, packages, `{"apiVersion":"packages.example.packstage.dev/v1alpha1","kind":"Package","metadata":{"name":"shop"},
		"spec":{"image":"`+s.repository+":"+tag+`","serviceAccountName":"`+account+`","config":`+config+`}}`)
}

// change merges into the specification of the Package.
func (s *shopIn) change(t *testing.T, spec string) {
	t.Helper()
	_, err := s.Client().Resource(packages).Namespace(s.namespace).Patch(t.Context(), "shop", types.MergePatchType, []byte(`{"spec":`+spec+`}`), metav1.PatchOptions{})
	require.NoError(t, err)
}

// get reads an object; nil where there is none.
func (s *shopIn) get(t *testing.T, resource schema.GroupVersionResource, name string) *unstructured.Unstructured {
	t.Helper()
	object, err := s.Client().Resource(resource).Namespace(s.namespace).Get(t.Context(), name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	require.NoError(t, err)
	return object
}

// names are those of the ConfigMaps that the package has made.
func (s *shopIn) names(t *testing.T) []string {
	t.Helper()
	list, err := s.Client().Resource(configMaps).Namespace(s.namespace).List(t.Context(), metav1.ListOptions{LabelSelector: "packstage.dev/release=shop"})
	require.NoError(t, err)
	names := []string{}
	for _, item := range list.Items {
		names = append(names, item.GetName())
	}
	return names
}

// version is what the ConfigMap settings says.
func (s *shopIn) version(t *testing.T) string {
	t.Helper()
	version, _, err := unstructured.NestedString(s.get(t, configMaps, "settings").Object, "data", "version")
	require.NoError(t, err)
	return version
}

// status is what a Package says of itself.
type status struct {
	Generation int64
	Status     struct {
		ObservedGeneration int64
		Image              string
		Revision           int
		Available          int
		Phases             []struct{ Name, State, Message string }
		Conditions         []metav1.Condition
	}
}

func (s *shopIn) status(ctx context.Context) (status, error) {
	var read status
	object, err := s.Client().Resource(packages).Namespace(s.namespace).Get(ctx, "shop", metav1.GetOptions{})
	if err != nil {
		return read, err
	}
	content, err := object.MarshalJSON()
	if err != nil {
		return read, err
	}
	read.Generation = object.GetGeneration()
	return read, json.Unmarshal(content, &read)
}

// is tells whether a condition has a status, about the present generation.
func (s status) is(kind string, wanted metav1.ConditionStatus) bool {
	c := s.condition(kind)
	return c.Status == wanted && c.ObservedGeneration == s.Generation
}

func (s status) condition(kind string) metav1.Condition {
	for _, c := range s.Status.Conditions {
		if c.Type == kind {
			return c
		}
	}
	return metav1.Condition{}
}

// states are those of the phases.
func (s status) states() []string {
	var states []string
	for _, phase := range s.Status.Phases {
		states = append(states, phase.State)
	}
	return states
}

// until waits for a condition of the present generation, and returns the status.
func (s *shopIn) until(t *testing.T, kind string, wanted metav1.ConditionStatus) status {
	t.Helper()
	var last status
	s.eventually(t, "Package is "+kind+": "+string(wanted), func(ctx context.Context) bool {
		var err error
		last, err = s.status(ctx)
		require.NoError(t, err)
		return last.is(kind, wanted)
	}, &last)
	return last
}

// fails waits until the Package says that it has failed, and why in its message. Something
// else may have gone wrong before.
func (s *shopIn) fails(t *testing.T, message string) status {
	t.Helper()
	var last status
	s.eventually(t, "Package has failed: "+message, func(ctx context.Context) bool {
		var err error
		last, err = s.status(ctx)
		require.NoError(t, err)
		return last.is("Failed", metav1.ConditionTrue) && strings.Contains(last.condition("Failed").Message, message)
	}, &last)
	return last
}

// eventually asks until the answer is yes; seen is shown where that is never.
func (s *shopIn) eventually(t *testing.T, what string, done func(ctx context.Context) bool, seen any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	for !done(ctx) {
		select {
		case <-ctx.Done():
			content, _ := json.MarshalIndent(seen, "", "  ")
			t.Fatalf("never: %s\n%s", what, content)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
