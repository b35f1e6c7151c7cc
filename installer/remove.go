package installer

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/installer/internal/live"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// removeOptions steer what remove does.
type removeOptions struct {
	deleteForeign, noWait bool
	// wanted are the objects that the release goes on to have; nil in a removal of all.
	wanted *holdings
	// last is an object that is left alone here, since it goes at the very end.
	last place
	// began and ended are told of each phase.
	began func(phase string)
	ended func(ctx context.Context, w *wait, objects int) error
}

// removal is what goes together, and has to be gone before the next begins.
type removal struct {
	phase   string
	objects []history.Leftover
}

// removals sorts what is to go into steps: phases in reverse, and inside a phase
// definitions and namespaces after what may be in them.
func removals(leftovers []history.Leftover) []removal {
	sorted := slices.Clone(leftovers)
	slices.SortStableFunc(sorted, func(a, b history.Leftover) int { return b.PhaseIndex - a.PhaseIndex })
	var steps []removal
	for len(sorted) > 0 {
		end := slices.IndexFunc(sorted, func(l history.Leftover) bool { return l.PhaseIndex != sorted[0].PhaseIndex })
		if end < 0 {
			end = len(sorted)
		}
		var first, then []history.Leftover
		for _, leftover := range sorted[:end] {
			if isFoundation(leftover.Reference) {
				then = append(then, leftover)
			} else {
				first = append(first, leftover)
			}
		}
		for _, wave := range [][]history.Leftover{first, then} {
			if len(wave) > 0 {
				steps = append(steps, removal{wave[0].Phase, wave})
			}
		}
		sorted = sorted[end:]
	}
	return steps
}

// remove deletes what a release has and no longer wants, in reverse order, and
// waits for each step to be gone. What is not the release's is not touched. Without
// waiting it returns what would be waited for.
func (o *operation) remove(ctx context.Context, leftovers []history.Leftover, options removeOptions) ([]Waiting, error) {
	steps, before := removals(leftovers), newAhead()
	for number, step := range steps {
		step.objects = slices.DeleteFunc(step.objects, func(l history.Leftover) bool { return o.placeOf(l) == options.last })
		if options.began != nil {
			options.began(step.phase)
		}
		o.emit(Event{Type: EventRemoving, Phase: step.phase, Total: len(step.objects)})
		w := o.newWait(step.phase, time.Now())
		var err error
		if step.objects, err = o.asServed(ctx, step.objects, o.warn); err != nil {
			return nil, err
		}
		steps[number] = step
		found, err := before.of(ctx, o, steps[number:])
		if err != nil {
			return nil, err
		}
		waiting, err := o.removeStep(ctx, w, step, found, options)
		if err != nil || len(waiting) > 0 {
			return waiting, err
		}
		if options.ended != nil {
			if err := options.ended(ctx, w, len(step.objects)); err != nil {
				return nil, err
			}
		}
	}
	return nil, nil
}

// removeStep deletes the objects of one step that were found, and waits until they are
// gone.
func (o *operation) removeStep(ctx context.Context, w *wait, step removal, found map[place]*unstructured.Unstructured, options removeOptions) ([]Waiting, error) {
	uids := make([]string, len(step.objects))
	err := live.ForEach(ctx, len(step.objects), o.options.Parallelism, func(ctx context.Context, index int) error {
		leftover := step.objects[index]
		uid, err := o.removeObject(ctx, leftover, found[o.placeOf(leftover)], options)
		if err != nil {
			return o.removalError(ctx, w, leftover.Reference, err)
		}
		uids[index] = uid
		return nil
	})
	if err != nil {
		return nil, err
	}
	var all []*going
	for i, uid := range uids {
		if uid != "" {
			all = append(all, &going{Leftover: step.objects[i], uid: uid})
		}
	}
	return o.awaitGone(ctx, w, all, options.noWait, func() error {
		if err := o.held.Check(); err != nil || o.unsaved == 0 {
			return err
		}
		return o.saveUnlessPaused(ctx) // others see meanwhile what is waited for
	})
}

func (o *operation) removalError(ctx context.Context, w *wait, reference cluster.Reference, err error) error {
	err = o.phaseError(ctx, w, reference, err)
	if failed, ok := err.(*PhaseError); ok { //nolint:errorlint // made just now, not wrapped
		failed.Removing = true
	}
	return err
}

// removeObject asks for the removal of an object and returns its UID; that is empty
// where there is nothing to wait for: gone already, someone else's, or to be kept.
func (o *operation) removeObject(ctx context.Context, leftover history.Leftover, object *unstructured.Unstructured, options removeOptions) (string, error) {
	client, err := o.clusterOf(leftover.Class)
	if err != nil {
		return "", err
	}
	reference := leftover.Reference
	for attempt := 1; object != nil; attempt++ {
		if owner := cluster.Owner(object); owner != o.release {
			o.keep(leftover, whyNotOurs(leftover, owner))
			return "", nil
		}
		if object.GetDeletionTimestamp() != nil {
			return string(object.GetUID()), nil
		}
		why, err := o.reasonToKeep(ctx, client, o.release, leftover, object, options)
		if err != nil {
			return "", err
		}
		if err := o.held.Check(); err != nil {
			return "", err
		}
		if why != "" {
			err = o.disown(ctx, client, object)
		} else {
			err = client.Delete(ctx, reference, cluster.DeleteOptions{
				UID: object.GetUID(), ResourceVersion: object.GetResourceVersion(), Propagation: propagation(reference),
			})
		}
		switch {
		case err == nil && why != "":
			o.keep(leftover, why)
			return "", nil
		case err == nil:
			return string(object.GetUID()), nil
		case apierrors.IsNotFound(err):
			object = nil
		case apierrors.IsConflict(err) && attempt < 2*attempts: // it has changed since it was judged
			if object, err = getOrNil(ctx, client, reference); err != nil {
				return "", err
			}
		default:
			return "", err
		}
	}
	return "", nil
}

// keep counts and tells that an object stays.
func (o *operation) keep(leftover history.Leftover, why string) {
	reference := leftover.Reference
	o.count(func(r *Result) { r.Kept = append(r.Kept, Kept{Object: reference, Why: why}) })
	o.emit(Event{Type: EventKept, Phase: leftover.Phase, Object: &reference, Action: ActionKeep, Message: why})
}

// whyNotOurs returns why an object of a revision is nobody's, or somebody else's. What
// a removal that was broken off has kept does not bear the labels any more, either.
func whyNotOurs(leftover history.Leftover, owner cluster.Release) string {
	if leftover.Orphan && owner == (cluster.Release{}) {
		return orphaned
	}
	return ownedByOther(owner)
}

func ownedByOther(owner cluster.Release) string {
	if owner == (cluster.Release{}) {
		return "it does not bear the labels of this release: somebody has taken it over"
	}
	return fmt.Sprintf("it belongs to release %s now", owner)
}

// propagation waits for the pods of workloads, so that what they need is there
// until they have ended.
func propagation(reference cluster.Reference) cluster.Propagation {
	switch reference.Group {
	case "apps", "batch":
		return cluster.PropagationForeground
	}
	if reference.Group == "" && reference.Kind == "ReplicationController" {
		return cluster.PropagationForeground
	}
	return cluster.PropagationBackground
}

// getOrNil returns an object, or nil where there is none.
func getOrNil(ctx context.Context, client cluster.Reader, reference cluster.Reference) (*unstructured.Unstructured, error) {
	object, err := client.Get(ctx, reference)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return object, err
}
