package installer

import (
	"context"
	"errors"
	"time"

	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/installer/internal/preflight"
)

// rollout takes the objects of a revision through their phases and then removes
// what is no longer wanted.
func (o *operation) rollout(ctx context.Context, n *next, options ApplyOptions) error {
	for number, objects := range n.byPhase() {
		waiting, err := o.phase(ctx, n, number, objects, options)
		if err != nil {
			return o.failed(ctx, err)
		}
		if len(waiting) > 0 {
			return o.stopped(ctx, waiting)
		}
	}
	if len(n.leftovers) > 0 {
		latest, _ := o.record.Revision(o.record.Target)
		if !latest.Pruned {
			waiting, err := o.remove(ctx, n.leftovers, removeOptions{noWait: options.NoWait, wanted: n.wanted()})
			if err != nil {
				return o.failed(ctx, err)
			}
			if len(waiting) > 0 {
				return o.stopped(ctx, waiting)
			}
		}
	}
	return o.available(ctx)
}

// stopped ends an operation that does not wait.
func (o *operation) stopped(ctx context.Context, waiting []Waiting) error {
	o.result.Waiting, o.result.State = waiting, history.StateProgressing
	return o.saveUnsaved(ctx)
}

// available writes down that the newest revision is there, and drops what is too old.
func (o *operation) available(ctx context.Context) error {
	for i := range o.record.Revisions {
		revision := &o.record.Revisions[i]
		switch {
		case revision.Number == o.record.Target:
			revision.State, revision.Message, revision.Pruned = history.RevisionAvailable, "", true
		case revision.State == history.RevisionAvailable || revision.State == history.RevisionProgressing:
			revision.State = history.RevisionSuperseded
		}
	}
	o.record.Available, o.record.Rebuilt = o.record.Target, false
	o.record.State, o.record.Message = history.StateAvailable, ""
	o.result.State = history.StateAvailable
	var paused *PausedError
	if err := o.save(ctx); err != nil && !errors.As(err, &paused) { // the pause came too late to stop anything
		return err
	}
	if err := o.store.Collect(ctx, o.record, o.options.HistoryLimit); err != nil {
		o.emit(Event{Type: EventWarning, Message: "old revisions could not be removed: " + err.Error()})
	}
	o.emit(Event{Type: EventFinished, Message: "available"})
	return nil
}

// failed writes down why a revision did not become available; a pause, a lost
// lease and an interruption are no failures of it.
func (o *operation) failed(ctx context.Context, err error) error {
	var failed *PhaseError
	var paused *PausedError
	switch {
	case errors.As(err, &paused), o.isLost():
		return err
	case ctx.Err() != nil:
		o.record.Message = "interrupted; the next call goes on"
	case errors.As(err, &failed):
		o.record.State, o.record.Message = history.StateFailed, err.Error()
		if latest, ok := o.record.Revision(o.record.Target); ok {
			latest.State, latest.Message = history.RevisionFailed, err.Error()
		}
	default:
		o.record.Message = err.Error()
	}
	o.result.State = o.record.State
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWrites)
	defer cancel()
	if saveErr := o.write(last); saveErr != nil {
		return errors.Join(err, saveErr)
	}
	return err
}

// outcome returns what the record says of a phase of the newest revision.
func (o *operation) outcome(number int) *history.PhaseOutcome {
	latest, ok := o.record.Revision(o.record.Target)
	if !ok || number >= len(latest.Phases) {
		return &history.PhaseOutcome{} // a record that was edited; the rollout is what counts
	}
	return &latest.Phases[number]
}

// beginPhase notes in the record that a phase is under way, where it was not
// available before or something has to be written. It is saved with the end of the
// phase before.
func (o *operation) beginPhase(n *next, number int) {
	outcome := o.outcome(number)
	if outcome.State == history.PhaseProgressing || outcome.State == history.PhaseAvailable && !n.changes() {
		return
	}
	now := o.options.Now().UTC()
	outcome.State, outcome.Began, outcome.Ended, outcome.Message = history.PhaseProgressing, &now, nil, ""
}

// phase applies the objects of a phase and waits until they are available. Without
// waiting it returns what would be waited for.
func (o *operation) phase(ctx context.Context, n *next, number int, objects []*preflight.Object, options ApplyOptions) ([]Waiting, error) {
	phase := &n.instance.Phases[number]
	outcome := o.outcome(number)
	began := time.Now()
	o.beginPhase(n, number)
	o.emit(Event{Type: EventPhase, Phase: phase.Name, Total: len(phase.Objects)})
	w := o.newWait(phase.Name, began)
	err := o.applyPhase(ctx, w, n.instance, objects, options)
	var waiting []Waiting
	if err == nil {
		waiting, err = o.await(ctx, w, n.instance, options)
	}
	if o.options.Metrics != nil && (err != nil || len(waiting) == 0) {
		o.options.Metrics.Phase(o.release, phase.Name, time.Since(began), err)
	}
	var failed *PhaseError
	if errors.As(err, &failed) {
		now := o.options.Now().UTC()
		outcome.State, outcome.Ended, outcome.Message = history.PhaseFailed, &now, err.Error()
	}
	if err != nil || len(waiting) > 0 {
		return waiting, err
	}
	o.emit(Event{Type: EventPhaseAvailable, Phase: phase.Name})
	if bringsKinds(objects) {
		o.forget(phase.Class)
	}
	if outcome.State == history.PhaseProgressing {
		now := o.options.Now().UTC()
		outcome.State, outcome.Ended = history.PhaseAvailable, &now
		if number+1 < len(n.instance.Phases) { // the last one is saved with the whole
			o.beginPhase(n, number+1)
			return nil, o.saveProgress(ctx, n, w, objects)
		}
	}
	return nil, nil
}

// bringsKinds tells whether a phase may change what the cluster serves.
func bringsKinds(objects []*preflight.Object) bool {
	for _, object := range objects {
		switch object.Reference.Kind {
		case "CustomResourceDefinition", "APIService":
			return true
		}
	}
	return false
}

// forget makes the clusters ask again what they serve.
func (o *operation) forget(class string) {
	if client, err := o.clusterOf(class); err == nil {
		client.Forget()
	}
}
