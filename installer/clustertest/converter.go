package clustertest

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
	"sigs.k8s.io/structured-merge-diff/v6/typed"
)

func sortedKeys[V any](of map[string]V) []string { return slices.Sorted(maps.Keys(of)) }

// converter is what the server's field manager asks about a kind: how its objects
// are merged, and how they look in another version.
type converter struct {
	kind *kindRules
	// parser of a built-in kind, for the objects at hand.
	parser *typed.Parser
}

// ObjectToTyped gives an object the type by which it is merged.
func (c converter) ObjectToTyped(object runtime.Object, options ...typed.ValidationOptions) (*typed.TypedValue, error) {
	content, ok := object.(*unstructured.Unstructured)
	if !ok {
		return nil, fmt.Errorf("merge %T: only unstructured objects are stored", object)
	}
	return c.typeOf(content.GroupVersionKind().Version).FromUnstructured(content.Object, options...)
}

func (c converter) typeOf(version string) typed.ParseableType {
	if c.kind.definition != nil {
		if found, ok := c.kind.definition.types[version]; ok {
			return found
		}
		return typed.DeducedParseableType
	}
	if found := c.parser.Type(c.kind.kind); found.IsValid() {
		return found
	}
	return c.parser.Type(objectType)
}

// TypedToObject is the way back.
func (c converter) TypedToObject(value *typed.TypedValue) (runtime.Object, error) {
	content, ok := value.AsValue().Unstructured().(map[string]any)
	if !ok {
		return nil, fmt.Errorf("a merge gave %T, not an object", value.AsValue().Unstructured())
	}
	return &unstructured.Unstructured{Object: content}, nil
}

// ConvertToVersion returns the object in another version of its kind.
func (c converter) ConvertToVersion(in runtime.Object, target runtime.GroupVersioner) (runtime.Object, error) {
	object, ok := in.(*unstructured.Unstructured)
	if !ok {
		return nil, fmt.Errorf("convert %T: only unstructured objects are stored", in)
	}
	kind, ok := target.KindForGroupVersionKinds([]schema.GroupVersionKind{object.GroupVersionKind()})
	if !ok {
		return nil, fmt.Errorf("convert %s to %s", object.GroupVersionKind(), target)
	}
	if !slices.Contains(c.kind.versions, kind.Version) {
		return nil, runtime.NewNotRegisteredErrForKind("the cluster", kind)
	}
	return c.inVersion(object, kind.Version), nil
}

// inVersion returns an object that shares everything but its apiVersion.
func (c converter) inVersion(object *unstructured.Unstructured, version string) *unstructured.Unstructured {
	converted := &unstructured.Unstructured{Object: maps.Clone(object.Object)}
	converted.SetGroupVersionKind(c.kind.groupKind().WithVersion(version))
	return converted
}

// Convert is a part of the interface that the field manager does not use.
func (c converter) Convert(_, _, _ any) error {
	return errors.New("objects are converted by ConvertToVersion only")
}

// ConvertFieldLabel is a part of the interface that the field manager does not use.
func (c converter) ConvertFieldLabel(_ schema.GroupVersionKind, label, value string) (string, string, error) {
	return label, value, nil
}

// Default does nothing: defaults are set where objects are admitted.
func (c converter) Default(runtime.Object) {}

// New returns an empty object.
func (c converter) New(kind schema.GroupVersionKind) (runtime.Object, error) {
	return emptyObject(kind), nil
}

func emptyObject(kind schema.GroupVersionKind) *unstructured.Unstructured {
	object := &unstructured.Unstructured{Object: map[string]any{}}
	object.SetGroupVersionKind(kind)
	return object
}

// fieldManager returns the server's field manager for writing objects in a version;
// it takes no others than those given. What is written through the object itself never owns the status, where that is
// written apart.
func (k *kindRules) fieldManager(version, subresource string, objects ...*unstructured.Unstructured) (*managedfields.FieldManager, error) {
	convert := converter{kind: k}
	if k.definition == nil {
		names := map[string]bool{}
		for _, object := range objects {
			namesIn(object.Object, names)
		}
		sorted := sortedKeys(names)
		key := strings.Join(sorted, " ")
		if k.parser == nil || k.parserNames != key {
			k.parser, k.parserNames = builtinParser(sorted), key
		}
		convert.parser = k.parser
	}
	reset := map[fieldpath.APIVersion]fieldpath.Filter{}
	for _, one := range k.versions {
		apiVersion := fieldpath.APIVersion(schema.GroupVersion{Group: k.group, Version: one}.String())
		switch {
		case subresource != "":
			reset[apiVersion] = fieldpath.NewExcludeSetFilter(fieldpath.NewSet(
				fieldpath.MakePathOrDie("spec"), fieldpath.MakePathOrDie("metadata")))
		case k.status:
			reset[apiVersion] = fieldpath.NewExcludeSetFilter(fieldpath.NewSet(fieldpath.MakePathOrDie("status")))
		}
	}
	return managedfields.NewDefaultCRDFieldManager(
		convert, convert, convert, convert, k.groupKind().WithVersion(version), k.stored().GroupVersion(), subresource, reset,
	)
}

// mergeError gives what the field manager refuses the form that the server gives it.
func mergeError(err error) error {
	if err == nil {
		return nil
	}
	if refused := (*apierrors.StatusError)(nil); errors.As(err, &refused) {
		if details := refused.ErrStatus.Details; details != nil { // the order of a map
			slices.SortStableFunc(details.Causes, func(a, b metav1.StatusCause) int {
				return cmp.Or(cmp.Compare(a.Message, b.Message), cmp.Compare(a.Field, b.Field))
			})
		}
		return refused
	}
	return &apierrors.StatusError{ErrStatus: metav1.Status{
		Status: metav1.StatusFailure, Code: http.StatusInternalServerError, Reason: metav1.StatusReasonUnknown, Message: err.Error(),
	}}
}
