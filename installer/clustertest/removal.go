package clustertest

import (
	"context"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer/cluster"
)

// Delete removes an object, or marks it as being deleted where something holds it.
func (c *Cluster) Delete(ctx context.Context, reference cluster.Reference, options cluster.DeleteOptions) error {
	call := Call{Verb: VerbDelete, Reference: reference, DryRun: options.DryRun}
	return c.do(ctx, call, func() error {
		kind, err := c.lookup(reference.GroupVersionKind())
		if err != nil {
			return err
		}
		if err := checkPlace(kind, reference.Namespace, reference.Name); err != nil {
			return err
		}
		key := reference.WithoutVersion()
		stored, ok := c.objects[key]
		if !ok {
			return apierrors.NewNotFound(kind.groupResource(), reference.Name)
		}
		if err := checkPreconditions(kind, stored.object, options); err != nil {
			return err
		}
		if key.GroupVersionKind().GroupKind() == namespaceKind && slices.Contains([]string{"default", "kube-system", "kube-public"}, key.Name) {
			return apierrors.NewForbidden(kind.groupResource(), key.Name, fmt.Errorf("this namespace may not be deleted"))
		}
		if options.DryRun {
			return nil
		}
		propagation := options.Propagation
		if propagation == "" && (kind.kind == "Job" && kind.group == "batch" || kind.kind == "ReplicationController" && kind.group == "") {
			propagation = cluster.PropagationOrphan // what the server does for these two
		}
		if err := c.markDeleted(kind, stored, propagation); err != nil {
			return err
		}
		return c.collect()
	})
}

// checkPreconditions uses the words of the server, which names the kind where it
// should be the resource.
func checkPreconditions(kind *kindRules, object *unstructured.Unstructured, options cluster.DeleteOptions) error {
	resource := kind.groupResource()
	resource.Resource = kind.kind
	if kind.groupKind() == namespaceKind {
		return checkNamespacePreconditions(kind, object, options)
	}
	if options.UID != "" && options.UID != object.GetUID() {
		return apierrors.NewConflict(resource, object.GetName(), fmt.Errorf(
			"the UID in the precondition (%s) does not match the UID in record (%s). The object might have been deleted and then recreated",
			options.UID, object.GetUID()))
	}
	if version := options.ResourceVersion; version != "" && version != object.GetResourceVersion() {
		return apierrors.NewConflict(resource, object.GetName(), fmt.Errorf(
			"the ResourceVersion in the precondition (%s) does not match the ResourceVersion in record (%s). The object might have been modified",
			version, object.GetResourceVersion()))
	}
	return nil
}

// checkNamespacePreconditions are the same with the words for namespaces.
func checkNamespacePreconditions(kind *kindRules, object *unstructured.Unstructured, options cluster.DeleteOptions) error {
	differs := func(what, wanted, live string) error {
		if wanted == "" || wanted == live {
			return nil
		}
		return apierrors.NewConflict(kind.groupResource(), object.GetName(),
			fmt.Errorf("Precondition failed: %s in precondition: %s, %s in object meta: %s", what, wanted, what, live)) //nolint:staticcheck // the server's words
	}
	if err := differs("UID", string(options.UID), string(object.GetUID())); err != nil {
		return err
	}
	return differs("ResourceVersion", options.ResourceVersion, object.GetResourceVersion())
}

// markDeleted asks for the removal of an object; collect carries it out.
func (c *Cluster) markDeleted(kind *kindRules, stored *entry, propagation cluster.Propagation) error {
	object := stored.object.DeepCopy()
	finalizers := slices.DeleteFunc(object.GetFinalizers(), func(one string) bool {
		return propagation != "" && (one == metav1.FinalizerOrphanDependents || one == metav1.FinalizerDeleteDependents)
	})
	switch propagation {
	case cluster.PropagationOrphan:
		finalizers = append(finalizers, metav1.FinalizerOrphanDependents)
	case cluster.PropagationForeground:
		finalizers = append(finalizers, metav1.FinalizerDeleteDependents)
	}
	if !slices.Equal(finalizers, object.GetFinalizers()) {
		setFinalizers(object, finalizers)
	}
	if object.GetDeletionTimestamp() == nil {
		now := metav1.NewTime(c.now())
		object.SetDeletionTimestamp(&now)
		var none int64
		object.SetDeletionGracePeriodSeconds(&none)
		if generation := object.GetGeneration(); generation > 0 {
			object.SetGeneration(generation + 1)
		}
		if c.removal != nil {
			stored.held = c.removal(object.DeepCopy())
		}
		if kind.groupKind() == namespaceKind {
			setNested(object, "Terminating", "status", "phase")
		}
		if isDefinition(keyOf(object)) {
			setCondition(object, now.UTC().Format(timeFormat), "Terminating", "True", "InstanceDeletionPending", "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon")
		}
	}
	if unchanged(object, stored.object) {
		return nil
	}
	c.put(kind, stored, object)
	return nil
}
