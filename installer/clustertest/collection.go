package clustertest

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/packstage/packstage/installer/cluster"
)

const timeFormat = time.RFC3339

func unchanged(a, b *unstructured.Unstructured) bool {
	return equality.Semantic.DeepEqual(a.Object, b.Object)
}

// collect does what the garbage collector and the controllers of namespaces and
// definitions do, until nothing is left to do.
func (c *Cluster) collect() error {
	for {
		before := c.revision
		for _, key := range slices.SortedFunc(maps.Keys(c.restless), cluster.Reference.Compare) {
			stored, ok := c.objects[key]
			if !ok {
				continue
			}
			if stored.object.GetDeletionTimestamp() == nil {
				if c.abandoned(stored.object) {
					if err := c.markDeleted(c.kindOf(key), stored, cluster.PropagationBackground); err != nil {
						return err
					}
				}
				continue
			}
			if err := c.finish(key, stored); err != nil {
				return err
			}
		}
		if c.revision == before {
			return nil
		}
	}
}

// finish removes an object that is being deleted, or does the next step towards it.
func (c *Cluster) finish(key cluster.Reference, stored *entry) error {
	empty, err := c.emptied(key, stored)
	if err != nil {
		return err
	}
	object := stored.object.DeepCopy()
	finalizers := object.GetFinalizers()
	if slices.Contains(finalizers, metav1.FinalizerOrphanDependents) {
		if err := c.orphan(object.GetUID()); err != nil {
			return err
		}
		finalizers = without(finalizers, metav1.FinalizerOrphanDependents)
	}
	if slices.Contains(finalizers, metav1.FinalizerDeleteDependents) {
		blocked, err := c.deleteDependents(object.GetUID())
		if err != nil {
			return err
		}
		if !blocked {
			finalizers = without(finalizers, metav1.FinalizerDeleteDependents)
		}
	}
	if !slices.Equal(finalizers, object.GetFinalizers()) {
		setFinalizers(object, finalizers)
		c.put(c.kindOf(key), stored, object)
	}
	if empty && len(finalizers) == 0 && stored.held == 0 {
		c.drop(key)
	}
	return nil
}

func without(finalizers []string, finalizer string) []string {
	return slices.DeleteFunc(slices.Clone(finalizers), func(one string) bool { return one == finalizer })
}

// setFinalizers leaves no empty list behind.
func setFinalizers(object *unstructured.Unstructured, finalizers []string) {
	object.SetFinalizers(finalizers)
	if len(finalizers) == 0 {
		unstructured.RemoveNestedField(object.Object, "metadata", "finalizers")
	}
}

// emptied asks for the removal of what is in a namespace, or of a definition's kind,
// and tells whether nothing is left of it.
func (c *Cluster) emptied(key cluster.Reference, stored *entry) (bool, error) {
	var inside func(cluster.Reference) bool
	switch {
	case key.GroupVersionKind().GroupKind() == namespaceKind:
		inside = func(other cluster.Reference) bool { return other.Namespace == key.Name }
	case isDefinition(key):
		kind, ok := definedKind(stored.object)
		if !ok {
			return true, nil
		}
		inside = func(other cluster.Reference) bool { return other.GroupVersionKind().GroupKind() == kind.groupKind() }
	default:
		return true, nil
	}
	var left []cluster.Reference
	for other := range c.objects {
		if inside(other) {
			left = append(left, other)
		}
	}
	slices.SortFunc(left, cluster.Reference.Compare)
	for _, other := range left {
		if held := c.objects[other]; held.object.GetDeletionTimestamp() == nil {
			if err := c.markDeleted(c.kindOf(other), held, cluster.PropagationBackground); err != nil {
				return false, err
			}
		}
	}
	if key.Kind == "Namespace" && len(left) > 0 {
		c.explain(stored, left)
	}
	return len(left) == 0, nil
}

