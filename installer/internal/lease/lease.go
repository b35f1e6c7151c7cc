package lease

import (
	"errors"
	"fmt"
	"time"

	"github.com/packstage/packstage/installer/cluster"
)

const (
	// DefaultDuration is that of [Options] which do not say otherwise.
	DefaultDuration = 15 * time.Second
	// MaxDuration is the longest that a Lease may hold without being renewed. A Lease
	// that says more is taken for one that says this.
	MaxDuration = 10 * time.Minute
)

// ReadWriter is what is asked of a cluster.
type ReadWriter interface {
	cluster.Reader
	cluster.Writer
}

// Options say how to acquire a Lease.
type Options struct {
	// Duration for which the Lease holds without being renewed: whole seconds, from
	// one to [MaxDuration]. Default [DefaultDuration].
	Duration time.Duration
	// Wait is how long to wait for another holder that is alive. With 0 it is an error
	// as soon as that one is seen to be alive, which takes a third of its duration,
	// and one that is not is taken over.
	Wait time.Duration
	// Holder says for people who holds the Lease, like "ann@laptop". What is written
	// has random characters behind it, so that no two holders are the same.
	Holder string
	// FieldManager is the name under which the Lease is written.
	FieldManager string
	// OnWait, where set, is called when another holder has to be waited for, once for
	// each, with what that one calls itself in a line fit for a message: since is when that one acquired the Lease, by its clock, and zero where it
	// does not say.
	OnWait func(holder string, since time.Time)
}

// withDefaults fills in and checks.
func (o Options) withDefaults() (Options, error) {
	if o.Duration == 0 {
		o.Duration = DefaultDuration
	}
	if o.Duration < time.Second || o.Duration > MaxDuration || o.Duration%time.Second != 0 {
		return o, fmt.Errorf("lease duration %s: it has to be whole seconds, from 1s to %s", o.Duration, MaxDuration)
	}
	if o.Wait < 0 {
		return o, fmt.Errorf("lease wait %s: it cannot be negative", o.Wait)
	}
	if o.Holder == "" {
		o.Holder = "unknown"
	}
	return o, nil
}

// HeldError tells that another holder is alive.
type HeldError struct {
	Release cluster.Release
	// Holder is what that one calls itself, in a line fit for a message, and Renewed its
	// last renewal by its own clock; zero where it does not say.
	Holder  string
	Renewed time.Time
}

// Error names the holder, and says what to do.
func (e *HeldError) Error() string {
	return fmt.Sprintf("release %s is being changed by %s: wait until that has ended, and run it again; where nobody should be at work, find out who renews the Lease %s in namespace %s, and delete it",
		e.Release, e.Holder, Reference(e.Release).Name, e.Release.Namespace)
}

// LostError tells that the Lease is no longer held.
type LostError struct {
	Release cluster.Release
	// Holder is who has it now, in a line fit for a message; empty where nobody does, or
	// where that is not known.
	Holder string
	// Deleted tells that the Lease is gone, as when its namespace is removed.
	Deleted bool
	// Err is why it could not be renewed, where that is the reason.
	Err error
}

// Error says how it was lost, and what to do.
func (e *LostError) Error() string {
	how := "it could not be renewed in time"
	switch {
	case e.Deleted:
		how = "it was deleted"
	case e.Holder != "":
		how = "it was taken over by " + e.Holder
	case e.Err != nil:
		how += ": " + e.Err.Error()
	}
	return fmt.Sprintf("the lock of release %s was lost (%s), so nothing more is written: run it again", e.Release, how)
}

// Unwrap returns why it could not be renewed.
func (e *LostError) Unwrap() error { return e.Err }

// errReleased is what Check says after Release.
var errReleased = errors.New("the lock of the release was given back")
