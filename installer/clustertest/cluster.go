package clustertest

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/packstage/packstage/installer/cluster"
)

// Cluster is a Kubernetes cluster in memory: see the package's description. It is safe
// for concurrent use. What it returns is the caller's, and what it is given is not
// changed.
type Cluster struct {
	settings

	mu       sync.Mutex
	builtin  map[schema.GroupKind]*kindRules
	custom   map[schema.GroupKind]*kindRules // of established definitions
	objects  map[cluster.Reference]*entry    // by references without version
	owners   map[types.UID]cluster.Reference // what there is, by UID
	restless map[cluster.Reference]struct{}  // what is owned or being deleted
	calls    []*Call
	sequence int
	revision uint64 // the last resourceVersion
	uids     int
	// remembered kinds of a stale discovery; nil where nothing is.
	remembered map[schema.GroupVersionKind]bool
	discovered bool
}

var _ cluster.Cluster = (*Cluster)(nil)

// New returns a cluster with the namespaces that every cluster has.
func New(options ...Option) *Cluster {
	standstill := time.Date(2030, time.January, 1, 0, 0, 0, 0, time.UTC)
	c := &Cluster{
		settings: settings{now: func() time.Time { return standstill }, serverVersion: "v1.36.3", uidPrefix: "00000000"},
		builtin:  map[schema.GroupKind]*kindRules{}, custom: map[schema.GroupKind]*kindRules{},
		objects: map[cluster.Reference]*entry{}, owners: map[types.UID]cluster.Reference{}, restless: map[cluster.Reference]struct{}{},
	}
	for _, option := range options {
		option(&c.settings)
	}
	for _, kind := range builtinKinds() {
		c.builtin[kind.groupKind()] = kind
	}
	for _, name := range []string{"default", "kube-node-lease", "kube-public", "kube-system"} {
		if err := c.loadNamespace(name); err != nil {
			panic(fmt.Sprintf("make namespace %s: %v", name, err)) // a test makes a cluster
		}
	}
	return c
}

// Get returns an object.
func (c *Cluster) Get(ctx context.Context, reference cluster.Reference) (*unstructured.Unstructured, error) {
	var found *unstructured.Unstructured
	err := c.do(ctx, Call{Verb: VerbGet, Reference: reference}, func() error {
		kind, err := c.lookup(reference.GroupVersionKind())
		if err != nil {
			return err
		}
		if err := checkPlace(kind, reference.Namespace, reference.Name); err != nil {
			return err
		}
		stored, ok := c.objects[reference.WithoutVersion()]
		if !ok || kind.createOnly {
			return apierrors.NewNotFound(kind.groupResource(), reference.Name)
		}
		found = kind.view(stored.object, reference.Version)
		return c.seen(reference.WithoutVersion())
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// List returns the objects of a kind, by namespace and name.
func (c *Cluster) List(ctx context.Context, gvk schema.GroupVersionKind, options cluster.ListOptions) ([]*unstructured.Unstructured, error) {
	var found []*unstructured.Unstructured
	call := Call{Verb: VerbList, Reference: cluster.NewReference(gvk, options.Namespace, "")}
	err := c.do(ctx, call, func() error {
		kind, err := c.lookup(gvk)
		if err != nil {
			return err
		}
		if kind.createOnly {
			return apierrors.NewMethodNotSupported(kind.groupResource(), "list")
		}
		if options.Namespace != "" && !kind.namespaced {
			return apierrors.NewBadRequest(fmt.Sprintf("%s are in no namespace, and one is given", kind.resource))
		}
		selector, err := labels.Parse(options.LabelSelector)
		if err != nil {
			return apierrors.NewBadRequest(err.Error())
		}
		var references []cluster.Reference
		for reference, stored := range c.objects {
			if reference.Group == gvk.Group && reference.Kind == gvk.Kind &&
				(options.Namespace == "" || reference.Namespace == options.Namespace) &&
				selector.Matches(labels.Set(stored.object.GetLabels())) {
				references = append(references, reference)
			}
		}
		slices.SortFunc(references, cluster.Reference.Compare)
		if options.Limit > 0 && len(references) > options.Limit {
			references = references[:options.Limit]
		}
		for _, reference := range references {
			found = append(found, kind.view(c.objects[reference].object, gvk.Version))
		}
		for _, reference := range references {
			if err := c.seen(reference); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// view returns a copy of a stored object in a version.
func (k *kindRules) view(object *unstructured.Unstructured, version string) *unstructured.Unstructured {
	copied := object.DeepCopy()
	copied.SetGroupVersionKind(k.groupKind().WithVersion(version))
	return copied
}

func (c *Cluster) nextRevision() string {
	c.revision++
	return strconv.FormatUint(c.revision, 10)
}

func (c *Cluster) nextUID() types.UID {
	c.uids++
	return types.UID(fmt.Sprintf("%s-0000-4000-8000-%012d", c.uidPrefix, c.uids))
}
