package cluster

import (
	"cmp"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Reference names an object of a cluster. It can be compared and used as a key.
type Reference struct {
	Group     string `json:"group,omitempty"`
	Version   string `json:"version"`
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
}

// ReferenceTo returns the reference of an object's fields.
func ReferenceTo(object *unstructured.Unstructured) Reference {
	return NewReference(object.GroupVersionKind(), object.GetNamespace(), object.GetName())
}

// NewReference returns a reference; namespace is empty for what lives in none.
func NewReference(kind schema.GroupVersionKind, namespace, name string) Reference {
	return Reference{Group: kind.Group, Version: kind.Version, Kind: kind.Kind, Namespace: namespace, Name: name}
}

// GroupVersionKind returns the type of the object.
func (r Reference) GroupVersionKind() schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: r.Group, Version: r.Version, Kind: r.Kind}
}

// WithoutVersion returns the reference with an empty version: two versions of
// a kind name the same object.
func (r Reference) WithoutVersion() Reference {
	r.Version = ""
	return r
}

// String returns the reference for people, like "Deployment.apps shop/web" or
// "Namespace shop".
func (r Reference) String() string {
	kind := r.Kind
	if r.Group != "" {
		kind += "." + r.Group
	}
	if r.Namespace == "" {
		return kind + " " + r.Name
	}
	return kind + " " + r.Namespace + "/" + r.Name
}

// Compare orders references by group, kind, namespace, name and version.
func (r Reference) Compare(other Reference) int {
	return cmp.Or(
		cmp.Compare(r.Group, other.Group), cmp.Compare(r.Kind, other.Kind),
		cmp.Compare(r.Namespace, other.Namespace), cmp.Compare(r.Name, other.Name),
		cmp.Compare(r.Version, other.Version),
	)
}

// UnknownKindError tells that the server does not serve a kind.
type UnknownKindError struct {
	Kind schema.GroupVersionKind
}

// Error names the kind.
func (e *UnknownKindError) Error() string {
	return fmt.Sprintf("the cluster has no kind %s in %s", e.Kind.Kind, e.Kind.GroupVersion())
}
