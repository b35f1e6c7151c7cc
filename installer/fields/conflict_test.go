package fields_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/installer/fields"
)

// refusal returns an error as a client makes it of what a real API server has
// answered.
func refusal(t testing.TB, name string) error {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", "refusals.json"))
	require.NoError(t, err)
	var all map[string]metav1.Status
	require.NoError(t, json.Unmarshal(content, &all))
	require.Contains(t, all, name)
	return fmt.Errorf("apply: %w", apierrors.FromObject(ptr(all[name])))
}

func ptr[T any](value T) *T { return &value }

func TestConflicts(t *testing.T) {
	t.Parallel()
	const container = ".spec.template.spec.containers[name=web]"
	tests := map[string][]fields.Conflict{
		"conflict": {
			{Manager: "kubectl", Subresource: "scale", APIVersion: "apps/v1", Path: ".spec.replicas"},
			{Manager: "kubectl-edit", APIVersion: "apps/v1", Path: container + ".env[name=LEVEL].value"},
			{Manager: "kubectl-edit", APIVersion: "apps/v1", Path: container + ".image"},
		},
		"conflict-hpa": {
			{Manager: "kube-controller-manager", Subresource: "scale", APIVersion: "apps/v1", Path: ".spec.replicas"},
			{Manager: "kubectl-edit", APIVersion: "apps/v1", Path: container + ".env[name=LEVEL].value"},
			{Manager: "kubectl-edit", APIVersion: "apps/v1", Path: container + ".image"},
		},
		"conflict-other": {
			{Manager: "packstage", Path: `.metadata.labels["app.kubernetes.io/name"]`},
			{Manager: "kubectl-edit", APIVersion: "apps/v1", Path: container + ".env[name=LEVEL].value"},
			{Manager: "packstage", Path: container + ".env[name=POD].valueFrom.fieldRef"},
			{Manager: "kubectl-edit", APIVersion: "apps/v1", Path: container + ".image"},
			{Manager: "packstage", Path: container + ".ports[containerPort=8080,protocol=TCP].name"},
			{Manager: "packstage", Path: container + ".resources.requests.cpu"},
			{Manager: "packstage", Path: container + ".resources.requests.memory"},
			{Manager: "packstage", Path: container + ".volumeMounts[mountPath=/tmp].name"},
			{Manager: "packstage", Path: ".spec.template.spec.tolerations"},
		},
		"conflict-configmap": {
			{Manager: "packstage", Path: `.data["app.yaml"]`},
			{Manager: "packstage", Path: `.metadata.annotations["a.b/c"]`},
		},
		"conflict-service": {{Manager: "packstage", Path: ".spec.selector"}},
		"conflict-widget": {
			{Manager: "packstage", Path: `.spec.free.x["y/z"]`}, // the server does not tell that x.y/z is one name
			{Manager: "packstage", Path: ".spec.listeners[host=a.example.com].port"},
		},
		"conflict-uid":         nil,
		"uid-absent":           nil,
		"immutable-deployment": nil,
		"invalid":              nil,
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, want, fields.Conflicts(refusal(t, name)))
		})
	}
	require.Nil(t, fields.Conflicts(nil))
	require.Nil(t, fields.Conflicts(errors.New("conflict")))
	require.Nil(t, fields.Conflicts(apierrors.NewConflict(schema.GroupResource{Resource: "pods"}, "a", errors.New("the object has been modified"))))
}

// The path of a conflict leads to its manager.
func TestConflictsHaveOwners(t *testing.T) {
	t.Parallel()
	for name, object := range map[string]string{"conflict": "deployment-edited", "conflict-hpa": "deployment-hpa", "conflict-other": "deployment-hpa", "conflict-configmap": "configmap"} {
		conflicts := fields.Conflicts(refusal(t, name))
		require.NotEmpty(t, conflicts)
		for _, conflict := range conflicts {
			owners := managerNames(fields.Owners(stored(t, object), conflict.Path))
			want := conflict.Manager
			if conflict.Subresource != "" {
				want += "/" + conflict.Subresource
			}
			require.Contains(t, owners, want, "%s: %s", name, conflict.Path)
		}
	}
}

