package retrying

import (
	"context"
	"math/rand/v2"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/installer/cluster"
)

// Options say how calls are repeated; the zero value is the default.
type Options struct {
	// For is how long a call is repeated; 2 minutes where it is 0, not at all where it
	// is negative. A repetition that would begin later is not made.
	For time.Duration
	// Observe is told of each call when it has ended, with all its repetitions.
	// Several goroutines call it at a time.
	Observe func(Call)
	// OnRetry is told of each failure that is followed by a repetition, of Secrets without
	// what the server says, and how long is waited before. Several goroutines call it at a time.
	OnRetry func(err error, wait time.Duration)

	// Now, Sleep and Jitter are for tests. Sleep ends with its context and returns its
	// error then; Jitter returns numbers from 0 to below 1.
	Now    func() time.Time
	Sleep  func(ctx context.Context, wait time.Duration) error
	Jitter func() float64
}

// Call is one call of the Cluster.
type Call struct {
	// Verb is get, list, create, update, apply, delete or discover. Kind, which is
	// answered from memory mostly, is not told of.
	Verb string
	// Kind of the objects; empty for discover.
	Kind schema.GroupVersionKind
	// Reference of the object; empty for list and discover.
	Reference cluster.Reference
	// DryRun tells that nothing was to be stored.
	DryRun bool
	// Duration is that of all attempts and of the waiting between them.
	Duration time.Duration
	// Attempts is how often the call was made, at least once.
	Attempts int
	// Err is how it ended.
	Err error
}

const (
	defaultFor = 2 * time.Minute
	// firstWait doubles with each repetition up to lastWait; between half of it and
	// all of it is waited.
	firstWait = 100 * time.Millisecond
	lastWait  = 5 * time.Second
	// webhookAttempts is how often a call is made whose webhook does not answer. They
	// take up to 12 seconds, enough for one whose Pod has just become ready.
	webhookAttempts = 8
	// unreachableFor is how long a server is tried that has never answered, and that
	// refuses connections: it may be the wrong address.
	unreachableFor = 10 * time.Second
)

func (o Options) withDefaults() Options {
	if o.For == 0 {
		o.For = defaultFor
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Jitter == nil {
		o.Jitter = rand.Float64
	}
	return o
}

func sleep(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
