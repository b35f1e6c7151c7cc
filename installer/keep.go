package installer

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/installer/internal/live"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

const orphaned = "the annotation " + cluster.AnnotationDeletionPolicy + " says so"

// reasonToKeep returns why an object of the release is not to be deleted, or "".
func (i *Installer) reasonToKeep(ctx context.Context, client cluster.Cluster, release cluster.Release, leftover history.Leftover, object *unstructured.Unstructured, options removeOptions) (string, error) {
	if leftover.Orphan || object.GetAnnotations()[cluster.AnnotationDeletionPolicy] == cluster.DeletionPolicyOrphan {
		return orphaned, nil
	}
	if used := i.usedBy(release, leftover, object, options.wanted); used != "" {
		return "the release still needs it for " + used, nil
	}
	if options.deleteForeign || !isFoundation(leftover.Reference) {
		return "", nil
	}
	var foreign []string
	var err error
	if leftover.Reference.Kind == "Namespace" {
		foreign, err = i.foreignInNamespace(ctx, client, release, object.GetName())
	} else {
		foreign, err = foreignResources(ctx, client, release, object)
	}
	if err != nil || len(foreign) == 0 {
		return "", err
	}
	return foreignIn(foreign), nil
}

// foreignIn says what keeps a namespace or a definition.
func foreignIn(foreign []string) string {
	const shown = 3
	names := strings.Join(foreign[:min(shown, len(foreign))], ", ")
	if len(foreign) > shown {
		names += fmt.Sprintf(" and %d more", len(foreign)-shown)
	}
	return "deleting it would delete what is not of this release: " + names
}

// usedBy returns what would go with a namespace or a definition although the release
// wants it: deleting what holds an object deletes the object.
func (i *Installer) usedBy(release cluster.Release, leftover history.Leftover, object *unstructured.Unstructured, wanted *holdings) string {
	if wanted == nil || !isFoundation(leftover.Reference) {
		return ""
	}
	home := i.home(leftover.Class)
	if isDefinition(leftover.Reference) {
		return wanted.ofKind(home, definedKind(object.Object))
	}
	used := wanted.inNamespace(home, leftover.Reference.Name)
	if used == "" && home == "" && leftover.Reference.Name == release.Namespace {
		return "its own state"
	}
	return used
}

// foreignResources returns the custom resources of a definition that are not of
// the release.
func foreignResources(ctx context.Context, client cluster.Cluster, release cluster.Release, definition *unstructured.Unstructured) ([]string, error) {
	defined := definedKind(definition.Object)
	versions, _, _ := unstructured.NestedSlice(definition.Object, "spec", "versions")
	for _, item := range versions {
		version, _ := item.(map[string]any)
		name, _ := version["name"].(string)
		if version["served"] != true {
			continue
		}
		return foreignOf(ctx, client, release, defined.WithVersion(name), "")
	}
	return nil, nil // what is not served cannot be looked at, nor used
}

// foreignOf returns the objects of a kind that are not of the release, and not
// owned by another object. A kind that is not there has none.
func foreignOf(ctx context.Context, client cluster.Cluster, release cluster.Release, kind schema.GroupVersionKind, namespace string) ([]string, error) {
	objects, err := client.List(ctx, kind, cluster.ListOptions{Namespace: namespace})
	if isUnknown(err) || apierrors.IsNotFound(err) || apierrors.IsMethodNotSupported(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking for %s that belong to others: %w", kind.Kind, err)
	}
	var foreign []string
	for _, object := range objects {
		if cluster.Owner(object) != release && len(object.GetOwnerReferences()) == 0 && !madeByCluster(object) {
			foreign = append(foreign, cluster.ReferenceTo(object).String())
		}
	}
	return foreign, nil
}

// madeByCluster tells whether Kubernetes makes an object by itself wherever there
// is a namespace or a workload, so that nobody misses it.
func madeByCluster(object *unstructured.Unstructured) bool {
	kind := object.GroupVersionKind()
	switch kind.GroupKind().String() {
	case "ServiceAccount":
		return object.GetName() == "default"
	case "ConfigMap":
		return object.GetName() == "kube-root-ca.crt" || object.GetName() == "openshift-service-ca.crt"
	case "Event", "Event.events.k8s.io", "Endpoints", "EndpointSlice.discovery.k8s.io", "Lease.coordination.k8s.io":
		return true
	case "Secret":
		kind, _, _ := unstructured.NestedString(object.Object, "type")
		return kind == "kubernetes.io/service-account-token" || kind == "kubernetes.io/dockercfg"
	default:
		return false
	}
}

// foreignInNamespace returns the objects in a namespace that are not of the release.
func (i *Installer) foreignInNamespace(ctx context.Context, client cluster.Cluster, release cluster.Release, namespace string) ([]string, error) {
	kinds, err := client.Kinds(ctx)
	if err != nil {
		return nil, fmt.Errorf("finding out what may be in namespace %s: %w", namespace, err)
	}
	kinds = slices.DeleteFunc(kinds, func(kind cluster.Kind) bool { return !kind.Namespaced })
	var mutex sync.Mutex
	var foreign []string
	err = live.ForEach(ctx, len(kinds), i.options.Parallelism, func(ctx context.Context, index int) error {
		found, err := foreignOf(ctx, client, release, kinds[index].GroupVersionKind, namespace)
		mutex.Lock()
		defer mutex.Unlock()
		foreign = append(foreign, found...)
		return err
	})
	slices.Sort(foreign)
	return foreign, err
}

// disown makes an object nobody's: it stays, without the labels of the release.
func (o *operation) disown(ctx context.Context, client cluster.Cluster, object *unstructured.Unstructured) error {
	freed := object.DeepCopy()
	labels := freed.GetLabels()
	delete(labels, cluster.LabelRelease)
	delete(labels, cluster.LabelReleaseNamespace)
	freed.SetLabels(labels)
	_, err := client.Update(ctx, freed, cluster.WriteOptions{FieldManager: o.options.FieldManager})
	return err
}
