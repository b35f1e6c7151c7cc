package lease

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer/cluster"
)

// Acquire returns the Lease of a release, held. A released one is taken at once, one
// whose holder has died after the duration that it says. The Lease is renewed until
// [Held.Release], which has to be called, or until ctx ends.
//
// Errors: [*HeldError] where another holder is alive and Options.Wait has passed;
// the cause of ctx; IsNotFound where the namespace does not exist; others of the
// cluster, wrapped.
func Acquire(ctx context.Context, c ReadWriter, release cluster.Release, options Options) (*Held, error) {
	options, err := options.withDefaults()
	if err != nil {
		return nil, err
	}
	a := &acquirer{cluster: c, release: release, options: options, identity: newIdentity(options.Holder), began: time.Now()}
	for {
		object, err := a.try(ctx)
		if object != nil {
			return newHeld(ctx, a, object, a.sent), nil
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil {
			var other *HeldError
			if errors.As(err, &other) {
				return nil, err // it says which release
			}
			return nil, fmt.Errorf("lock release %s: %w", release, err)
		}
		if err := a.pause(ctx); err != nil {
			return nil, err
		}
	}
}

// acquirer is one who wants the Lease.
type acquirer struct {
	cluster  ReadWriter
	release  cluster.Release
	options  Options
	identity string
	// began is when acquiring did, last what was seen last, and since when first.
	began time.Time
	last  seen
	since time.Time
	// sent is when the last attempt to write the Lease was sent.
	sent time.Time
	// alive tells that the Lease was seen to change under a holder.
	alive bool
	// told is the holder that OnWait was called for.
	told string
}

// try takes the Lease where it is free or stale; nil where it is neither, or where
// someone else was faster.
func (a *acquirer) try(ctx context.Context) (*unstructured.Unstructured, error) {
	object, err := a.cluster.Get(ctx, Reference(a.release))
	if apierrors.IsNotFound(err) {
		a.sent = time.Now()
		object, err = a.cluster.Create(ctx, newObject(a.release, a.identity, a.options.Duration), a.writeOptions())
		if apierrors.IsAlreadyExists(err) {
			return nil, nil
		}
		return object, err
	}
	if err != nil {
		return nil, err
	}
	now := observe(object)
	if now != a.last {
		a.alive = a.alive || a.last != seen{}
		a.last, a.since = now, time.Now()
	}
	// It may be held by this one already: the answer to an attempt was lost.
	if now.holder == a.identity && time.Since(a.sent) < a.options.Duration/3 {
		return object, nil
	}
	taken := now.holder != "" && now.holder != a.identity
	if taken && time.Since(a.since) < durationOf(object, a.options.Duration) {
		return nil, a.held(object, now.holder)
	}
	a.sent = time.Now()
	hold(object, a.identity, a.options.Duration)
	object, err = a.cluster.Update(ctx, object, a.writeOptions())
	if apierrors.IsConflict(err) || apierrors.IsNotFound(err) {
		return nil, nil
	}
	return object, err
}

// held tells of a holder, and is an error where waiting is over.
func (a *acquirer) held(object *unstructured.Unstructured, holder string) error {
	if a.alive && time.Since(a.began) >= a.options.Wait {
		return &HeldError{Release: a.release, Holder: shown(holder), Renewed: specTime(object, "renewTime")}
	}
	if a.told != holder {
		a.told = holder
		if a.options.OnWait != nil {
			a.options.OnWait(shown(holder), specTime(object, "acquireTime"))
		}
	}
	return nil
}

// pause waits until the next look.
func (a *acquirer) pause(ctx context.Context) error {
	timer := time.NewTimer(a.options.Duration / 15)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

func (a *acquirer) writeOptions() cluster.WriteOptions {
	return cluster.WriteOptions{FieldManager: a.options.FieldManager}
}
