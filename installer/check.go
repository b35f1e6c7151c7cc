package installer

import (
	"context"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/environment"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/installer/internal/preflight"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// preflightOptions says what is to be judged before the first write.
func (i *Installer) preflightOptions(ctx context.Context, release cluster.Release, n *next, options ApplyOptions) (preflight.Options, error) {
	checked := preflight.Options{
		Release: release, Instance: n.instance, Cluster: i.cluster, Clusters: i.classes, Constraints: n.instance.Constraints,
		OtherReleases: func(ctx context.Context) ([]cluster.Release, error) { return i.otherReleases(ctx, release, n.instance) },
		FieldManager:  i.options.FieldManager, Adopt: options.Adopt, Force: options.Force, Parallelism: i.options.Parallelism,
		Unchanged: n.unchanged(release), Reserved: history.ReservedObject,
	}
	for _, leftover := range n.leftovers {
		checked.Deletions = append(checked.Deletions, preflight.Deletion{Reference: leftover.Reference, Class: leftover.Class})
	}
	if i.options.Environment != nil {
		checked.Environment = *i.options.Environment
	} else if len(n.instance.Constraints) > 0 {
		var err error
		if checked.Environment, err = environment.Discover(ctx, i.cluster); err != nil {
			return checked, err
		}
	}
	return checked, nil
}

// unchanged tells which objects of the next revision need no write.
func (n *next) unchanged(release cluster.Release) func(cluster.Reference, *unstructured.Unstructured) bool {
	wanted := make(map[cluster.Reference]located, len(n.objects))
	twice := map[cluster.Reference]bool{} // in two clusters: not told apart here
	for _, object := range n.objects {
		reference := object.reference.WithoutVersion()
		_, twice[reference] = wanted[reference]
		wanted[reference] = object
	}
	return func(reference cluster.Reference, live *unstructured.Unstructured) bool {
		object, ok := wanted[reference.WithoutVersion()]
		return ok && !twice[reference.WithoutVersion()] && n.known.holds(release, object, live)
	}
}

// judge judges objects of a phase that could not be judged before the first write,
// or have changed since. Kinds that are only just being defined are waited for.
func (o *operation) judge(ctx context.Context, w *wait, instance *packagetypes.Instance, objects []*preflight.Object, options ApplyOptions) error {
	part := *instance
	phase := part.Phases[objects[0].Phase]
	var chosen []packagetypes.Object
	for _, object := range objects {
		chosen = append(chosen, phase.Objects[object.Index])
	}
	phase.Objects = chosen
	part.Phases, part.Constraints = []packagetypes.Phase{phase}, nil
	if err := o.awaitKinds(ctx, w, phase); err != nil {
		return err
	}
	checked, err := preflight.Check(ctx, preflight.Options{
		Release: o.release, Instance: &part, Cluster: o.cluster, Clusters: o.classes, FieldManager: o.options.FieldManager,
		Adopt: options.Adopt, Force: options.Force, Parallelism: o.options.Parallelism, Reserved: history.ReservedObject,
		WithoutResults: true,
	})
	if err != nil {
		return err
	}
	if checked.Blocked {
		return checked.Diagnostics.Err()
	}
	for i, object := range objects {
		result := checked.Objects[i]
		result.Phase, result.Index = object.Phase, object.Index
		*object = result
	}
	return nil
}

// awaitKinds waits until the cluster serves all kinds of a phase.
func (o *operation) awaitKinds(ctx context.Context, w *wait, phase packagetypes.Phase) error {
	client, err := o.clusterOf(phase.Class)
	if err != nil {
		return err
	}
	for _, object := range phase.Objects {
		tries := 0
		for pause := newPause(o.options.PollInterval); ; tries++ {
			_, err := client.Kind(ctx, object.GroupVersionKind())
			if err == nil {
				break
			}
			if !isUnknown(err) || tries > 0 && w.over() {
				return err
			}
			if err := pause.wait(ctx); err != nil {
				return err
			}
			client.Forget()
		}
	}
	return nil
}

// otherReleases returns the releases of the same package in the same scope.
func (i *Installer) otherReleases(ctx context.Context, release cluster.Release, instance *packagetypes.Instance) ([]cluster.Release, error) {
	namespace := ""
	if instance.Scope == manifest.ScopeNamespaced {
		namespace = release.Namespace
	}
	records, err := i.store.List(ctx, namespace)
	if err != nil {
		return nil, err
	}
	var others []cluster.Release
	for _, record := range records {
		if record.PackageName == instance.PackageName && record.Release != release {
			others = append(others, record.Release)
		}
	}
	return others, nil
}
