package fields_test

import (
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer/fields"
)

// The server has added defaults and writes amounts in its own way: nothing has to be
// applied.
func ExampleContains() {
	desired := map[string]any{
		"apiVersion": "v1", "kind": "ResourceQuota", "metadata": map[string]any{"name": "shop"},
		"spec": map[string]any{"hard": map[string]any{"limits.memory": "1024Mi"}},
	}
	live := map[string]any{
		"apiVersion": "v1", "kind": "ResourceQuota", "metadata": map[string]any{"name": "shop", "uid": "f00", "resourceVersion": "7"},
		"spec":   map[string]any{"hard": map[string]any{"limits.memory": "1Gi"}},
		"status": map[string]any{},
	}
	fmt.Println(fields.Contains(live, desired))
	// Output: true
}

func webDeployment(replicas int64, image string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apps/v1", "kind": "Deployment", "metadata": map[string]any{"name": "web"},
		"spec": map[string]any{
			"replicas": replicas,
			"template": map[string]any{"spec": map[string]any{"containers": []any{map[string]any{"name": "web", "image": image}}}},
		},
	}}
}

func ExampleDifference() {
	for _, change := range fields.Difference(webDeployment(2, "web:1"), webDeployment(3, "web:2"), fields.Options{IgnoreStatus: true}) {
		fmt.Println(change)
	}
	// Output:
	// .spec.replicas: 2 -> 3
	// .spec.template.spec.containers[name=web].image: web:1 -> web:2
}

func ExampleLines() {
	before := &unstructured.Unstructured{Object: map[string]any{"data": map[string]any{"app.conf": "port = 80\nlevel = info\n"}}}
	after := &unstructured.Unstructured{Object: map[string]any{"data": map[string]any{"app.conf": "port = 80\nlevel = debug\n"}}}
	for _, change := range fields.Difference(before, after, fields.Options{}) {
		fmt.Println(change)
		for _, line := range fields.Lines(change) {
			fmt.Println(line)
		}
	}
	// Output:
	// .data["app.conf"]: 2 lines -> 2 lines
	// @@ -1,2 +1,2 @@
	//  port = 80
	// -level = info
	// +level = debug
}

func ExampleOwners() {
	web := webDeployment(5, "web:1")
	web.Object["metadata"].(map[string]any)["managedFields"] = []any{map[string]any{
		"manager": "kubectl-edit", "operation": "Update", "apiVersion": "apps/v1", "time": "2026-01-02T03:04:05Z",
		"fieldsType": "FieldsV1", "fieldsV1": map[string]any{"f:spec": map[string]any{"f:replicas": map[string]any{}}},
	}}
	for _, manager := range fields.Owners(web, ".spec.replicas") {
		fmt.Println(manager)
	}
	// Output: kubectl-edit (2026-01-02T03:04:05Z)
}

func ExampleConflicts() {
	var err error = apierrors.NewApplyConflict([]metav1.StatusCause{{
		Type: metav1.CauseTypeFieldManagerConflict, Field: ".spec.replicas",
		Message: `conflict with "kubectl" with subresource "scale" using apps/v1`,
	}}, "Apply failed with 1 conflict")
	for _, conflict := range fields.Conflicts(err) {
		fmt.Println(conflict)
	}
	// Output: .spec.replicas belongs to kubectl (subresource scale)
}

func ExampleIsImmutable() {
	err := &apierrors.StatusError{ErrStatus: metav1.Status{
		Reason: metav1.StatusReasonInvalid,
		Details: &metav1.StatusDetails{Causes: []metav1.StatusCause{{
			Type: metav1.CauseTypeFieldValueInvalid, Field: "spec.selector", Message: `Invalid value: {"matchLabels":{"app":"web"}}: field is immutable`,
		}}},
	}}
	fmt.Println(fields.IsImmutable(err))
	// Output: [.spec.selector]
}

func ExampleWithStoredData() {
	secret := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Secret", "stringData": map[string]any{"user": "shop"},
	}}
	fmt.Println(fields.WithStoredData(secret).Object["data"])
	// Output: map[user:c2hvcA==]
}