// explain says in a namespace's conditions what holds it.
func (c *Cluster) explain(stored *entry, left []cluster.Reference) {
	held := slices.DeleteFunc(slices.Clone(left), func(one cluster.Reference) bool {
		return len(c.objects[one].object.GetFinalizers()) == 0 && c.objects[one].held == 0
	})
	if len(held) == 0 {
		return
	}
	object := stored.object.DeepCopy()
	at := c.now().UTC().Format(timeFormat)
	setCondition(object, at, "NamespaceContentRemaining", "True", "SomeResourcesRemain",
		fmt.Sprintf("Some resources are remaining: %s", c.count(held)))
	var finalizers []string
	for _, one := range held {
		finalizers = append(finalizers, c.objects[one].object.GetFinalizers()...)
	}
	slices.Sort(finalizers)
	if finalizers = slices.Compact(finalizers); len(finalizers) > 0 {
		setCondition(object, at, "NamespaceFinalizersRemaining", "True", "SomeFinalizersRemain",
			fmt.Sprintf("Some content in the namespace has finalizers remaining: %v", finalizers))
	}
	if !unchanged(object, stored.object) {
		c.put(c.builtin[namespaceKind], stored, object)
	}
}

func (c *Cluster) count(held []cluster.Reference) string {
	counts := map[string]int{}
	for _, one := range held {
		kind := c.kindOf(one)
		counts[kind.groupResource().String()]++
	}
	var text string
	for _, resource := range sortedKeys(counts) {
		if text != "" {
			text += ", "
		}
		text += fmt.Sprintf("%s has %d resource instances", resource, counts[resource])
	}
	return text
}

// abandoned tells that an object has owners, and that none of them is there any more.
// An owner of a kind that is not served may well be there, and so may one in a namespace
// of which an object outside names it.
func (c *Cluster) abandoned(object *unstructured.Unstructured) bool {
	references := object.GetOwnerReferences()
	for _, reference := range references {
		kind, err := c.lookup(schema.FromAPIVersionAndKind(reference.APIVersion, reference.Kind))
		if err != nil || kind.namespaced && object.GetNamespace() == "" {
			return false
		}
		owner := cluster.Reference{Group: kind.group, Kind: kind.kind, Name: reference.Name}
		if kind.namespaced {
			owner.Namespace = object.GetNamespace()
		}
		if c.owners[reference.UID] == owner {
			return false
		}
	}
	return len(references) > 0
}

// dependents returns what has an owner.
func (c *Cluster) dependents(owner types.UID) []cluster.Reference {
	var found []cluster.Reference
	for key := range c.restless {
		for _, reference := range c.objects[key].object.GetOwnerReferences() {
			if reference.UID == owner {
				found = append(found, key)
			}
		}
	}
	slices.SortFunc(found, cluster.Reference.Compare)
	return found
}

// orphan takes an owner out of its dependents.
func (c *Cluster) orphan(owner types.UID) error {
	for _, key := range c.dependents(owner) {
		stored := c.objects[key]
		object := stored.object.DeepCopy()
		left := slices.DeleteFunc(object.GetOwnerReferences(), func(one metav1.OwnerReference) bool { return one.UID == owner })
		object.SetOwnerReferences(left)
		if len(left) == 0 {
			unstructured.RemoveNestedField(object.Object, "metadata", "ownerReferences")
		}
		kind := c.kindOf(key)
		tracked, err := kind.track(stored.object, object, controllerManager, "")
		if err != nil {
			return err
		}
		c.stamp(stored.object, tracked)
		c.put(kind, stored, tracked)
	}
	return nil
}

// deleteDependents asks for the removal of what has an owner, and tells whether some of
// it is still there and blocks the removal of the owner.
func (c *Cluster) deleteDependents(owner types.UID) (blocked bool, err error) {
	for _, key := range c.dependents(owner) {
		stored := c.objects[key]
		for _, reference := range stored.object.GetOwnerReferences() {
			if reference.UID == owner && reference.BlockOwnerDeletion != nil && *reference.BlockOwnerDeletion {
				blocked = true
			}
		}
		if stored.object.GetDeletionTimestamp() == nil {
			if err := c.markDeleted(c.kindOf(key), stored, cluster.PropagationForeground); err != nil {
				return false, err
			}
		}
	}
	return blocked, nil
}
