package dynamiccluster

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"

	"github.com/packstage/packstage/installer/cluster"
)

// Create makes an object. Errors: those of [cluster.Writer], [cluster.UnknownKindError],
// IsBadRequest for an object that cannot be one of its kind, IsNotFound where its
// namespace is missing.
func (c *Cluster) Create(ctx context.Context, object *unstructured.Unstructured, options cluster.WriteOptions) (*unstructured.Unstructured, error) {
	return c.write(ctx, object, c.collection, func(resource dynamic.ResourceInterface) (*unstructured.Unstructured, error) {
		return resource.Create(ctx, object, metav1.CreateOptions{FieldManager: options.FieldManager, DryRun: dryRun(options.DryRun)})
	})
}

// Update replaces an object. Errors: as for Create, those of [cluster.Writer].
func (c *Cluster) Update(ctx context.Context, object *unstructured.Unstructured, options cluster.WriteOptions) (*unstructured.Unstructured, error) {
	return c.write(ctx, object, c.object, func(resource dynamic.ResourceInterface) (*unstructured.Unstructured, error) {
		return resource.Update(ctx, object, metav1.UpdateOptions{FieldManager: options.FieldManager, DryRun: dryRun(options.DryRun)})
	})
}

// Apply is server-side apply. The object's managedFields, which an apply cannot have,
// are left out. Errors: as for Create, those of [cluster.Writer]; for another UID
// servers answer IsInvalid where there is an object of the name, and IsConflict where
// there is none.
func (c *Cluster) Apply(ctx context.Context, object *unstructured.Unstructured, options cluster.ApplyOptions) (*unstructured.Unstructured, error) {
	if options.FieldManager == "" {
		return nil, badRequest("%s is applied by nobody: no field manager is given", cluster.ReferenceTo(object))
	}
	if len(object.GetManagedFields()) > 0 {
		object = object.DeepCopy()
		object.SetManagedFields(nil)
	}
	return c.write(ctx, object, c.object, func(resource dynamic.ResourceInterface) (*unstructured.Unstructured, error) {
		return resource.Apply(ctx, object.GetName(), object, metav1.ApplyOptions{
			FieldManager: options.FieldManager, Force: options.Force, DryRun: dryRun(options.DryRun),
		})
	})
}

func (c *Cluster) write(ctx context.Context, object *unstructured.Unstructured,
	place func(context.Context, cluster.Reference) (dynamic.ResourceInterface, error),
	request func(dynamic.ResourceInterface) (*unstructured.Unstructured, error),
) (*unstructured.Unstructured, error) {
	resource, err := place(ctx, cluster.ReferenceTo(object))
	if err != nil {
		return nil, err
	}
	written, err := request(resource)
	if err != nil {
		return nil, c.judged(ctx, object.GroupVersionKind(), err)
	}
	return written, nil
}

// Delete asks for the removal of an object. Errors: those of [cluster.Writer],
// [cluster.UnknownKindError], IsBadRequest for a reference that cannot name an object
// of its kind.
func (c *Cluster) Delete(ctx context.Context, reference cluster.Reference, options cluster.DeleteOptions) error {
	resource, err := c.object(ctx, reference)
	if err != nil {
		return err
	}
	request := metav1.DeleteOptions{DryRun: dryRun(options.DryRun)}
	if options.Propagation != "" {
		propagation := metav1.DeletionPropagation(options.Propagation)
		request.PropagationPolicy = &propagation
	}
	if options.UID != "" || options.ResourceVersion != "" {
		request.Preconditions = &metav1.Preconditions{}
	}
	if options.UID != "" {
		request.Preconditions.UID = &options.UID
	}
	if options.ResourceVersion != "" {
		request.Preconditions.ResourceVersion = &options.ResourceVersion
	}
	if err := resource.Delete(ctx, reference.Name, request); err != nil {
		return c.judged(ctx, reference.GroupVersionKind(), err)
	}
	return nil
}

func dryRun(wanted bool) []string {
	if wanted {
		return []string{metav1.DryRunAll}
	}
	return nil
}
