package clustertest

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	fieldvalidation "k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/packstage/packstage/installer/cluster"
)

// entry is an object that is stored, in the preferred version of its kind.
type entry struct {
	object *unstructured.Unstructured
	// unready counts the reads until the built-in controller makes the object
	// available; settled tells that it has.
	unready int
	settled bool
	// held counts the reads until an object that is being deleted may go.
	held int
}

func keyOf(object *unstructured.Unstructured) cluster.Reference {
	return cluster.ReferenceTo(object).WithoutVersion()
}

// insert stores a new object, which is tracked already.
func (c *Cluster) insert(kind *kindRules, object *unstructured.Unstructured, dryRun bool) (*unstructured.Unstructured, error) {
	if err := c.begin(kind, object); err != nil || dryRun {
		return object, err
	}
	stored := &entry{}
	c.put(kind, stored, object)
	answered := object.DeepCopy()
	if err := c.control(kind, stored, true); err != nil {
		return nil, err
	}
	return answered, c.collect()
}

// begin makes of an object what is stored first of it.
func (c *Cluster) begin(kind *kindRules, object *unstructured.Unstructured) error {
	if kind.status {
		delete(object.Object, "status")
	}
	object.SetResourceVersion("")
	object.SetUID(c.nextUID())
	object.SetCreationTimestamp(metav1.NewTime(c.now()))
	object.SetDeletionTimestamp(nil)
	object.SetDeletionGracePeriodSeconds(nil)
	object.SetGeneration(0)
	if kind.generation {
		object.SetGeneration(1)
	}
	object.SetSelfLink("")
	if kind.kind == "Namespace" && kind.group == "" {
		setNested(object, "Active", "status", "phase")
		setNested(object, []any{"kubernetes"}, "spec", "finalizers")
	}
	if isDefinition(keyOf(object)) {
		set(object, map[string]any{"kind": "", "plural": ""}, "acceptedNames")
		set(object, nil, "conditions")
		set(object, storedVersions(object), "storedVersions")
	}
	if err := c.admit(object); err != nil {
		return err
	}
	if err := validate(kind, object, nil); err != nil {
		return err
	}
	c.stamp(nil, object)
	return nil
}

// replace stores a new state of an object, which is tracked already. Both states are
// in the version of the caller.
func (c *Cluster) replace(kind *kindRules, stored *entry, live, object *unstructured.Unstructured, dryRun bool) (*unstructured.Unstructured, error) {
	if kind.status {
		copyField(object, live, "status")
	}
	if err := checkRevision(kind, live, object); err != nil {
		return nil, err
	}
	object.SetGeneration(live.GetGeneration())
	if object.GetUID() == "" {
		object.SetUID(live.GetUID())
	}
	object.SetCreationTimestamp(live.GetCreationTimestamp())
	object.SetDeletionTimestamp(live.GetDeletionTimestamp())
	object.SetDeletionGracePeriodSeconds(live.GetDeletionGracePeriodSeconds())
	object.SetResourceVersion(live.GetResourceVersion())
	if err := c.admit(object); err != nil {
		return nil, err
	}
	changed := !equality.Semantic.DeepEqual(counted(live), counted(object))
	if kind.generation && changed {
		object.SetGeneration(live.GetGeneration() + 1)
	}
	if err := validate(kind, object, live); err != nil {
		return nil, err
	}
	c.stamp(live, object)
	if equality.Semantic.DeepEqual(live.Object, object.Object) || dryRun {
		return object, nil
	}
	c.put(kind, stored, object)
	answered := object.DeepCopy()
	if err := c.control(kind, stored, changed); err != nil {
		return nil, err
	}
	return answered, c.collect()
}

// put stores an object and gives it a resourceVersion.
func (c *Cluster) put(kind *kindRules, stored *entry, object *unstructured.Unstructured) {
	object.SetResourceVersion(c.nextRevision())
	stored.object = object.DeepCopy()
	stored.object.SetGroupVersionKind(kind.stored())
	key := keyOf(object)
	c.objects[key] = stored
	c.owners[object.GetUID()] = key
	delete(c.restless, key)
	if object.GetDeletionTimestamp() != nil || len(object.GetOwnerReferences()) > 0 {
		c.restless[key] = struct{}{}
	}
	c.defined(stored.object)
}

