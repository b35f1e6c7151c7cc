package main

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/packstage/packstage/installer/cluster"
)

// clientCluster is a [cluster.Cluster] whose reads and writes go through a client of
// controller-runtime. That has to read from the server: one that reads from a cache says
// what was. What the server serves is not the client's to say.
type clientCluster struct {
	cluster.Discoverer
	client client.Client
}

func (c *clientCluster) Get(ctx context.Context, reference cluster.Reference) (*unstructured.Unstructured, error) {
	object := named(reference)
	return c.answer(object, c.client.Get(ctx, client.ObjectKeyFromObject(object), object))
}

func (c *clientCluster) List(ctx context.Context, kind schema.GroupVersionKind, options cluster.ListOptions) ([]*unstructured.Unstructured, error) {
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(kind.GroupVersion().WithKind(kind.Kind + "List"))
	request := &client.ListOptions{Namespace: options.Namespace, Limit: int64(options.Limit), Raw: &metav1.ListOptions{LabelSelector: options.LabelSelector}}
	if err := c.client.List(ctx, list, request); err != nil {
		return nil, c.judged(kind, err)
	}
	all := make([]*unstructured.Unstructured, len(list.Items))
	for i := range list.Items {
		all[i] = &list.Items[i]
	}
	return all, nil
}

func (c *clientCluster) Create(ctx context.Context, object *unstructured.Unstructured, options cluster.WriteOptions) (*unstructured.Unstructured, error) {
	object = object.DeepCopy() // the client writes the answer into it
	return c.answer(object, c.client.Create(ctx, object, &client.CreateOptions{FieldManager: options.FieldManager, DryRun: dryRun(options.DryRun)}))
}

func (c *clientCluster) Update(ctx context.Context, object *unstructured.Unstructured, options cluster.WriteOptions) (*unstructured.Unstructured, error) {
	object = object.DeepCopy()
	return c.answer(object, c.client.Update(ctx, object, &client.UpdateOptions{FieldManager: options.FieldManager, DryRun: dryRun(options.DryRun)}))
}

func (c *clientCluster) Apply(ctx context.Context, object *unstructured.Unstructured, options cluster.ApplyOptions) (*unstructured.Unstructured, error) {
	object = object.DeepCopy()
	object.SetManagedFields(nil) // which an apply cannot have
	request := &client.ApplyOptions{FieldManager: options.FieldManager, Force: &options.Force, DryRun: dryRun(options.DryRun)}
	return c.answer(object, c.client.Apply(ctx, client.ApplyConfigurationFromUnstructured(object), request))
}

func (c *clientCluster) Delete(ctx context.Context, reference cluster.Reference, options cluster.DeleteOptions) error {
	return c.judged(reference.GroupVersionKind(), c.client.Delete(ctx, named(reference), &client.DeleteOptions{
		Preconditions:     &metav1.Preconditions{UID: set(options.UID), ResourceVersion: set(options.ResourceVersion)},
		PropagationPolicy: set(metav1.DeletionPropagation(options.Propagation)),
		DryRun:            dryRun(options.DryRun),
	}))
}

func (c *clientCluster) answer(object *unstructured.Unstructured, err error) (*unstructured.Unstructured, error) {
	if err != nil {
		return nil, c.judged(object.GroupVersionKind(), err)
	}
	return object, nil
}

// judged tells that a kind is not served: the client does not know it, or knew it once
// and gets a 404 that is not about an object.
func (c *clientCluster) judged(kind schema.GroupVersionKind, err error) error {
	if meta.IsNoMatchError(err) || apierrors.IsNotFound(err) && apierrors.HasStatusCause(err, metav1.CauseTypeUnexpectedServerResponse) {
		c.Forget()
		return &cluster.UnknownKindError{Kind: kind}
	}
	return err
}

func named(reference cluster.Reference) *unstructured.Unstructured {
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(reference.GroupVersionKind())
	object.SetNamespace(reference.Namespace)
	object.SetName(reference.Name)
	return object
}

func dryRun(wanted bool) []string {
	if wanted {
		return []string{metav1.DryRunAll}
	}
	return nil
}

func set[T ~string](value T) *T {
	if value == "" {
		return nil
	}
	return &value
}
