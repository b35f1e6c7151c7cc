package installer

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/installer/internal/lease"
	"github.com/packstage/packstage/installer/probe"
)

// HeldError tells that another installer works on the release.
type HeldError = lease.HeldError

// operation is one call that changes a release, from taking the lease to giving
// it back.
type operation struct {
	*Installer
	release cluster.Release
	held    *lease.Held
	// caller is the context of whoever called, which outlives the lease.
	caller context.Context //nolint:containedctx // an operation lives as long as its call
	// leaseGoes tells that the lease is deleted with its namespace, which is no loss.
	leaseGoes bool
	record    *history.Record
	result    *Result
	probes    *probe.Set
	// deadline of all phases together; zero is none.
	deadline time.Time
	// recordRead is when the record was last read or written, which is how a pause is
	// noticed.
	recordRead time.Time
	// written is the progress in the record as it was last read or written here.
	written string
	// unsaved is how many objects were worked on since the record was written.
	unsaved int
	counts  sync.Mutex
}

// begin takes the lease of a release and reads its record; one that does not exist
// is made, in memory. Missing tells that a moment ago there were no revisions
// either, so that they are not looked for again. Whoever calls it calls end.
func (i *Installer) begin(ctx context.Context, release cluster.Release, timeout time.Duration, missing bool) (*operation, context.Context, error) {
	o := &operation{Installer: i, release: release, caller: ctx, result: &Result{Release: release}}
	held, err := lease.Acquire(ctx, i.cluster, release, lease.Options{
		Duration: i.options.LeaseDuration, Wait: i.options.LeaseWait, Holder: i.options.Who, FieldManager: i.options.FieldManager,
		OnWait: func(holder string, since time.Time) {
			o.emit(Event{Type: EventLease, Message: "another installer (" + holder + ") has the release; waiting for it to finish, or for its lease to run out"})
		},
	})
	if err != nil {
		return nil, ctx, err
	}
	o.held = held
	o.record, err = i.load(held.Context(), release, missing)
	switch {
	case isNotFound(err):
		o.record = &history.Record{Release: release}
	case err != nil:
		o.end(ctx)
		return nil, ctx, o.lost(err)
	case o.record.Rebuilt:
		o.emit(Event{Type: EventWarning, Message: "the record of the release is missing; it was made again from the revisions"})
	}
	o.recordRead, o.written = time.Now(), progressOf(o.record)
	if timeout > 0 {
		o.deadline = time.Now().Add(timeout)
	}
	return o, held.Context(), nil
}

// load reads the record of a release. Where nothing was there a moment ago, it is
// enough that there is no record still: what somebody has stored in between and not
// recorded is replaced when the revision is written.
func (i *Installer) load(ctx context.Context, release cluster.Release, missing bool) (*history.Record, error) {
	if missing {
		if record, err := getOrNil(ctx, i.cluster, history.RecordReference(release)); err == nil && record == nil {
			return nil, &history.NotFoundError{Release: release}
		}
	}
	return i.store.Load(ctx, release)
}

// end gives the lease back, also when the caller's context is done.
func (o *operation) end(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWrites)
	defer cancel()
	if err := o.held.Release(ctx); err != nil {
		o.emit(Event{Type: EventWarning, Message: "the lease could not be given back and has to run out: " + err.Error()})
	}
}

// lastWrites is how long the last writes of an operation may take whose context is
// done.
const lastWrites = 5 * time.Second

// lost returns why the lease was lost where that is why a call failed.
func (o *operation) lost(err error) error {
	var lost *lease.LostError
	if err != nil && !o.leaseGoes && errors.As(context.Cause(o.held.Context()), &lost) {
		return lost
	}
	return err
}

// isLost tells whether somebody else may have the lease now.
func (o *operation) isLost() bool {
	var lost *lease.LostError
	return errors.As(context.Cause(o.held.Context()), &lost)
}

// emit tells an observer what happens, one event at a time.
func (o *operation) emit(event Event) {
	if o.options.Observe == nil {
		return
	}
	event.Release = o.release
	if event.Revision == 0 && o.record != nil {
		event.Revision = o.record.Target
	}
	o.tell(event)
}

// count changes the result under its lock.
func (o *operation) count(change func(*Result)) {
	o.counts.Lock()
	defer o.counts.Unlock()
	change(o.result)
}

// save writes the record. A pause that somebody else has written meanwhile is kept
// and ends the operation with a [*PausedError].
func (o *operation) save(ctx context.Context) error {
	if err := o.held.Check(); err != nil {
		return err
	}
	return o.write(ctx)
}

// write is save without a look at the lease, for the last write of an operation whose
// context is done. Nobody's work is overwritten: what another installer has written
// since is left, and is the error of it.
func (o *operation) write(ctx context.Context) error {
	err := o.store.Save(ctx, o.record)
	for attempt := 1; isChanged(err) && attempt < attempts; attempt++ {
		fresh, loadErr := o.store.Load(ctx, o.release)
		if loadErr != nil {
			return loadErr
		}
		if progressOf(fresh) != o.written && !fresh.Rebuilt {
			return fmt.Errorf("another installer works on release %s: %w", o.release, err)
		}
		paused := fresh.Paused
		fresh.State, fresh.Message = o.record.State, o.record.Message
		fresh.Target, fresh.Available = o.record.Target, o.record.Available
		fresh.Revisions, fresh.Removal = o.record.Revisions, o.record.Removal
		fresh.PackageName, fresh.Scope = o.record.PackageName, o.record.Scope
		o.record = fresh
		if err = o.store.Save(ctx, o.record); err == nil && paused != nil {
			err = &PausedError{Release: o.release, Pause: *paused}
		}
	}
	var paused *PausedError
	if err == nil || errors.As(err, &paused) {
		o.written, o.unsaved = progressOf(o.record), 0
	}
	o.recordRead = time.Now()
	return err
}

// progressOf is what installers write into a record, in short: what somebody else may
// change without being one, a pause, is not in it.
func progressOf(record *history.Record) string {
	var text strings.Builder
	fmt.Fprint(&text, record.State, record.Target, record.Available, record.Removal != nil, record.Removal != nil && record.Removal.Gone)
	for i := range record.Revisions {
		revision := &record.Revisions[i]
		fmt.Fprint(&text, " ", revision.Number, revision.State, revision.Pruned, revision.ContentDigest)
	}
	return text.String()
}

// pauseInterval is how often a long wait looks whether the release was paused.
const pauseInterval = 5 * time.Second

// checkPause looks from time to time whether somebody has paused the release.
func (o *operation) checkPause(ctx context.Context) error {
	if time.Since(o.recordRead) < min(pauseInterval, 2*o.options.PollInterval) {
		return nil
	}
	record, err := o.store.Load(ctx, o.release)
	if err != nil {
		return err
	}
	o.recordRead = time.Now()
	if record.Paused == nil {
		return nil
	}
	return &PausedError{Release: o.release, Pause: *record.Paused}
}
