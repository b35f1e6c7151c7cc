package lease

import (
	"context"
	"fmt"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer/cluster"
)

// Held is a Lease that is held, and renewed in the background. It is safe for
// concurrent use.
type Held struct {
	cluster  ReadWriter
	release  cluster.Release
	options  Options
	identity string

	ctx    context.Context
	cancel context.CancelCauseFunc
	// deadline ends the context when the Lease was not renewed in time, even where
	// a call hangs; ended is closed when the renewing goroutine has ended.
	deadline *time.Timer
	ended    chan struct{}
	once     sync.Once

	mutex sync.Mutex
	// object is the Lease as it was written last, renewed the time before that was
	// sent, and failed why the last attempt to renew it did not succeed.
	object   *unstructured.Unstructured
	renewed  time.Time
	failed   error
	lost     *LostError
	released bool
}

// newHeld begins to renew a Lease.
func newHeld(parent context.Context, a *acquirer, object *unstructured.Unstructured, sent time.Time) *Held {
	ctx, cancel := context.WithCancelCause(parent)
	h := &Held{
		cluster: a.cluster, release: a.release, options: a.options, identity: a.identity,
		ctx: ctx, cancel: cancel, ended: make(chan struct{}), object: object, renewed: sent,
	}
	h.deadline = time.AfterFunc(h.validFor()-time.Since(sent), func() { _ = h.Check() })
	go h.keep()
	return h
}

// validFor is how long after a renewal the Lease counts as held.
func (h *Held) validFor() time.Duration { return h.options.Duration * 9 / 10 }

// Context returns a context that ends with the one given to [Acquire], with
// [Held.Release], or when the Lease is lost: then [context.Cause] is a [*LostError].
func (h *Held) Context() context.Context { return h.ctx }

// Check returns nil while the Lease is held for certain, by the time that has
// passed since the last renewal. It asks no server, and is meant to be called before
// each write. Errors: [*LostError]; the cause of the context; one after
// [Held.Release].
func (h *Held) Check() error {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	switch {
	case h.released:
		return fmt.Errorf("release %s: %w", h.release, errReleased)
	case h.lost != nil:
		return h.lost
	case h.ctx.Err() != nil:
		return context.Cause(h.ctx)
	case time.Since(h.renewed) >= h.validFor():
		h.lose(&LostError{Release: h.release, Err: h.failed})
		return h.lost
	default:
		return nil
	}
}

// lose ends the context; the mutex is held.
func (h *Held) lose(lost *LostError) {
	if h.lost == nil && !h.released {
		h.lost = lost
		h.cancel(lost)
	}
}

// keep renews the Lease until the context ends.
func (h *Held) keep() {
	defer close(h.ended)
	pause := h.options.Duration / 3
	for {
		timer := time.NewTimer(pause)
		select {
		case <-h.ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		// After a failure sooner: until the deadline there is time for some attempts.
		pause = h.options.Duration / 3
		if !h.renew() {
			pause = h.options.Duration / 15
		}
	}
}

// renew renews the Lease once, and reports whether that succeeded.
func (h *Held) renew() bool {
	if h.Check() != nil {
		return false
	}
	h.mutex.Lock()
	object := h.object.DeepCopy()
	h.mutex.Unlock()
	sent := time.Now()
	hold(object, h.identity, h.options.Duration)
	written, err := h.cluster.Update(h.ctx, object, cluster.WriteOptions{FieldManager: h.options.FieldManager})
	var lost *LostError
	switch {
	case apierrors.IsNotFound(err):
		lost = &LostError{Release: h.release, Deleted: true, Err: err}
	case apierrors.IsConflict(err):
		if written, lost = h.look(); written != nil && specText(written, "renewTime") == specText(object, "renewTime") {
			err = nil // this very renewal, whose answer was lost
		}
	}
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if written != nil {
		h.object = written
	}
	if lost != nil {
		h.lose(lost)
	}
	if h.lost != nil || h.released || err != nil {
		h.failed = err
		return false
	}
	h.renewed, h.failed = sent, nil
	h.deadline.Reset(h.validFor() - time.Since(sent))
	return true
}

// look finds out who holds a Lease that has changed. Where it is still this one
// (an answer was lost, or someone has put a label on it), it returns the Lease as it
// is now.
func (h *Held) look() (*unstructured.Unstructured, *LostError) {
	object, err := h.cluster.Get(h.ctx, Reference(h.release))
	if apierrors.IsNotFound(err) {
		return nil, &LostError{Release: h.release, Deleted: true, Err: err}
	}
	if err != nil {
		return nil, nil
	}
	if holder := specText(object, "holderIdentity"); holder != h.identity {
		return nil, &LostError{Release: h.release, Holder: shown(holder)}
	}
	return object, nil
}

// Release gives the Lease back by deleting it, where it is still this one's, and
// ends the context before. It waits until renewing has ended, so that nothing goes
// on behind it. Its own context bounds it: not that of the work, which may have
// ended. A Lease that was lost, or is gone, is no error, and neither is a second
// call.
func (h *Held) Release(ctx context.Context) error {
	var err error
	h.once.Do(func() { err = h.giveBack(ctx) })
	return err
}

func (h *Held) giveBack(ctx context.Context) error {
	h.mutex.Lock()
	h.released = true
	h.mutex.Unlock()
	h.deadline.Stop()
	h.cancel(nil)
	select {
	case <-h.ended:
	case <-ctx.Done():
		return fmt.Errorf("give back the lock of release %s: %w", h.release, context.Cause(ctx))
	}
	if h.lost != nil && (h.lost.Deleted || h.lost.Holder != "") {
		return nil
	}
	// With preconditions: what someone else has taken in the meantime stays.
	object := h.object
	for range 3 {
		err := h.cluster.Delete(ctx, Reference(h.release), cluster.DeleteOptions{
			UID: object.GetUID(), ResourceVersion: object.GetResourceVersion(), Propagation: cluster.PropagationBackground,
		})
		if err == nil || apierrors.IsNotFound(err) {
			return nil
		}
		if !apierrors.IsConflict(err) {
			return fmt.Errorf("give back the lock of release %s: %w", h.release, err)
		}
		object, err = h.cluster.Get(ctx, Reference(h.release))
		if apierrors.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("give back the lock of release %s: %w", h.release, err)
		}
		if specText(object, "holderIdentity") != h.identity {
			return nil
		}
	}
	return fmt.Errorf("give back the lock of release %s: it changes all the time", h.release)
}
