package journey

import (
	"context"
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"github.com/packstage/packstage/installer/cluster"
)

// What tests read and write themselves.
var (
	ConfigMapResource  = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	SecretResource     = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}
	NamespaceResource  = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
	DeploymentResource = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
	LeaseResource      = schema.GroupVersionResource{Group: "coordination.k8s.io", Version: "v1", Resource: "leases"}
)

func isForeign(name string) bool { return strings.HasPrefix(name, "foreign-") }

// Foreign are objects of others in a namespace, each as UID and resource version, so
// that every write to one shows.
type Foreign map[string]string

// Plant makes objects of others: without labels, of another release, and of a release
// of the same name in another namespace.
func Plant(ctx context.Context, client dynamic.Interface, namespace string) (Foreign, error) {
	for name, labels := range map[string]map[string]any{
		"foreign-nobodys":  {},
		"foreign-release":  {cluster.LabelRelease: "other", cluster.LabelReleaseNamespace: namespace},
		"foreign-namesake": {cluster.LabelRelease: "shop", cluster.LabelReleaseNamespace: "default"},
	} {
		for resource, kind := range map[schema.GroupVersionResource]string{ConfigMapResource: "ConfigMap", SecretResource: "Secret"} {
			object := &unstructured.Unstructured{Object: map[string]any{
				"apiVersion": "v1", "kind": kind, "metadata": map[string]any{"name": name, "labels": labels},
			}}
			if _, err := client.Resource(resource).Namespace(namespace).Create(ctx, object, metav1.CreateOptions{}); err != nil {
				return nil, fmt.Errorf("%s %s: %w", kind, name, err)
			}
		}
	}
	return Planted(ctx, client, namespace)
}

// Planted reads the objects of others as they are now; those that Kubernetes has made
// are among them.
func Planted(ctx context.Context, client dynamic.Interface, namespace string) (Foreign, error) {
	found := Foreign{}
	for _, resource := range []schema.GroupVersionResource{ConfigMapResource, SecretResource} {
		list, err := client.Resource(resource).Namespace(namespace).List(ctx, metav1.ListOptions{})
		if err != nil {
			return nil, err
		}
		for _, object := range list.Items {
			if isForeign(object.GetName()) {
				found[resource.Resource+" "+object.GetName()] = string(object.GetUID()) + " " + object.GetResourceVersion()
			}
		}
	}
	return found, nil
}