func TestConflictMessages(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		message, field string
		want           fields.Conflict
		text           string
	}{
		"quotes in names":       {`conflict with "a \"b\" c" using v1 at 2026-01-02T03:04:05Z`, ".data.a", fields.Conflict{Manager: `a "b" c`, APIVersion: "v1", Path: ".data.a"}, `.data.a belongs to a "b" c`},
		"subresource":           {`conflict with "x" with subresource "scale" using autoscaling/v1`, ".spec.replicas", fields.Conflict{Manager: "x", Subresource: "scale", APIVersion: "autoscaling/v1", Path: ".spec.replicas"}, ".spec.replicas belongs to x (subresource scale)"},
		"escapes of terminal":   {"conflict with \"x\\x1b[1m\"", ".a", fields.Conflict{Manager: "x\x1b[1m", Path: ".a"}, `.a belongs to x\x1b[1m`},
		"no quotes":             {"conflict with somebody", ".a", fields.Conflict{Manager: "somebody", Path: ".a"}, ".a belongs to somebody"},
		"a path that is none":   {`conflict with "x"`, ".a[", fields.Conflict{Manager: "x", Path: ".a["}, ".a[ belongs to x"},
		"labels of a selector":  {`conflict with "x"`, ".spec.selector.matchLabels.a.b/c", fields.Conflict{Manager: "x", Path: `.spec.selector.matchLabels["a.b/c"]`}, `.spec.selector.matchLabels["a.b/c"] belongs to x`},
		"labels of a template":  {`conflict with "x"`, ".spec.template.metadata.labels.a.b/c", fields.Conflict{Manager: "x", Path: `.spec.template.metadata.labels["a.b/c"]`}, `.spec.template.metadata.labels["a.b/c"] belongs to x`},
		"selector of a Service": {`conflict with "x"`, ".spec.selector.a.b", fields.Conflict{Manager: "x", Path: `.spec.selector["a.b"]`}, `.spec.selector["a.b"] belongs to x`},
		"resources":             {`conflict with "x"`, `.spec.containers[name="a"].resources.limits.example.com/gpu`, fields.Conflict{Manager: "x", Path: `.spec.containers[name=a].resources.limits["example.com/gpu"]`}, `.spec.containers[name=a].resources.limits["example.com/gpu"] belongs to x`},
		"all labels":            {`conflict with "x"`, ".metadata.labels", fields.Conflict{Manager: "x", Path: ".metadata.labels"}, ".metadata.labels belongs to x"},
		"data inside a spec":    {`conflict with "x"`, ".spec.data.a.b", fields.Conflict{Manager: "x", Path: ".spec.data.a.b"}, ".spec.data.a.b belongs to x"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conflicts := fields.Conflicts(apierrors.NewApplyConflict([]metav1.StatusCause{
				{Type: metav1.CauseTypeFieldManagerConflict, Message: test.message, Field: test.field},
				{Type: metav1.CauseTypeFieldValueInvalid, Message: "something else"},
			}, "Apply failed"))
			require.Equal(t, []fields.Conflict{test.want}, conflicts)
			require.Equal(t, test.text, conflicts[0].String())
		})
	}
}

