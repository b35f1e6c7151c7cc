package clustertest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/installer/cluster"
)

// loader owns the fields of what [Cluster.Load] has put into the cluster.
const loader = "kubectl-create"

// Load puts objects into the cluster, in the order in which they are given, as if they
// had been there for long: with the status, the owner references and the UID that they
// have, if any, and with their namespaces, which are made where they are missing. It is
// no call, and meets no faults. What is there by the same name is an error.
func (c *Cluster) Load(objects ...*unstructured.Unstructured) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, object := range objects {
		copied, err := received(object)
		if err != nil {
			return err
		}
		if err := c.load(copied); err != nil {
			return fmt.Errorf("load %s: %w", cluster.ReferenceTo(object), err)
		}
	}
	return nil
}

func (c *Cluster) load(object *unstructured.Unstructured) error {
	kind, err := c.lookup(object.GroupVersionKind())
	if err != nil {
		return err
	}
	if err := checkPlace(kind, object.GetNamespace(), object.GetName()); err != nil {
		return err
	}
	if _, exists := c.objects[keyOf(object)]; exists {
		return apierrors.NewAlreadyExists(kind.groupResource(), object.GetName())
	}
	if _, exists := c.objects[namespaceKey(object.GetNamespace())]; kind.namespaced && !exists {
		if err := c.loadNamespace(object.GetNamespace()); err != nil {
			return err
		}
	}
	status, hasStatus := object.Object["status"]
	uid := object.GetUID()
	kind.complete(object)
	if object.GetManagedFields() == nil {
		if object, err = kind.track(emptyObject(object.GroupVersionKind()), object, loader, ""); err != nil {
			return err
		}
	}
	if err := c.begin(kind, object); err != nil {
		return err
	}
	if uid != "" {
		object.SetUID(uid)
	}
	stored := &entry{settled: hasStatus}
	c.put(kind, stored, object)
	if hasStatus {
		return c.editStatus(kind, stored, controllerManager, status, true)
	}
	if err := c.control(kind, stored, true); err != nil {
		return err
	}
	return c.collect()
}

func (c *Cluster) loadNamespace(name string) error {
	return c.load(&unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": name},
	}})
}

// fillNamespace makes what controllers put into each namespace.
func (c *Cluster) fillNamespace(name string) error {
	for _, object := range []map[string]any{
		{"kind": "ConfigMap", "metadata": map[string]any{"name": "kube-root-ca.crt", "namespace": name}, "data": map[string]any{"ca.crt": "test"}},
		{"kind": "ServiceAccount", "metadata": map[string]any{"name": "default", "namespace": name}},
	} {
		object["apiVersion"] = "v1"
		if err := c.load(&unstructured.Unstructured{Object: object}); err != nil && !apierrors.IsAlreadyExists(err) {
			return err
		}
	}
	return nil
}

// Edit changes an object as another manager: a person with kubectl, a controller. The
// function gets a copy in the version of the reference and may change everything in it,
// status and finalizers included. It is no call, meets no faults and no optimistic
// locking; what the server refuses is refused. Errors: IsNotFound, IsInvalid,
// [cluster.UnknownKindError].
func (c *Cluster) Edit(ctx context.Context, manager string, reference cluster.Reference, edit func(object *unstructured.Unstructured)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	kind, err := c.lookup(reference.GroupVersionKind())
	if err != nil {
		return err
	}
	stored, ok := c.objects[reference.WithoutVersion()]
	if !ok {
		return apierrors.NewNotFound(kind.groupResource(), reference.Name)
	}
	live := kind.view(stored.object, reference.Version)
	edited := live.DeepCopy()
	edit(edited)
	if edited, err = received(edited); err != nil {
		return err
	}
	status, given := edited.Object["status"]
	copyField(edited, live, "status")
	kind.complete(edited)
	if edited, err = kind.track(live, edited, managerOr(manager), ""); err != nil {
		return err
	}
	edited.SetResourceVersion(live.GetResourceVersion())
	if _, err := c.replace(kind, stored, live, edited, false); err != nil {
		return err
	}
	if _, kept := c.objects[reference.WithoutVersion()]; !kept {
		return nil
	}
	if equality.Semantic.DeepEqual(status, live.Object["status"]) {
		return nil
	}
	return c.editStatus(kind, stored, managerOr(manager), status, given)
}

func (c *Cluster) editStatus(kind *kindRules, stored *entry, manager string, status any, given bool) error {
	live := stored.object
	next := live.DeepCopy()
	delete(next.Object, "status")
	if given {
		next.Object["status"] = status
	}
	subresource := ""
	if kind.status {
		subresource = "status"
	}
	tracked, err := kind.track(live, next, manager, subresource)
	if err != nil {
		return err
	}
	c.stamp(live, tracked)
	c.put(kind, stored, tracked)
	return c.collect()
}

// Release ends what [WithReadiness] and [WithRemoval] wait for: an object becomes
// available, or goes where it is being deleted. Errors: IsNotFound.
func (c *Cluster) Release(reference cluster.Reference) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := reference.WithoutVersion()
	stored, ok := c.objects[key]
	if !ok {
		resource := reference.GroupVersionKind().GroupKind()
		return fmt.Errorf("release: %w", apierrors.NewNotFound(schema.GroupResource{Group: resource.Group, Resource: resource.Kind}, reference.Name))
	}
	stored.unready, stored.held = 0, 0
	if err := c.settle(c.kindOf(key), stored); err != nil {
		return err
	}
	return c.collect()
}

// Snapshot returns all objects, by what [cluster.Reference.String] gives, as indented
// JSON without what differs between two runs that come to the same: UIDs, resource
// versions, generations, timestamps of metadata. Managers and their fields are in it.
func (c *Cluster) Snapshot() map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make(map[string]string, len(c.objects))
	for key, stored := range c.objects {
		encoded, err := json.MarshalIndent(lasting(stored.object).Object, "", "  ")
		if err != nil {
			encoded = []byte(err.Error()) // what came through JSON goes through it
		}
		all[key.String()] = string(encoded)
	}
	return all
}

// lasting is an object without what differs between two runs.
func lasting(object *unstructured.Unstructured) *unstructured.Unstructured {
	copied := object.DeepCopy()
	for _, name := range []string{"uid", "resourceVersion", "creationTimestamp", "generation", "selfLink"} {
		unstructured.RemoveNestedField(copied.Object, "metadata", name)
	}
	unstructured.RemoveNestedField(copied.Object, "status", "observedGeneration")
	if copied.GetDeletionTimestamp() != nil {
		setNested(copied, "set", "metadata", "deletionTimestamp")
	}
	owners, entries := copied.GetOwnerReferences(), copied.GetManagedFields()
	for index := range entries {
		entries[index].Time = nil
		for _, owner := range owners {
			if entries[index].FieldsV1 == nil {
				break
			}
			// The UID is the key by which they are merged.
			fields := strings.ReplaceAll(entries[index].FieldsV1.GetRawString(), string(owner.UID), "")
			entries[index].FieldsV1.SetRawString(fields)
		}
	}
	for index := range owners {
		owners[index].UID = ""
	}
	if len(owners) > 0 {
		copied.SetOwnerReferences(owners)
	}
	if len(entries) > 0 {
		copied.SetManagedFields(entries)
	}
	return copied
}
