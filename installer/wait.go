package installer

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/internal/preflight"
	"github.com/packstage/packstage/installer/probe"
	"github.com/packstage/packstage/packagetypes"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// wait is the waiting for one phase.
type wait struct {
	phase string
	began time.Time
	limit time.Time // zero is none
	// waited tells that the end of the phase was not there at once.
	waited  bool
	mutex   sync.Mutex
	pending map[place]*pending
}

// pending is an object that is not available yet.
type pending struct {
	object *preflight.Object
	result probe.Result
	since  time.Time
	// failedBefore tells that the object counted as failed when it was first looked
	// at: it gets the time of the phase to recover.
	failedBefore bool
}

func (o *operation) newWait(phase string, began time.Time) *wait {
	w := &wait{phase: phase, began: began, pending: map[place]*pending{}, limit: o.deadline}
	if o.options.PhaseTimeout > 0 {
		if limit := began.Add(o.options.PhaseTimeout); w.limit.IsZero() || limit.Before(w.limit) {
			w.limit = limit
		}
	}
	return w
}

// over tells whether the time of the phase is over.
func (w *wait) over() bool { return !w.limit.IsZero() && time.Now().After(w.limit) }

// watch looks at an object that was just applied, and keeps it where it is not
// available yet.
func (o *operation) watch(ctx context.Context, w *wait, object *preflight.Object, applied *unstructured.Unstructured) {
	result := o.probes.Check(ctx, applied.Object)
	if result.Status == probe.Available {
		return
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.pending[o.placeIn(object.Class, object.Reference)] = &pending{
		object: object, result: result, since: time.Now(), failedBefore: result.Status == probe.Failed,
	}
	o.tellWaiting(w, object.Reference, result)
}

func (o *operation) tellWaiting(w *wait, reference cluster.Reference, result probe.Result) {
	o.emit(Event{Type: EventWaiting, Phase: w.phase, Object: &reference, Reason: result.Reason, Message: result.Message})
}

// await waits until all objects of a phase are available. Without waiting it
// returns those that are not.
func (o *operation) await(ctx context.Context, w *wait, instance *packagetypes.Instance, options ApplyOptions) ([]Waiting, error) {
	// A machine that is busy must not end a phase that was never looked at.
	looks := 0
	for pause := newPause(o.options.PollInterval); len(w.pending) > 0; looks++ {
		if failed := w.givenUp(); failed != nil {
			return nil, o.notAvailable(w, failed, true)
		}
		if options.NoWait {
			return w.waiting(), nil
		}
		if looks > 0 && w.over() {
			return nil, o.notAvailable(w, w.waiting(), false)
		}
		if err := o.checkPause(ctx); err != nil {
			return nil, err
		}
		if err := o.saveUnsaved(ctx); err != nil { // others see meanwhile what is waited for
			return nil, err
		}
		w.waited = true
		if err := pause.wait(ctx); err != nil {
			return nil, err
		}
		if err := o.look(ctx, w, instance, options); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func (o *operation) notAvailable(w *wait, waiting []Waiting, givenUp bool) error {
	return &PhaseError{Release: o.release, Revision: o.record.Target, Phase: w.phase, GivenUp: givenUp, Waiting: waiting, After: time.Since(w.began)}
}

// look reads the objects that are waited for, and makes again what somebody has
// deleted.
func (o *operation) look(ctx context.Context, w *wait, instance *packagetypes.Instance, options ApplyOptions) error {
	if err := o.held.Check(); err != nil {
		return err
	}
	wanted := map[string][]cluster.Reference{}
	for _, waited := range w.sorted() {
		wanted[waited.object.Class] = append(wanted[waited.object.Class], waited.object.Reference)
	}
	found, err := o.read(ctx, o.release, true, wanted)
	if err != nil {
		return err
	}
	for _, waited := range w.sorted() {
		reference := waited.object.Reference
		at := o.placeIn(waited.object.Class, reference)
		object := found[at]
		if object == nil && cleansUp(instance.Phases[waited.object.Phase].Objects[waited.object.Index]) {
			delete(w.pending, at)
			o.emit(Event{Type: EventAvailable, Phase: w.phase, Object: &reference, Message: "it has ended, and was removed as its ttlSecondsAfterFinished says"})
			continue
		}
		if object == nil || cluster.Owner(object) != o.release {
			message := "somebody has deleted it; it is made again"
			if object != nil {
				message = "it is not of this release any more; it is judged again"
			}
			o.emit(Event{Type: EventWarning, Phase: w.phase, Object: &reference, Message: message})
			if object, err = o.makeAgain(ctx, w, instance, waited.object, options); err != nil {
				return o.phaseError(ctx, w, reference, err)
			}
		}
		result := o.probes.Check(ctx, object.Object)
		if result.Status == probe.Available {
			delete(w.pending, at)
			o.emit(Event{Type: EventAvailable, Phase: w.phase, Object: &reference, Message: result.Message})
			continue
		}
		if result.Message != waited.result.Message {
			waited.since = time.Now()
			o.tellWaiting(w, reference, result)
		}
		waited.failedBefore = waited.failedBefore && result.Status == probe.Failed
		waited.result = result
	}
	return nil
}

// makeAgain judges an object anew and applies it.
func (o *operation) makeAgain(ctx context.Context, w *wait, instance *packagetypes.Instance, object *preflight.Object, options ApplyOptions) (*unstructured.Unstructured, error) {
	if err := o.judge(ctx, w, instance, []*preflight.Object{object}, options); err != nil {
		return nil, err
	}
	return o.applyObject(ctx, w, instance, object, options)
}

// sorted returns the objects that are waited for, in a settled order.
func (w *wait) sorted() []*pending {
	all := make([]*pending, 0, len(w.pending))
	for _, waited := range w.pending {
		all = append(all, waited)
	}
	slices.SortFunc(all, func(a, b *pending) int { return a.object.Reference.Compare(b.object.Reference) })
	return all
}

// waiting returns what is waited for, in words.
func (w *wait) waiting() []Waiting {
	var all []Waiting
	for _, waited := range w.sorted() {
		since := waited.result.Since
		if since.IsZero() {
			since = waited.since.UTC()
		}
		all = append(all, Waiting{
			Object: waited.object.Reference, Phase: w.phase,
			Reason: waited.result.Reason, Message: waited.result.Message, Since: since,
		})
	}
	return all
}

// givenUp returns the objects that cannot become available any more; nil where
// there is none. What had failed before the phase began may recover, except what
// never runs again.
func (w *wait) givenUp() []Waiting {
	var failed, all []Waiting
	for i, waited := range w.sorted() {
		final := waited.object.Reference.Kind == "Job" || waited.object.Reference.Kind == "Pod"
		if waited.result.Status == probe.Failed && (final || !waited.failedBefore) {
			if all == nil {
				all = w.waiting()
			}
			failed = append(failed, all[i])
		}
	}
	return failed
}

// pause is a growing pause between two looks at the cluster.
type pause struct{ next, longest time.Duration }

// newPause begins with a fortieth of the longest.
func newPause(longest time.Duration) *pause {
	return &pause{next: max(longest/40, time.Millisecond), longest: longest}
}

// wait waits, each time a quarter as long again, up to the longest.
func (p *pause) wait(ctx context.Context) error {
	timer := time.NewTimer(p.next)
	defer timer.Stop()
	p.next = min(p.next+p.next/4, p.longest)
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
