package clustertest

import (
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer/cluster"
)

// controllerManager owns the status that controllers write.
const controllerManager = "kube-controller-manager"

// control lets the controllers look at an object that was written. changed tells that
// more than metadata and status is new.
func (c *Cluster) control(kind *kindRules, stored *entry, changed bool) error {
	if changed {
		stored.unready, stored.settled = 0, false
		if c.readiness != nil {
			stored.unready = c.readiness(stored.object.DeepCopy())
		}
	}
	if err := c.settle(kind, stored); err != nil {
		return err
	}
	for _, controller := range c.controllers {
		if err := c.setStatus(kind, stored, controller); err != nil {
			return err
		}
	}
	if c.contents && kind.groupKind() == namespaceKind && stored.object.GetDeletionTimestamp() == nil {
		return c.fillNamespace(stored.object.GetName())
	}
	return nil
}

// settle lets the built-in controller make an object available, once it is time.
func (c *Cluster) settle(kind *kindRules, stored *entry) error {
	if stored.unready != 0 || stored.settled || stored.object.GetDeletionTimestamp() != nil {
		return nil
	}
	stored.settled = true
	return c.setStatus(kind, stored, func(object *unstructured.Unstructured) bool {
		return makeAvailable(object, c.now())
	})
}

// setStatus stores what a controller writes.
func (c *Cluster) setStatus(kind *kindRules, stored *entry, controller Controller) error {
	object := stored.object.DeepCopy()
	if !controller(object) {
		return nil
	}
	live := stored.object
	next := live.DeepCopy()
	copyField(next, object, "status")
	if equality.Semantic.DeepEqual(live.Object["status"], next.Object["status"]) {
		return nil
	}
	subresource := ""
	if kind.status {
		subresource = "status"
	}
	tracked, err := kind.track(live, next, controllerManager, subresource)
	if err != nil {
		return err
	}
	c.stamp(live, tracked)
	c.put(kind, stored, tracked)
	return nil
}

// seen counts that a caller was shown an object.
func (c *Cluster) seen(key cluster.Reference) error {
	stored, ok := c.objects[key]
	if !ok {
		return nil
	}
	if stored.object.GetDeletionTimestamp() != nil {
		if stored.held > 0 {
			stored.held--
			return c.collect()
		}
		return nil
	}
	if stored.unready > 0 {
		stored.unready--
		return c.settle(c.kindOf(key), stored)
	}
	return nil
}

// kindOf returns the rules of something that is stored, served or not.
func (c *Cluster) kindOf(key cluster.Reference) *kindRules {
	groupKind := key.GroupVersionKind().GroupKind()
	if kind, ok := c.builtin[groupKind]; ok {
		return kind
	}
	if kind, ok := c.custom[groupKind]; ok {
		return kind
	}
	stored := c.objects[key].object.GroupVersionKind()
	return &kindRules{
		group: key.Group, kind: key.Kind, versions: []string{stored.Version}, namespaced: key.Namespace != "",
		definition: &definition{},
	}
}