// drop removes an object.
func (c *Cluster) drop(key cluster.Reference) {
	stored, ok := c.objects[key]
	if !ok {
		return
	}
	c.nextRevision()
	delete(c.objects, key)
	delete(c.restless, key)
	if c.owners[stored.object.GetUID()] == key {
		delete(c.owners, stored.object.GetUID())
	}
	if isDefinition(key) {
		if kind, ok := definedKind(stored.object); ok {
			delete(c.custom, kind.groupKind())
		}
	}
}

// checkRevision is optimistic locking: a resourceVersion that is given has to be the
// last one, and some kinds want one.
func checkRevision(kind *kindRules, live, object *unstructured.Unstructured) error {
	given := object.GetResourceVersion()
	if given == "0" { // that is no version
		given = ""
	}
	switch {
	case given == "" && kind.definition != nil || given == "" && needsRevision[kind.kind]:
		named := schema.GroupKind{Group: kind.group, Kind: kind.resource} // the server confuses the two
		return apierrors.NewInvalid(named, object.GetName(), fieldvalidation.ErrorList{fieldvalidation.Invalid(
			fieldvalidation.NewPath("metadata", "resourceVersion"), 0, "must be specified for an update")})
	case given != "" && given != live.GetResourceVersion():
		return apierrors.NewConflict(kind.groupResource(), object.GetName(), errModified)
	}
	return nil
}

// stamp sets the times of managedFields by the cluster's clock: new ones for entries
// that the field manager has given one, unless nothing but times has changed.
func (c *Cluster) stamp(live, object *unstructured.Unstructured) {
	type identity struct{ manager, operation, apiVersion, subresource string }
	identify := func(e metav1.ManagedFieldsEntry) identity {
		return identity{e.Manager, string(e.Operation), e.APIVersion, e.Subresource}
	}
	before := map[identity]metav1.ManagedFieldsEntry{}
	if live != nil {
		for _, one := range live.GetManagedFields() {
			before[identify(one)] = one
		}
	}
	entries := object.GetManagedFields()
	same := live != nil && len(entries) == len(before) && equality.Semantic.DeepEqual(unmanaged(live), unmanaged(object))
	for index := range entries {
		old, known := before[identify(entries[index])]
		same = same && known && equality.Semantic.DeepEqual(old.FieldsV1, entries[index].FieldsV1)
	}
	now := metav1.NewTime(c.now())
	for index := range entries {
		old, known := before[identify(entries[index])]
		switch {
		case known && (same || old.Time.Equal(entries[index].Time)):
			entries[index].Time = old.Time
		case entries[index].Time != nil: // an apply that changed no value has none
			entries[index].Time = &now
		}
	}
	since := func(e metav1.ManagedFieldsEntry) time.Time { return timeOf(e.Time) }
	slices.SortStableFunc(entries, func(a, b metav1.ManagedFieldsEntry) int {
		return cmp.Or(cmp.Compare(a.Operation, b.Operation), since(a).Compare(since(b)), cmp.Compare(a.Manager, b.Manager),
			cmp.Compare(a.APIVersion, b.APIVersion), cmp.Compare(a.Subresource, b.Subresource))
	})
	object.SetManagedFields(entries)
}

func timeOf(at *metav1.Time) time.Time {
	if at == nil {
		return time.Time{}
	}
	return at.Time
}

// unmanaged is an object without its managedFields.
func unmanaged(object *unstructured.Unstructured) map[string]any {
	copied := maps.Clone(object.Object)
	if metadata, ok := copied["metadata"].(map[string]any); ok {
		metadata = maps.Clone(metadata)
		delete(metadata, "managedFields")
		copied["metadata"] = metadata
	}
	return copied
}

// counted is what the generation of an object counts.
func counted(object *unstructured.Unstructured) map[string]any {
	copied := maps.Clone(object.Object)
	for _, name := range []string{"apiVersion", "kind", "metadata", "status"} {
		delete(copied, name)
	}
	return copied
}

func copyField(to, from *unstructured.Unstructured, name string) {
	delete(to.Object, name)
	if value, ok := from.DeepCopy().Object[name]; ok {
		to.Object[name] = value
	}
}

func setNested(object *unstructured.Unstructured, value any, path ...string) {
	if err := unstructured.SetNestedField(object.Object, value, path...); err != nil {
		delete(object.Object, path[0]) // what stands in the way is no object: it is replaced
		object.Object[path[0]] = map[string]any{path[1]: value}
	}
}