func TestIsImmutable(t *testing.T) {
	t.Parallel()
	tests := map[string][]string{
		"immutable-deployment":    {".spec.selector"},
		"immutable-statefulset":   {".spec"},
		"immutable-job":           {".spec.completions", ".spec.template"},
		"immutable-pod":           {".spec"},
		"immutable-pvc":           {".spec"},
		"immutable-service":       {".spec.clusterIPs[0]"},
		"immutable-configmap":     {".data"},
		"immutable-secret":        {".data", ".type"},
		"immutable-rolebinding":   {".roleRef"},
		"immutable-storageclass":  {".parameters", ".provisioner"},
		"immutable-priorityclass": {".value"},
		"immutable-crd":           {".spec.scope"},
		"immutable-widget":        {".spec.a", ".spec.b"}, // of .spec.c the author of the kind says "pick once"
		"invalid":                 nil,
		"conflict":                nil,
		"conflict-uid":            nil,
		"uid-absent":              nil,
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, want, fields.IsImmutable(refusal(t, name)))
		})
	}
	require.Nil(t, fields.IsImmutable(nil))
	require.Nil(t, fields.IsImmutable(errors.New("field is immutable")))
	require.Nil(t, fields.IsImmutable(&apierrors.StatusError{ErrStatus: metav1.Status{Reason: metav1.StatusReasonInvalid}}))
}

func TestIsImmutableReadsPathsOfValidation(t *testing.T) {
	t.Parallel()
	for field, want := range map[string]string{
		"spec.ports[0].nodePort": ".spec.ports[0].nodePort", "metadata.annotations[a.b/c]": `.metadata.annotations["a.b/c"]`,
		"": ".", "<nil>": ".", "spec[a": "spec[a", "[]": `[""]`, "spec.x[-1]": ".spec.x.-1", "spec..x": ".spec.x",
	} {
		err := &apierrors.StatusError{ErrStatus: metav1.Status{Reason: metav1.StatusReasonInvalid, Details: &metav1.StatusDetails{
			Causes: []metav1.StatusCause{{Field: field, Message: "Forbidden: field is immutable"}, {Field: field, Message: "Forbidden: updates to parameters are forbidden."}},
		}}}
		require.Equal(t, []string{want}, fields.IsImmutable(err), field)
	}
}

// The server's message has the value before the reason; what it says is not the
// server's word.
func TestIsImmutableDoesNotReadValues(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]bool{
		`Invalid value: "is immutable": must match the regex a+`:                    false,
		`Invalid value: "a\": field is immutable": must match the regex a+`:         false,
		`Invalid value: {"a":"x: field is immutable"}: must not be empty`:           false,
		`Invalid value: ["x: field is immutable"]: must not be empty`:               false,
		`Invalid value: 5: field is immutable`:                                      true,
		`Invalid value: {"a":"b"}: field is immutable`:                              true,
		`Invalid value: {"a":broken}: field is immutable`:                           true,
		`Invalid value: "x": failed rule: self == oldSelf`:                          true,
		`Invalid value: null: field is immutable`:                                   true,
		"Forbidden: spec may hold this only\n-  a: immutable\n+  a: may not change": false,
		"Forbidden: updates to driverName are forbidden.":                           true,
		"Forbidden: user is forbidden when subject kind is not 'User'":              false,
		"Unsupported value: \"immutable\": supported values: \"a\"":                 false,
		"Required value: must be set":                                               false,
	} {
		err := &apierrors.StatusError{ErrStatus: metav1.Status{Reason: metav1.StatusReasonInvalid, Details: &metav1.StatusDetails{
			Causes: []metav1.StatusCause{{Field: "spec.a", Message: message}},
		}}}
		require.Equal(t, want, fields.IsImmutable(err) != nil, message)
	}
}

func TestIsReplaced(t *testing.T) {
	t.Parallel()
	require.True(t, fields.IsReplaced(refusal(t, "conflict-uid")), "another object of the name")
	require.True(t, fields.IsReplaced(refusal(t, "uid-absent")), "no object of the name")
	require.True(t, fields.IsReplaced(refusal(t, "delete-uid")), "removal of another object")
	for _, name := range []string{"conflict", "immutable-deployment", "immutable-secret", "invalid"} {
		require.False(t, fields.IsReplaced(refusal(t, name)), name)
	}
	require.False(t, fields.IsReplaced(nil))
	require.False(t, fields.IsReplaced(errors.New("uid mismatch")))
	require.False(t, fields.IsReplaced(apierrors.NewConflict(schema.GroupResource{Resource: "pods"}, "a", errors.New("the object has been modified"))))
}
