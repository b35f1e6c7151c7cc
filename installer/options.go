package installer

import (
	"time"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/probe"
	"github.com/packstage/packstage/manifest"
)

// Options are what all calls of an [Installer] share. The zero value has good
// defaults.
type Options struct {
	// FieldManager owns the fields that are applied; "packstage" where it is empty.
	FieldManager string
	// Who is written into the history; where it is empty, it is whom the API server
	// takes the caller for.
	Who string
	// Clusters are those of phases with a class, by class. A phase whose class is not
	// here is refused.
	Clusters map[string]cluster.Cluster
	// Environment of the cluster, which the constraints of packages are judged by;
	// nil asks the cluster.
	Environment *manifest.Environment
	// Parallelism is how many objects of a phase are worked on at a time; 16 where it
	// is 0.
	Parallelism int
	// PhaseTimeout is how long a phase may take to become available, or to be gone;
	// 5 minutes where it is 0, no limit where it is negative.
	PhaseTimeout time.Duration
	// PollInterval is how long the cluster is left alone between two looks: it starts
	// at a fortieth of it and grows; 2 seconds where it is 0.
	PollInterval time.Duration
	// HistoryLimit is how many revisions are kept; 10 where it is 0, and
	// [MaxHistoryLimit] where it is more than that. The newest and the last available one
	// are always kept, and as many that failed after it.
	HistoryLimit int
	// LeaseDuration is after what time a killed installer counts as dead; 15 seconds
	// where it is 0, and whole seconds.
	LeaseDuration time.Duration
	// LeaseWait is how long to wait for another installer that works on the release;
	// 0 gives up as soon as it is known to be alive.
	LeaseWait time.Duration
	// RetryFor is how long a call is repeated that fails for a reason that passes;
	// 2 minutes where it is 0, not at all where it is negative.
	RetryFor time.Duration
	// Probe steers how availability is judged.
	Probe probe.Options
	// Observe is told what happens while it happens. It is called by one goroutine at
	// a time and must not call back.
	Observe func(Event)
	// Metrics is told how long things took.
	Metrics Metrics
	// Now is the clock for what is written down; time.Now where it is nil. No decision
	// depends on it.
	Now func() time.Time
}

// Metrics is a hook for whoever measures. Its methods are called by several
// goroutines at a time.
type Metrics interface {
	// Call ends a call of the API server.
	Call(verb string, kind string, took time.Duration, err error)
	// Phase ends a phase of a rollout.
	Phase(release cluster.Release, phase string, took time.Duration, err error)
	// Operation ends a call of the installer: "apply", "rollback", "delete".
	Operation(release cluster.Release, operation string, took time.Duration, err error)
}

// ApplyOptions are options of [Installer.Apply], [Installer.Rollback],
// [Installer.Wait] and [Installer.Plan].
type ApplyOptions struct {
	// Reference of the package, like "registry.example.com/shop:v1", for the history.
	Reference string
	// Why is written into the history.
	Why string
	// Adopt takes over objects that exist and have no other controller, and those of
	// Package Operator; see docs/installer.md.
	Adopt bool
	// Force takes over fields that other managers own.
	Force bool
	// NoWait goes as far as is possible without waiting: phases begin only after the
	// one before is available, here as always. Whoever calls again goes on; time limits
	// begin anew with each call.
	NoWait bool
	// Atomic goes back to the last available revision when the new one fails, and
	// removes everything where there is none, what it has adopted included. The way back
	// is waited for, also with NoWait. Nothing is done where it is the available revision
	// itself that fails.
	Atomic bool
	// Timeout is how long all phases together may take; 0 is no limit.
	Timeout time.Duration
}

// DeleteOptions are options of [Installer.Delete].
type DeleteOptions struct {
	// DeleteForeign removes definitions whose custom resources, and namespaces whose
	// objects, belong to others, and so these, too. Without it they are kept.
	DeleteForeign bool
	// NoWait asks for the removal of the phases that can go now, and returns.
	NoWait bool
	// Timeout is how long the removal may take in all; 0 is no limit.
	Timeout time.Duration
}
