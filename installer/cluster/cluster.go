package cluster

import (
	"context"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

// Cluster is everything that the installer does with a cluster. It has to be
// safe for concurrent use, and every call has to end promptly when its context
// does.
type Cluster interface {
	Reader
	Writer
	Discoverer
}

// Reader reads objects. What it returns belongs to the caller, who may change it.
type Reader interface {
	// Get returns an object as the server has it now, never from a cache that may
	// be behind it. Errors: IsNotFound where there is none, [*UnknownKindError].
	Get(ctx context.Context, reference Reference) (*unstructured.Unstructured, error)
	// List returns the objects of a kind in the order of the server: by namespace and
	// name. None is no error. Errors: [*UnknownKindError].
	List(ctx context.Context, kind schema.GroupVersionKind, options ListOptions) ([]*unstructured.Unstructured, error)
}

// ListOptions choose what [Reader.List] returns; the zero value is everything.
type ListOptions struct {
	// Namespace in which to look; empty is all of them.
	Namespace string
	// LabelSelector in the form of Kubernetes ("app=web,tier!=db"); empty selects all.
	LabelSelector string
	// Limit is the most objects that the caller wants to see; 0 is no limit. Fewer than
	// that are all there are.
	Limit int
}

// Writer changes objects. It returns what the server has stored, or would have
// stored in a dry run, and never changes what it is given.
type Writer interface {
	// Create makes an object. Errors: IsAlreadyExists.
	Create(ctx context.Context, object *unstructured.Unstructured, options WriteOptions) (*unstructured.Unstructured, error)
	// Update replaces an object. Where metadata.resourceVersion is set, it has to be
	// that of the server. Errors: IsConflict, IsNotFound.
	Update(ctx context.Context, object *unstructured.Unstructured, options WriteOptions) (*unstructured.Unstructured, error)
	// Apply is server-side apply. Where metadata.uid is set, the object has to exist
	// with it. Errors: IsConflict for fields of other managers and where no object
	// with the UID exists, IsInvalid where one with another UID does.
	Apply(ctx context.Context, object *unstructured.Unstructured, options ApplyOptions) (*unstructured.Unstructured, error)
	// Delete asks for the removal of an object, which may take longer than the call.
	// Errors: IsNotFound, IsConflict where a precondition does not hold.
	Delete(ctx context.Context, reference Reference, options DeleteOptions) error
}

// WriteOptions are options of [Writer.Create] and [Writer.Update].
type WriteOptions struct {
	// FieldManager is who owns the fields that are written.
	FieldManager string
	// DryRun makes the server do everything but store the result.
	DryRun bool
}

// ApplyOptions are options of [Writer.Apply].
type ApplyOptions struct {
	// FieldManager is who owns the fields that are written; it must not be empty.
	FieldManager string
	// Force takes over fields that other managers own.
	Force bool
	// DryRun makes the server do everything but store the result.
	DryRun bool
}

// DeleteOptions are options of [Writer.Delete].
type DeleteOptions struct {
	// UID and ResourceVersion are preconditions where they are set.
	UID             types.UID
	ResourceVersion string
	// Propagation says what happens to objects that the deleted one owns; empty is
	// what the server does by itself.
	Propagation Propagation
	// DryRun makes the server do everything but delete.
	DryRun bool
}

// Propagation is what a removal means for the objects that the removed one owns;
// the values are those of Kubernetes' DeletionPropagation.
type Propagation string

const (
	// PropagationBackground removes them afterwards.
	PropagationBackground Propagation = "Background"
	// PropagationForeground removes them first.
	PropagationForeground Propagation = "Foreground"
	// PropagationOrphan leaves them.
	PropagationOrphan Propagation = "Orphan"
)

// Discoverer tells what the server serves. It may remember what it was told until
// Forget is called.
type Discoverer interface {
	// Kind returns how the server serves a kind. Errors: [*UnknownKindError].
	Kind(ctx context.Context, kind schema.GroupVersionKind) (Kind, error)
	// Kinds returns every kind that can be listed and deleted, each in the version
	// that the server prefers, sorted by group and kind. Groups that cannot be asked
	// at the moment are an error.
	Kinds(ctx context.Context) ([]Kind, error)
	// ServerVersion returns the version of Kubernetes, like "v1.36.3".
	ServerVersion(ctx context.Context) (string, error)
	// Forget drops what is remembered, as after a definition was created.
	Forget()
}

// Kind is a kind as the server serves it.
type Kind struct {
	schema.GroupVersionKind
	// Resource is the name in paths, like "deployments".
	Resource string
	// Namespaced tells that objects of the kind live in namespaces.
	Namespaced bool
	// Verbs that the server knows for the kind, sorted.
	Verbs []string
}
