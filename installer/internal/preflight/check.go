package preflight

import (
	"cmp"
	"context"
	"errors"
	"reflect"
	"slices"
	"sync"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
)

const defaultParallelism = 16

// Check judges an instance and returns everything that it found; it writes nothing.
//
// The error is for what is no finding: a cluster that does not answer, a context
// that ended, options without an instance or a cluster. Objects that are wrong by
// themselves are never sent, not even in a dry run. Everything else that the API
// server refuses is a finding.
//
// For n new objects that costs one list for each kind and namespace, one access
// review where everything is allowed, and n dry runs. Objects that Unchanged tells
// of cost nothing more.
func Check(ctx context.Context, options Options) (*Result, error) {
	if options.Instance == nil || options.Cluster == nil {
		return nil, errors.New("preflight needs an instance and a cluster")
	}
	c := newCheck(options)
	for _, step := range []func(context.Context) error{
		c.judgeContents, c.findKinds, c.judgeKinds, c.judgeConstraints, c.judgePermissions,
		c.readLive, c.judgeNamespaces, c.judgeLive, c.tryAll,
	} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return c.result(), nil
}

// check is one call of [Check].
type check struct {
	Options

	// targets are the clusters, by class; classes of one cluster share a target.
	targets map[string]*target
	// objects in the order of installation.
	objects []*object
	// found are the findings that belong to no object.
	found diagnostic.Diagnostics
	// progress
	mutex sync.Mutex
	tried int
}

// target is a cluster with what is known about it.
type target struct {
	cluster cluster.Cluster
	// own tells that it is the cluster of the instance itself, where its scope holds.
	own   bool
	kinds map[schema.GroupVersionKind]cluster.Kind
	// all are the kinds of the cluster, once they were asked for.
	all   []cluster.Kind
	asked bool
	// brought are the objects of the instance that go here, by reference without
	// version.
	brought map[cluster.Reference]*object
	// definitions of kinds that the instance brings.
	definitions map[schema.GroupKind]*definition
	namespaces  map[string]namespaceState
}

// object is one of the instance on its way.
type object struct {
	Object
	source packagetypes.Object
	// target is nil where the class has no cluster.
	target *target
	kind   cluster.Kind
	// served tells that the cluster has the kind now.
	served bool
	// broken tells that the content is no Kubernetes object.
	broken bool
	// out tells that nothing more is to be done with the object.
	out   bool
	found diagnostic.Diagnostics
}

// String returns the object for people. Names of broken objects can be anything.
func (o *object) String() string { return diagnosticText(o.Reference.String()) }

// fail adds a finding with the position of the object. An error takes the object out.
func (o *object) fail(finding diagnostic.Diagnostic) {
	finding.Position = o.source.Source()
	o.found = append(o.found, finding)
	if finding.Severity == diagnostic.Error {
		o.out = true
	}
}

// failAll adds findings about the content, with the object's name before the message.
func (o *object) failAll(findings diagnostic.Diagnostics) {
	for _, finding := range findings {
		finding.Message = o.String() + ": " + finding.Message
		o.fail(finding)
	}
}

// postpone says why the object cannot be tried.
func (o *object) postpone(why string) {
	o.Action, o.Deferred, o.out = ActionDeferred, why, true
}

func newCheck(options Options) *check {
	if options.Parallelism < 1 {
		options.Parallelism = defaultParallelism
	}
	c := &check{Options: options, targets: map[string]*target{"": newTarget(options.Cluster, true)}}
	var known []*target
	known = append(known, c.targets[""])
	for _, class := range sortedKeys(options.Clusters) {
		if class == "" || options.Clusters[class] == nil {
			continue
		}
		at := slices.IndexFunc(known, func(t *target) bool { return SameCluster(t.cluster, options.Clusters[class]) })
		if at < 0 {
			at, known = len(known), append(known, newTarget(options.Clusters[class], false))
		}
		c.targets[class] = known[at]
	}
	for p, phase := range options.Instance.Phases {
		for i, source := range phase.Objects {
			c.objects = append(c.objects, &object{
				Object: Object{Phase: p, Index: i, Class: phase.Class, Reference: cluster.NewReference(source.GroupVersionKind(), source.Namespace(), source.Name())},
				source: source, target: c.targets[phase.Class],
			})
		}
	}
	return c
}

func newTarget(of cluster.Cluster, own bool) *target {
	return &target{
		cluster: of, own: own, kinds: map[schema.GroupVersionKind]cluster.Kind{}, brought: map[cluster.Reference]*object{},
		definitions: map[schema.GroupKind]*definition{}, namespaces: map[string]namespaceState{},
	}
}

// SameCluster tells whether two clusters are the same value. Wrapped ones are not:
// whoever wraps the clusters of several classes gives the same wrapper to the same
// cluster.
func SameCluster(a, b cluster.Cluster) bool {
	return a != nil && reflect.TypeOf(a) == reflect.TypeOf(b) && reflect.ValueOf(a).Comparable() && a == b
}

func sortedKeys[K cmp.Ordered, V any](of map[K]V) []K {
	keys := make([]K, 0, len(of))
	for key := range of {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// phaseName is how findings name a phase.
func (c *check) phaseName(o *object) string { return c.Instance.Phases[o.Phase].Name }

// namespaced tells whether the instance is confined to its namespace.
func (c *check) namespaced() bool { return c.Instance.Scope == manifest.ScopeNamespaced }

// each returns the objects that are still to be judged.
func (c *check) each() []*object {
	var still []*object
	for _, o := range c.objects {
		if !o.out && o.target != nil {
			still = append(still, o)
		}
	}
	return still
}

// result puts together what was found.
func (c *check) result() *Result {
	result := &Result{Objects: make([]Object, len(c.objects))}
	all := c.found
	for i, o := range c.objects {
		o.Diagnostics = o.found.Sorted()
		if o.Diagnostics.HasErrors() && o.Action != ActionDeferred {
			o.Action = ""
		}
		result.Objects[i] = o.Object
		all = append(all, o.found...)
	}
	result.Diagnostics = all.Sorted()
	result.Blocked = result.Diagnostics.HasErrors()
	return result
}
