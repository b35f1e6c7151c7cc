package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/installer/cluster"
)

// manyObjects is above how many objects of one kind in one namespace a list is
// cheaper than to get each of them.
const manyObjects = 8

// listedPerGet is how many objects of a list cost about what it costs to get one.
const listedPerGet = 8

// Request says where and how [Read] reads.
type Request struct {
	Cluster cluster.Reader
	// Release whose labels choose what lists return.
	Release cluster.Release
	// Parallelism is the most calls at a time; 16 where it is below 1.
	Parallelism int
	// Exact gets each object that a list did not return, so that objects without the
	// labels of the release are found, too.
	Exact bool
}

// Read returns the objects of the references that are there, by reference.
//
// Where there are more than eight of one kind in one namespace, they come from one
// list of those that bear the labels of the release: such objects without the
// labels are not found unless [Request.Exact] is set. All others are got one by
// one, whatever their labels. What does not exist, and what is of a kind that the
// cluster does not have, is absent; every other error ends the reading.
//
// A list ends at eight times as many objects as are wanted of it, and what it did not
// return until then is got, so that reading a release part by part costs no more than
// in proportion to its objects.
func Read(ctx context.Context, request Request, references []cluster.Reference) (map[cluster.Reference]*unstructured.Unstructured, error) {
	r := reading{Request: request, found: make(map[cluster.Reference]*unstructured.Unstructured, len(references))}
	if r.Parallelism < 1 {
		r.Parallelism = 16
	}
	groups := grouped(references)
	var missing []cluster.Reference
	var lists []group
	for _, group := range groups {
		if len(group.references) > manyObjects {
			lists = append(lists, group)
		} else {
			missing = append(missing, group.references...)
		}
	}
	err := ForEach(ctx, len(lists), r.Parallelism, func(ctx context.Context, i int) error { return r.list(ctx, &lists[i]) })
	if err != nil {
		return nil, err
	}
	for i := range lists {
		if !r.Exact && !lists[i].cut {
			continue
		}
		for _, reference := range lists[i].references {
			if r.found[reference] == nil && !r.unknown[reference.GroupVersionKind()] {
				missing = append(missing, reference)
			}
		}
	}
	err = ForEach(ctx, len(missing), r.Parallelism, func(ctx context.Context, i int) error { return r.get(ctx, missing[i]) })
	if err != nil {
		return nil, err
	}
	return r.found, nil
}

// group is what one list can answer.
type group struct {
	kind       schema.GroupVersionKind
	namespace  string
	references []cluster.Reference
	// cut tells that the list has ended before all was returned.
	cut bool
}

// grouped sorts references into groups, without duplicates.
func grouped(references []cluster.Reference) []group {
	sorted := slices.SortedFunc(slices.Values(references), cluster.Reference.Compare)
	var groups []group
	index := map[cluster.Reference]int{}
	for _, reference := range slices.Compact(sorted) {
		key := reference
		key.Name = ""
		at, ok := index[key]
		if !ok {
			at, index[key] = len(groups), len(groups)
			groups = append(groups, group{kind: reference.GroupVersionKind(), namespace: reference.Namespace})
		}
		groups[at].references = append(groups[at].references, reference)
	}
	return groups
}

// reading is one call of [Read].
type reading struct {
	Request

	mutex   sync.Mutex
	found   map[cluster.Reference]*unstructured.Unstructured
	unknown map[schema.GroupVersionKind]bool
}

func (r *reading) list(ctx context.Context, group *group) error {
	limit := listedPerGet * len(group.references)
	options := cluster.ListOptions{Namespace: group.namespace, LabelSelector: r.Release.ObjectSelector(), Limit: limit}
	objects, err := r.Cluster.List(ctx, group.kind, options)
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if absent(err) {
		if r.unknown == nil {
			r.unknown = map[schema.GroupVersionKind]bool{}
		}
		r.unknown[group.kind] = true
		return nil
	}
	if err != nil {
		return fmt.Errorf("listing %s in namespace %q: %w", group.kind.Kind, group.namespace, err)
	}
	group.cut = len(objects) >= limit
	wanted := make(map[string]cluster.Reference, len(group.references))
	for _, reference := range group.references {
		wanted[reference.Name] = reference
	}
	for _, object := range objects {
		if reference, ok := wanted[object.GetName()]; ok && object.GetNamespace() == group.namespace {
			r.found[reference] = object
		}
	}
	return nil
}

func (r *reading) get(ctx context.Context, reference cluster.Reference) error {
	object, err := r.Cluster.Get(ctx, reference)
	if absent(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading %s: %w", reference, err)
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.found[reference] = object
	return nil
}

// absent tells that an object is not there, or cannot be.
func absent(err error) bool {
	var unknown *cluster.UnknownKindError
	return apierrors.IsNotFound(err) || errors.As(err, &unknown)
}
