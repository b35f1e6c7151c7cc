package clustertest

import (
	"context"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	fieldvalidation "k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/packstage/packstage/installer/cluster"
)

// defaultManager owns what is created or updated without a field manager. A server
// takes the name of the program then.
const defaultManager = "clustertest"

// Create makes an object.
func (c *Cluster) Create(ctx context.Context, object *unstructured.Unstructured, options cluster.WriteOptions) (*unstructured.Unstructured, error) {
	var result *unstructured.Unstructured
	object, err := received(object)
	if err != nil {
		return nil, err
	}
	call := Call{Verb: VerbCreate, Reference: cluster.ReferenceTo(object), DryRun: options.DryRun, FieldManager: options.FieldManager}
	err = c.do(ctx, call, func() (err error) {
		kind, err := c.lookup(object.GroupVersionKind())
		if err != nil {
			return err
		}
		if kind.createOnly {
			result, err = c.review(object)
			return err
		}
		if object.GetName() == "" && object.GetGenerateName() != "" {
			object.SetName(fmt.Sprintf("%s%05d", object.GetGenerateName(), c.revision%100000))
		}
		if err := checkPlace(kind, object.GetNamespace(), object.GetName()); err != nil {
			return err
		}
		if object.GetResourceVersion() != "" {
			return mergeError(errors.New("resourceVersion should not be set on objects to be created"))
		}
		if err := c.checkHome(kind, object); err != nil {
			return err
		}
		kind.complete(object)
		empty := emptyObject(object.GroupVersionKind())
		if object, err = kind.track(empty, object, managerOr(options.FieldManager), ""); err != nil {
			return err
		}
		if _, exists := c.objects[keyOf(object)]; exists {
			return apierrors.NewAlreadyExists(kind.groupResource(), object.GetName())
		}
		result, err = c.insert(kind, object, options.DryRun)
		return err
	})
	return answer(result, err)
}

// Update replaces an object.
func (c *Cluster) Update(ctx context.Context, object *unstructured.Unstructured, options cluster.WriteOptions) (*unstructured.Unstructured, error) {
	var result *unstructured.Unstructured
	object, err := received(object)
	if err != nil {
		return nil, err
	}
	call := Call{Verb: VerbUpdate, Reference: cluster.ReferenceTo(object), DryRun: options.DryRun, FieldManager: options.FieldManager}
	err = c.do(ctx, call, func() (err error) {
		kind, err := c.lookup(object.GroupVersionKind())
		if err != nil {
			return err
		}
		if err := checkPlace(kind, object.GetNamespace(), object.GetName()); err != nil {
			return err
		}
		stored, exists := c.objects[keyOf(object)]
		if !exists || kind.createOnly {
			return apierrors.NewNotFound(kind.groupResource(), object.GetName())
		}
		live := kind.view(stored.object, object.GroupVersionKind().Version)
		kind.complete(object)
		if object, err = kind.track(live, object, managerOr(options.FieldManager), ""); err != nil {
			return err
		}
		if uid := object.GetUID(); uid != "" && uid != live.GetUID() {
			return apierrors.NewConflict(kind.groupResource(), object.GetName(), fmt.Errorf(
				"StorageError: invalid object, Code: 4, Key: /registry/%s/%s/%s, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: "+
					"UID in precondition: %s, UID in object meta: %s", kind.resource, object.GetNamespace(), object.GetName(), uid, live.GetUID()))
		}
		result, err = c.replace(kind, stored, live, object, options.DryRun)
		return err
	})
	return answer(result, err)
}

// Apply is server-side apply.
func (c *Cluster) Apply(ctx context.Context, object *unstructured.Unstructured, options cluster.ApplyOptions) (*unstructured.Unstructured, error) {
	var result *unstructured.Unstructured
	object, err := received(object)
	if err != nil {
		return nil, err
	}
	call := Call{
		Verb: VerbApply, Reference: cluster.ReferenceTo(object), DryRun: options.DryRun,
		FieldManager: options.FieldManager, Force: options.Force,
	}
	err = c.do(ctx, call, func() (err error) {
		kind, err := c.lookup(object.GroupVersionKind())
		if err != nil {
			return err
		}
		if kind.createOnly {
			return apierrors.NewMethodNotSupported(kind.groupResource(), "patch")
		}
		if err := checkPlace(kind, object.GetNamespace(), object.GetName()); err != nil {
			return err
		}
		if err := checkManager(options.FieldManager); err != nil {
			return err
		}
		result, err = c.apply(kind, object, options)
		return err
	})
	return answer(result, err)
}

func (c *Cluster) apply(kind *kindRules, object *unstructured.Unstructured, options cluster.ApplyOptions) (*unstructured.Unstructured, error) {
	version := object.GroupVersionKind().Version
	stored, exists := c.objects[keyOf(object)]
	live := emptyObject(object.GroupVersionKind())
	if exists {
		live = kind.view(stored.object, version)
	}
	manager, err := kind.fieldManager(version, "", live, object)
	if err != nil {
		return nil, err
	}
	merged, err := manager.Apply(live.DeepCopy(), object, options.FieldManager, options.Force)
	if err != nil {
		return nil, mergeError(err)
	}
	result, err := converter{kind: kind}.ConvertToVersion(merged, schema.GroupVersion{Group: kind.group, Version: version})
	if err != nil {
		return nil, mergeError(err)
	}
	applied := result.(*unstructured.Unstructured).DeepCopy()
	if !exists {
		if uid := object.GetUID(); uid != "" {
			return nil, apierrors.NewConflict(kind.groupResource(), object.GetName(),
				fmt.Errorf("uid mismatch: the provided object specified uid %s, and no existing object was found", uid))
		}
		if err := c.checkHome(kind, applied); err != nil {
			return nil, err
		}
		kind.complete(applied)
		return c.insert(kind, applied, options.DryRun)
	}
	kind.complete(applied)
	return c.replace(kind, stored, live, applied, options.DryRun)
}

// track records in an object's managedFields who changed it in an update.
func (k *kindRules) track(live, object *unstructured.Unstructured, manager, subresource string) (*unstructured.Unstructured, error) {
	fields, err := k.fieldManager(object.GroupVersionKind().Version, subresource, live, object)
	if err != nil {
		return nil, err
	}
	tracked, err := fields.Update(live.DeepCopy(), object, manager)
	if err != nil {
		return nil, mergeError(err)
	}
	return tracked.(*unstructured.Unstructured), nil
}

func managerOr(manager string) string {
	if manager == "" {
		return defaultManager
	}
	return manager
}

// checkManager refuses an apply by nobody, as a client does, and one by somebody whose
// name is too long, as the server does.
func checkManager(manager string) error {
	if manager == "" {
		return apierrors.NewBadRequest("no field manager is given")
	}
	const limit = 128
	if len(manager) <= limit {
		return nil
	}
	return apierrors.NewInvalid(schema.GroupKind{Group: "meta.k8s.io", Kind: "PatchOptions"}, "",
		fieldvalidation.ErrorList{fieldvalidation.TooLong(fieldvalidation.NewPath("fieldManager"), manager, limit)})
}

func answer(object *unstructured.Unstructured, err error) (*unstructured.Unstructured, error) {
	if err != nil {
		return nil, err
	}
	return object, nil
}
