package preflight

import (
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/fields"
	"github.com/packstage/packstage/packagetypes"
)

// serverFields are the fields of metadata that only the API server sets. Packages
// made from exported objects have some of them.
var serverFields = [...]string{
	"creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "generation",
	"managedFields", "resourceVersion", "selfLink", "uid",
}

// Desired returns what will be applied for an object of an instance: its fields with
// the labels of the release, without what only the API server sets in metadata.
// An object of a namespaced kind that names no namespace gets that of the instance,
// or where that has none, the one of the release; one of another kind gets none.
// A Secret has its stringData in its data. It is a copy. The error says that the content is no Kubernetes object.
func Desired(object packagetypes.Object, release cluster.Release, kind cluster.Kind, instance *packagetypes.Instance) (*unstructured.Unstructured, error) {
	if problems := checkStructure(object.Content()); len(problems) > 0 {
		return nil, fmt.Errorf("%s: %s", problems[0].Field, problems[0].Message)
	}
	desired := &unstructured.Unstructured{Object: object.DeepCopy()}
	metadata := desired.Object["metadata"].(map[string]any)
	for _, field := range serverFields {
		delete(metadata, field)
	}
	switch {
	case !kind.Namespaced:
		delete(metadata, "namespace")
	case object.Namespace() == "":
		metadata["namespace"] = defaultNamespace(release, instance)
	}
	labels, _ := metadata["labels"].(map[string]any)
	if labels == nil {
		labels = map[string]any{}
		metadata["labels"] = labels
	}
	labels[cluster.LabelRelease] = release.Name
	labels[cluster.LabelReleaseNamespace] = release.Namespace
	return fields.WithStoredData(desired), nil
}

// defaultNamespace is where objects live that name no namespace.
func defaultNamespace(release cluster.Release, instance *packagetypes.Instance) string {
	if instance.Namespace != "" {
		return instance.Namespace
	}
	return release.Namespace
}
