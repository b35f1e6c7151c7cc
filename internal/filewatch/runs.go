package filewatch

import (
	"context"
	"slices"
	"time"
)

const (
	// mostGivenUp is how many runs in a row are given up before one goes to its end.
	mostGivenUp = 3
	// longestWithout is for how long runs are given up in any case: a checkout saves many
	// files one after the other, and then is done.
	longestWithout = 2 * time.Second
)

// Changes tells what changes; [Watcher] does.
type Changes interface {
	// Wait waits for changes, and returns their paths. What changes while nobody waits,
	// or while a call ends with ctx, is for the next call.
	Wait(ctx context.Context) ([]string, error)
}

// Runs runs something again whenever files change. A change gives up the run that is on
// its way, since nobody waits for results of files that are not those any more. Where
// files change all the time, as by a tool that synchronizes or generates them, nothing
// would ever come of that: after three runs in a row that were given up, and two seconds
// of that, the next one goes to its end.
//
// It is ready once it has Changes, and is for one goroutine at a time.
type Runs struct {
	Changes Changes
	// Finish lets every run go to its end.
	Finish bool
	// Ignored returns paths that are no changes, such as those of files that the run
	// writes. It is asked after each change; nil is none.
	Ignored func() []string

	givenUp int       // in a row
	since   time.Time // the first of them began
}

// Change is what changed since a run began.
type Change struct {
	// Paths are sorted.
	Paths []string
	// Meanwhile tells that the run went to its end though files changed: its results may
	// be those of before.
	Meanwhile bool
}

// Next calls run, whose context is done when the run is given up, and waits for a
// change. It returns once there is one and run has returned. The error is that of
// Changes.
func (r *Runs) Next(ctx context.Context, run func(ctx context.Context)) (Change, error) {
	began := time.Now()
	running, giveUp := context.WithCancel(ctx)
	defer giveUp()
	over, end := context.WithCancel(ctx)
	defer end()
	onChange := giveUp
	if r.Finish || r.givenUp >= mostGivenUp && began.Sub(r.since) >= longestWithout {
		onChange = func() {}
	}
	var change Change
	var err error
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		change, err = r.changes(ctx, over, onChange)
	}()
	run(running)
	gaveUp := running.Err() != nil
	end()
	<-watched
	change.Meanwhile = change.Meanwhile && !gaveUp
	switch {
	case !gaveUp:
		r.givenUp = 0
	case r.givenUp == 0:
		r.givenUp, r.since = 1, began
	default:
		r.givenUp++
	}
	return change, err
}

// changes waits for the first change, calls onChange, and collects what else changes
// until the run is over.
func (r *Runs) changes(ctx, over context.Context, onChange func()) (Change, error) {
	paths, err := r.wait(ctx)
	if err != nil {
		return Change{}, err
	}
	meanwhile := over.Err() == nil
	onChange()
	for over.Err() == nil {
		more, err := r.wait(over)
		if err != nil && over.Err() == nil {
			return Change{}, err
		}
		paths = append(paths, more...)
	}
	slices.Sort(paths)
	return Change{Paths: slices.Compact(paths), Meanwhile: meanwhile}, ctx.Err()
}

// wait waits until something changes that is not ignored.
func (r *Runs) wait(ctx context.Context) ([]string, error) {
	for {
		paths, err := r.Changes.Wait(ctx)
		if err != nil {
			return nil, err
		}
		if r.Ignored != nil {
			ignored := r.Ignored()
			paths = slices.DeleteFunc(paths, func(path string) bool { return slices.Contains(ignored, path) })
		}
		if len(paths) > 0 {
			return paths, nil
		}
	}
}
