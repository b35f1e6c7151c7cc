package installer

import (
	"context"
	"errors"
	"reflect"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/fields"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/installer/internal/live"
	"github.com/packstage/packstage/installer/internal/preflight"
	"github.com/packstage/packstage/installer/probe"
	"github.com/packstage/packstage/packagetypes"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// unchanged returns a result where the cluster is what the instance says and the
// record knows it: without a write, and without the lease. In every other case, also
// where something could not be read, the result is nil, and the long way is gone;
// missing tells that there is no such release.
func (i *Installer) unchanged(ctx context.Context, release cluster.Release, instance *packagetypes.Instance) (result *Result, missing bool) {
	record, err := i.store.Load(ctx, release)
	if isNotFound(err) {
		return nil, true
	}
	if err != nil || record.State != history.StateAvailable || record.Paused != nil || record.Rebuilt || record.Target != record.Available {
		return nil, false
	}
	revision, ok := record.Revision(record.Target)
	if !ok || !revision.Pruned || revision.Identity != history.Identity(instance) {
		return nil, false
	}
	objects, err := i.locate(ctx, release, instance)
	if err != nil {
		return nil, false
	}
	found, err := i.readLocated(ctx, release, false, objects)
	if err != nil {
		return nil, false
	}
	probes, err := probe.Compile(instance.AvailabilityProbes, i.options.Probe)
	if err != nil {
		return nil, false
	}
	var doubtful []located
	for _, object := range objects {
		existing := found[object.place()]
		switch {
		case existing == nil && cleansUp(object.object):
		case !isOwn(release, existing) || probes.Check(ctx, existing.Object).Status != probe.Available:
			return nil, false
		case !fields.Contains(existing.Object, object.object.Content()):
			doubtful = append(doubtful, object)
		}
	}
	err = live.ForEach(ctx, len(doubtful), i.options.Parallelism, func(ctx context.Context, index int) error {
		return i.tryUnchanged(ctx, release, instance, doubtful[index], found[doubtful[index].place()])
	})
	if err != nil {
		return nil, false
	}
	if _, err := i.store.Content(ctx, release, *revision); err != nil {
		return nil, false
	}
	return &Result{Release: release, Revision: revision.Number, State: record.State, Unchanged: len(objects)}, false
}

// errChanged tells that applying an object would change it.
var errChanged = errors.New("it would change")

// tryUnchanged has the server try an object that does not have what is wanted word by
// word, as where the server leaves out a text that is empty. The error is nil where
// nothing would change.
func (i *Installer) tryUnchanged(ctx context.Context, release cluster.Release, instance *packagetypes.Instance, object located, existing *unstructured.Unstructured) error {
	client, err := i.clusterOf(object.class)
	if err != nil {
		return err
	}
	kind, err := client.Kind(ctx, object.reference.GroupVersionKind())
	if err != nil {
		return err
	}
	desired, err := preflight.Desired(object.object, release, kind, instance)
	if err != nil {
		return err
	}
	desired.SetUID(existing.GetUID())
	result, err := client.Apply(ctx, desired, cluster.ApplyOptions{FieldManager: i.options.FieldManager, DryRun: true})
	if err == nil && !preflight.Same(existing, result) {
		err = errChanged
	}
	return err
}

// isOwn tells whether a live object is there to stay, and the release's.
func isOwn(release cluster.Release, existing *unstructured.Unstructured) bool {
	return existing != nil && cluster.Owner(existing) == release && existing.GetDeletionTimestamp() == nil
}

// holds tells whether a live object is the release's and has everything that is
// wanted of it.
func holds(release cluster.Release, existing *unstructured.Unstructured, wanted packagetypes.Object) bool {
	return isOwn(release, existing) && fields.Contains(existing.Object, wanted.Content())
}

// cleansUp tells whether an object is removed by Kubernetes itself once it has done
// its work: it is not missing when it is not there any more.
func cleansUp(object packagetypes.Object) bool {
	kind := object.GroupVersionKind()
	if kind.Group != "batch" || kind.Kind != "Job" {
		return false
	}
	spec, _ := object.Content()["spec"].(map[string]any)
	return spec["ttlSecondsAfterFinished"] != nil
}

// baseline are the objects that the cluster is known to have got, and nothing else
// since.
type baseline map[place]packagetypes.Object

// newBaseline returns that of a record whose newest revision is available; any
// other has none, since a revision that was broken off may have left fields behind.
func newBaseline(record *history.Record, objects []located) baseline {
	if record.Target == 0 || record.Target != record.Available {
		return nil
	}
	known := make(baseline, len(objects))
	for _, object := range objects {
		known[object.place()] = object.object
	}
	return known
}

// has tells whether the last available revision said the same of an object.
func (b baseline) has(wanted located) bool {
	known, ok := b[wanted.place()]
	return ok && reflect.DeepEqual(known.Content(), wanted.object.Content())
}

// holds tells whether an object needs no write: it is what the last available
// revision said, and the cluster has it so.
func (b baseline) holds(release cluster.Release, wanted located, live *unstructured.Unstructured) bool {
	return b.has(wanted) && holds(release, live, wanted.object)
}
