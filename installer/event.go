package installer

import (
	"context"
	"iter"
	"time"

	"github.com/packstage/packstage/installer/cluster"
)

// EventType says what an [Event] tells.
type EventType string

const (
	// EventLease tells: another installer holds the release; it is waited for.
	EventLease EventType = "lease"
	// EventPreflight tells: objects are judged before the first write.
	EventPreflight EventType = "preflight"
	// EventRevision tells: a revision was begun.
	EventRevision EventType = "revision"
	// EventPhase tells: a phase begins.
	EventPhase EventType = "phase"
	// EventObject tells: an object was created, changed or adopted; Action says which.
	EventObject EventType = "object"
	// EventWaiting tells: an object is not available, or not gone, and why. It comes once,
	// and again when the reason changes.
	EventWaiting EventType = "waiting"
	// EventAvailable tells: an object became available.
	EventAvailable EventType = "available"
	// EventPhaseAvailable tells: all objects of a phase are available.
	EventPhaseAvailable EventType = "phase-available"
	// EventRemoving tells: phases or objects that are no longer wanted begin to go.
	EventRemoving EventType = "removing"
	// EventDeleted tells: an object is gone.
	EventDeleted EventType = "deleted"
	// EventKept tells: an object stays although its release wants it no longer, and why.
	EventKept EventType = "kept"
	// EventRetry tells: a call failed for a reason that may pass, and is repeated.
	EventRetry EventType = "retry"
	// EventWarning tells: something that somebody should know.
	EventWarning EventType = "warning"
	// EventFinished ends an operation that has done what was wanted.
	EventFinished EventType = "finished"
	// EventFailed ends one that has not.
	EventFailed EventType = "failed"
)

// Event is something that happened in the course of an operation. As JSON it is
// one line of the output of the command line.
type Event struct {
	Time     time.Time          `json:"time"`
	Type     EventType          `json:"type"`
	Release  cluster.Release    `json:"release"`
	Revision int                `json:"revision,omitempty"`
	Phase    string             `json:"phase,omitempty"`
	Object   *cluster.Reference `json:"object,omitempty"`
	Action   Action             `json:"action,omitempty"`
	Reason   string             `json:"reason,omitempty"`
	Message  string             `json:"message,omitempty"`
	// Done of Total objects, where progress is told.
	Done  int `json:"done,omitempty"`
	Total int `json:"total,omitempty"`
}

// Action is what is, or would be, done with an object.
type Action string

// What is done with objects.
const (
	ActionCreate    Action = "create"
	ActionChange    Action = "change"
	ActionUnchanged Action = "unchanged"
	ActionAdopt     Action = "adopt"
	ActionDelete    Action = "delete"
	// ActionKeep leaves an object that the release wants no longer.
	ActionKeep Action = "keep"
	// ActionDeferred will be known when an earlier phase is there.
	ActionDeferred Action = "deferred"
	// ActionBlocked is for an object with a finding that keeps it from being written.
	ActionBlocked Action = "blocked"
)

// Events runs an operation and yields what happens while it happens, and its error
// last, with a zero Event. Leaving the loop cancels the operation and waits for
// its end.
//
//	for event, err := range i.Events(ctx, func(ctx context.Context, i *installer.Installer) error {
//		_, err := i.Apply(ctx, release, instance, installer.ApplyOptions{})
//		return err
//	}) { … }
func (i *Installer) Events(ctx context.Context, operation func(context.Context, *Installer) error) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		events, gone := make(chan Event), make(chan struct{})
		defer close(gone) // whatever ends the loop
		done := make(chan error, 1)
		options := i.options
		observe := i.options.Observe
		options.Observe = func(event Event) {
			if observe != nil {
				observe(event)
			}
			select {
			case events <- event: // also when the context is done: the end is told, too
			case <-gone:
			}
		}
		go func() {
			done <- operation(ctx, New(i.client, options))
			close(events)
		}()
		for event := range events {
			if !yield(event, nil) {
				cancel()
				for range events { // until the operation has ended
				}
				return
			}
		}
		if err := <-done; err != nil {
			yield(Event{}, err)
		}
	}
}
