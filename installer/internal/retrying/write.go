package retrying

import (
	"context"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/fields"
)

// Create returns an object that is there already where an attempt may have made it,
// and it has all that was sent and its field manager.
func (c *client) Create(ctx context.Context, object *unstructured.Unstructured, options cluster.WriteOptions) (written *unstructured.Unstructured, err error) {
	err = c.call(ctx, writing("create", object, options.DryRun), func(ctx context.Context) (err error) {
		written, err = c.cluster.Create(ctx, object, options)
		return err
	}, func(ctx context.Context, failure error) error {
		if !apierrors.IsAlreadyExists(failure) {
			return failure
		}
		live, err := c.reread(ctx, object, failure)
		if err != nil {
			return err
		}
		if !writtenBy(live, options.FieldManager) || !fields.Contains(live.Object, object.Object) {
			return failure
		}
		written = live
		return nil
	})
	return written, err
}

// Update returns an object that has changed meanwhile where an attempt may have
// changed it, and it is what was sent, with its field manager.
func (c *client) Update(ctx context.Context, object *unstructured.Unstructured, options cluster.WriteOptions) (written *unstructured.Unstructured, err error) {
	err = c.call(ctx, writing("update", object, options.DryRun), func(ctx context.Context) (err error) {
		written, err = c.cluster.Update(ctx, object, options)
		return err
	}, func(ctx context.Context, failure error) error {
		if !apierrors.IsConflict(failure) {
			return failure
		}
		live, err := c.reread(ctx, object, failure)
		if err != nil {
			return err
		}
		sameObject := object.GetUID() == "" || object.GetUID() == live.GetUID()
		same := fields.Contains(live.Object, object.Object) && fields.Contains(object.Object, live.Object)
		if !sameObject || !same || !writtenBy(live, options.FieldManager) {
			return failure
		}
		written = live
		return nil
	})
	return written, err
}

// Apply may be repeated without a question: the second time it changes nothing.
func (c *client) Apply(ctx context.Context, object *unstructured.Unstructured, options cluster.ApplyOptions) (written *unstructured.Unstructured, err error) {
	err = c.call(ctx, writing("apply", object, options.DryRun), func(ctx context.Context) (err error) {
		written, err = c.cluster.Apply(ctx, object, options)
		return err
	}, nil)
	return written, err
}

// Delete has succeeded where an attempt may have been done, and the object is gone or
// on its way.
func (c *client) Delete(ctx context.Context, reference cluster.Reference, options cluster.DeleteOptions) error {
	call := Call{Verb: "delete", Kind: reference.GroupVersionKind(), Reference: reference, DryRun: options.DryRun}
	return c.call(ctx, call, func(ctx context.Context) error {
		return c.cluster.Delete(ctx, reference, options)
	}, func(ctx context.Context, failure error) error {
		switch {
		case apierrors.IsNotFound(failure):
			return nil
		case !apierrors.IsConflict(failure):
			return failure
		}
		// The removal itself changes the resource version, where finalizers delay it.
		live, err := c.cluster.Get(ctx, reference)
		switch {
		case apierrors.IsNotFound(err):
			return nil
		case err != nil:
			return unlessItPasses(err, failure)
		case live.GetDeletionTimestamp() == nil, options.UID != "" && options.UID != live.GetUID():
			return failure
		}
		return nil
	})
}

func writing(verb string, object *unstructured.Unstructured, dryRun bool) Call {
	return Call{Verb: verb, Kind: object.GroupVersionKind(), Reference: cluster.ReferenceTo(object), DryRun: dryRun}
}

// reread reads what an attempt may have written.
func (c *client) reread(ctx context.Context, object *unstructured.Unstructured, failure error) (*unstructured.Unstructured, error) {
	live, err := c.cluster.Get(ctx, cluster.ReferenceTo(object))
	if err != nil {
		return nil, unlessItPasses(err, failure)
	}
	return live, nil
}

// unlessItPasses returns the error of a reading where it may be repeated, and what
// the reading was for otherwise.
func unlessItPasses(err, failure error) error {
	if judge(err).passes {
		return err
	}
	return failure
}

// writtenBy tells that a manager has created or updated an object.
func writtenBy(live *unstructured.Unstructured, manager string) bool {
	return manager != "" && slices.ContainsFunc(live.GetManagedFields(), func(entry metav1.ManagedFieldsEntry) bool {
		return entry.Manager == manager && entry.Operation == metav1.ManagedFieldsOperationUpdate && entry.Subresource == ""
	})
}
