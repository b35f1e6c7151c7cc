package installer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/history"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Delete removes a release: its phases in reverse, each gone before the one before
// it goes, then what is known of it. Broken off, the next call goes on.
//
// Objects that are not the release's (any more) are not touched. Those with the
// annotation packstage.dev/deletion-policy: orphan stay, and so do definitions and
// namespaces with something of others in them, unless the options say otherwise;
// what stays is in the result, and nobody's.
//
// Errors: [*history.NotFoundError], [*PhaseError] with what is waited for,
// [*HeldError], those of the context and of the cluster.
func (i *Installer) Delete(ctx context.Context, release cluster.Release, options DeleteOptions) (*Result, error) {
	return i.measured(release, "delete", func() (*Result, error) {
		if err := checkRelease(release); err != nil {
			return nil, err
		}
		known, err := i.store.Load(ctx, release)
		if isNotFound(err) {
			return nil, err // before a lease is made for what is not there
		}
		o, ctx, err := i.begin(ctx, release, options.Timeout, false)
		// While a namespace goes the record may be gone before the revisions.
		if known != nil && (known.Removal != nil || known.Rebuilt) && (apierrors.HasStatusCause(err, causeTerminating) || apierrors.IsNotFound(err)) {
			return i.awaitNamespace(ctx, known, options, err)
		}
		if err != nil {
			return nil, err
		}
		defer o.end(ctx)
		if len(o.record.Revisions) == 0 && o.record.Removal == nil {
			return nil, o.finish(&history.NotFoundError{Release: release})
		}
		result, err := o.deleteHeld(ctx, options)
		return result, o.finish(err)
	})
}

// causeTerminating is the cause of a refusal in a namespace that is going.
const causeTerminating = metav1.CauseType("NamespaceTerminating")

// awaitNamespace goes on with a removal whose last step is under way: the namespace
// with the state of the release is going, or gone since the state was read, so that there
// can be no lease in it, and none is needed. Where something else of the release is still
// there, it is the refusal.
func (i *Installer) awaitNamespace(ctx context.Context, record *history.Record, options DeleteOptions, refusal error) (*Result, error) {
	o := i.reporter(record.Release, record)
	o.result = &Result{Release: o.release, Revision: record.Target, State: history.StateRemoving}
	all, err := i.everything(ctx, o.release, record, o.warn)
	if err != nil {
		return nil, err
	}
	planned, err := i.planDeletions(ctx, o.release, all, removeOptions{deleteForeign: true})
	if err != nil {
		return nil, err
	}
	for _, one := range planned {
		if one.Action == ActionDelete && !isOwnNamespace(o.release, one.Object) && one.Object.Namespace != o.release.Namespace {
			return nil, fmt.Errorf("the namespace of release %s is being deleted before %s was: %w", o.release, one.Object, refusal)
		}
	}
	namespace, err := getOrNil(ctx, i.cluster, cluster.Reference{Version: "v1", Kind: "Namespace", Name: o.release.Namespace})
	if err != nil {
		return o.result, err
	}
	if namespace == nil {
		o.result.State = ""
		o.emit(Event{Type: EventFinished, Message: "removed"})
		return o.result, nil
	}
	own := ownNamespace(o.release, all)
	if own.Reference.Name == "" || namespace.GetDeletionTimestamp() == nil { // or somebody has made it anew
		return nil, refusal
	}
	if options.Timeout > 0 {
		o.deadline = time.Now().Add(options.Timeout)
	}
	going := []*going{{Leftover: own, uid: string(namespace.GetUID())}}
	o.result.Waiting, err = o.awaitGone(ctx, o.newWait(own.Phase, time.Now()), going, options.NoWait, func() error { return nil })
	if err == nil && len(o.result.Waiting) == 0 {
		o.result.State = ""
		o.emit(Event{Type: EventFinished, Message: "removed"})
	}
	return o.result, err
}

func isNotFound(err error) bool {
	var missing *history.NotFoundError
	return errors.As(err, &missing)
}

// deleteHeld removes the release under the lease.
func (o *operation) deleteHeld(ctx context.Context, options DeleteOptions) (*Result, error) {
	o.result = &Result{Release: o.release, Revision: o.record.Target, State: history.StateRemoving}
	all, err := o.everything(ctx, o.release, o.record, o.warn)
	if err != nil {
		return nil, err
	}
	if o.record.Removal == nil {
		o.record.Removal = &history.Removal{Began: o.options.Now().UTC()}
	}
	o.record.State, o.record.Message = history.StateRemoving, ""
	if err := o.saveUnlessPaused(ctx); err != nil {
		return nil, err
	}
	own := ownNamespace(o.release, all)
	waiting, err := o.remove(ctx, all, removeOptions{
		deleteForeign: options.DeleteForeign, noWait: options.NoWait, last: o.placeOf(own), began: o.removing, ended: o.removed,
	})
	if err != nil {
		return o.result, o.failed(ctx, err)
	}
	if len(waiting) > 0 {
		o.result.Waiting = waiting
		if o.unsaved == 0 {
			return o.result, nil
		}
		return o.result, o.saveUnlessPaused(ctx)
	}
	if err := o.removeState(ctx, own, options); err != nil {
		return o.result, err
	}
	if len(o.result.Waiting) > 0 {
		return o.result, nil // the namespace with the state is going
	}
	o.record = &history.Record{Release: o.release}
	o.result.State = ""
	o.emit(Event{Type: EventFinished, Message: "removed"})
	return o.result, nil
}

