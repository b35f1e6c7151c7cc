package installer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/packagetypes"
)

// Apply makes the cluster what the instance says: judges everything beforehand,
// writes a revision, goes through the phases, and removes what the revision before
// had and this one has not. The same instance again changes nothing; after a break
// of any kind it goes on where it was.
//
// Errors: [*BlockedError] (nothing was written), [*PhaseError] (the revision
// failed; phases that were not reached are untouched), [*PausedError],
// [*RemovingError], [*HeldError], those of the context and of the cluster. The
// result says what was done before an error; it is nil where that is nothing.
func (i *Installer) Apply(ctx context.Context, release cluster.Release, instance *packagetypes.Instance, options ApplyOptions) (*Result, error) {
	return i.measured(release, "apply", func() (*Result, error) {
		return i.apply(ctx, release, instance, options, 0)
	})
}

// measured tells the metrics how long an operation took.
func (i *Installer) measured(release cluster.Release, name string, run func() (*Result, error)) (*Result, error) {
	began := time.Now()
	result, err := run()
	if i.options.Metrics != nil {
		i.options.Metrics.Operation(release, name, time.Since(began), err)
	}
	return result, err
}

func (i *Installer) apply(ctx context.Context, release cluster.Release, instance *packagetypes.Instance, options ApplyOptions, rollbackTo int) (*Result, error) {
	if err := checkRelease(release); err != nil {
		return nil, err
	}
	result, missing := i.unchanged(ctx, release, instance)
	if result != nil {
		return result, nil
	}
	o, ctx, err := i.begin(ctx, release, options.Timeout, missing)
	if err != nil {
		return nil, i.explainRefusal(ctx, release, instance, options, err)
	}
	defer o.end(ctx)
	result, err = o.applyHeld(ctx, instance, options, rollbackTo)
	return result, o.finish(err)
}

// finish tells the end of an operation and returns the error that it ended with.
func (o *operation) finish(err error) error {
	err = o.lost(err)
	if err != nil {
		o.emit(Event{Type: EventFailed, Message: err.Error()})
	}
	return err
}

// applyHeld applies under the lease, and goes back after a failure where that is
// wanted.
func (o *operation) applyHeld(ctx context.Context, instance *packagetypes.Instance, options ApplyOptions, rollbackTo int) (*Result, error) {
	result, err := o.applyOnce(ctx, instance, options, rollbackTo)
	var failed *PhaseError
	if !options.Atomic || !errors.As(err, &failed) || o.isLost() {
		return result, err
	}
	if o.record.Available != 0 && o.record.Available == o.record.Target {
		return result, err // it is the available one that has to be mended: there is nothing to go back to
	}
	o.deadline = time.Time{} // the way back has the time of its phases
	o.emit(Event{Type: EventWarning, Message: "going back: " + err.Error()})
	options.Atomic, options.NoWait, options.Why = false, false, ""
	if o.record.Available == 0 {
		if _, back := o.deleteHeld(ctx, DeleteOptions{}); back != nil {
			return result, errors.Join(err, fmt.Errorf("removing what was installed failed, too: %w", back))
		}
	} else if _, back := o.rollbackHeld(ctx, o.record.Available, options); back != nil {
		return result, errors.Join(err, fmt.Errorf("going back to revision %d failed, too: %w", o.record.Available, back))
	}
	result = o.result
	result.RolledBack = true
	return result, err
}

func (o *operation) applyOnce(ctx context.Context, instance *packagetypes.Instance, options ApplyOptions, rollbackTo int) (*Result, error) {
	o.result = &Result{Release: o.release}
	if o.record.Paused != nil {
		return nil, &PausedError{Release: o.release, Pause: *o.record.Paused}
	}
	if o.record.Removal != nil {
		return nil, &RemovingError{Release: o.release}
	}
	next, err := o.prepare(ctx, instance, options)
	if err != nil {
		return nil, err
	}
	o.result.Warnings = next.checked.Diagnostics
	if next.checked.Diagnostics.HasErrors() {
		return nil, &BlockedError{Release: o.release, Diagnostics: next.checked.Diagnostics}
	}
	if err := o.beginRevision(ctx, next, options, rollbackTo); err != nil {
		return nil, err
	}
	return o.result, o.rollout(ctx, next, options)
}
