package installer

import (
	"context"

	"github.com/packstage/packstage/installer/cluster"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// who returns who is written into the history: what the options say, or whom the
// API server takes the caller for. Servers that do not tell leave it empty.
func (o *operation) who(ctx context.Context) string {
	if o.options.Who != "" {
		return o.options.Who
	}
	review, err := o.cluster.Create(ctx, &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview", "metadata": map[string]any{},
	}}, cluster.WriteOptions{FieldManager: o.options.FieldManager})
	if err != nil {
		return ""
	}
	name, _, _ := unstructured.NestedString(review.Object, "status", "userInfo", "username")
	return name
}