// everything returns all objects that the release may have in the cluster.
func (i *Installer) everything(ctx context.Context, release cluster.Release, record *history.Record, warn func(string)) ([]history.Leftover, error) {
	latest, ok := record.Revision(record.Target)
	if !ok {
		return nil, nil
	}
	content, err := i.store.Content(ctx, release, *latest)
	var damaged *history.DamagedError
	if errors.As(err, &damaged) {
		if record.Removal != nil && record.Removal.Gone {
			return nil, nil // the removal was broken off while it removed the revisions
		}
		warn(damaged.Error() + "; what belongs to the release is looked for by its labels")
		return i.search(ctx, release, warn)
	}
	if err != nil {
		return nil, err
	}
	objects, err := i.locate(ctx, release, content.Instance)
	if err != nil {
		return nil, err
	}
	return i.without(leftovers(objects, content.Leftovers, latest.Pruned), nil), nil
}

// ownNamespace returns the namespace that the release's state is in, where the
// release has brought it: it goes last, and the state with it.
func ownNamespace(release cluster.Release, all []history.Leftover) history.Leftover {
	for _, leftover := range all {
		if leftover.Class == "" && isOwnNamespace(release, leftover.Reference) {
			return leftover
		}
	}
	return history.Leftover{}
}

func isOwnNamespace(release cluster.Release, reference cluster.Reference) bool {
	return isNamespace(reference) && reference.Name == release.Namespace
}

// removing notes that a phase begins to go.
func (o *operation) removing(phase string) {
	phases := &o.record.Removal.Phases
	now := o.options.Now().UTC()
	at := slices.IndexFunc(*phases, func(outcome history.PhaseOutcome) bool { return outcome.Name == phase })
	if at < 0 {
		*phases = append(*phases, history.PhaseOutcome{Name: phase, State: history.PhaseProgressing, Began: &now})
		return
	}
	(*phases)[at].State, (*phases)[at].Ended = history.PhaseProgressing, nil
}

// removed notes that a phase is gone, and writes it down where that is due.
func (o *operation) removed(ctx context.Context, w *wait, objects int) error {
	for i := range o.record.Removal.Phases {
		if outcome := &o.record.Removal.Phases[i]; outcome.Name == w.phase {
			now := o.options.Now().UTC()
			outcome.State, outcome.Ended = history.PhaseAvailable, &now
		}
	}
	if !o.progressDue(w, objects) {
		return nil
	}
	return o.saveUnlessPaused(ctx)
}

// saveUnlessPaused saves the record; a pause does not keep a removal up.
func (o *operation) saveUnlessPaused(ctx context.Context) error {
	err := o.save(ctx)
	var paused *PausedError
	if errors.As(err, &paused) {
		return nil
	}
	return err
}

// removeState removes the revisions and the record, or the namespace that they are
// in.
func (o *operation) removeState(ctx context.Context, own history.Leftover, options DeleteOptions) error {
	if own.Reference.Name == "" {
		return o.store.Remove(ctx, o.record)
	}
	object, err := getOrNil(ctx, o.cluster, own.Reference)
	if err != nil {
		return err
	}
	why := ""
	switch {
	case object == nil:
	case cluster.Owner(object) != o.release:
		why = ownedByOther(cluster.Owner(object))
	default:
		if why, err = o.reasonToKeep(ctx, o.cluster, o.release, own, object, removeOptions{deleteForeign: options.DeleteForeign}); err != nil {
			return err
		}
		if why == "" {
			return o.removeNamespace(ctx, own, object, options)
		}
		if err := o.disown(ctx, o.cluster, object); err != nil {
			return err
		}
	}
	if why != "" {
		o.keep(own, why)
	}
	return o.store.Remove(ctx, o.record)
}

// removeNamespace deletes the namespace of the release, with all that is known of
// it, and waits for it to be gone. The lease goes with it, so the waiting goes on
// without: nothing is written any more.
func (o *operation) removeNamespace(ctx context.Context, own history.Leftover, object *unstructured.Unstructured, options DeleteOptions) error {
	err := o.cluster.Delete(ctx, own.Reference, cluster.DeleteOptions{UID: object.GetUID(), Propagation: cluster.PropagationBackground})
	if err != nil && !apierrors.IsNotFound(err) {
		return err
	}
	o.leaseGoes = true
	w := o.newWait(own.Phase, time.Now())
	waiting, err := o.awaitGone(o.caller, w, []*going{{Leftover: own, uid: string(object.GetUID())}}, options.NoWait, func() error { return nil })
	o.result.Waiting = waiting
	return err
}
