package installer

import (
	"context"
	"errors"
	"fmt"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/installer/internal/preflight"
	"github.com/packstage/packstage/installer/probe"
	"github.com/packstage/packstage/packagetypes"
)

// next is a revision that is about to be rolled out.
type next struct {
	instance *packagetypes.Instance
	number   int
	// resumed tells that the newest revision has this content already.
	resumed bool
	// objects of the instance; known are those that the cluster is known to have got.
	objects   []located
	known     baseline
	leftovers []history.Leftover
	checked   *preflight.Result
}

// judging says what is told while the next revision is judged, and what is kept of it.
type judging struct {
	warn     func(string)
	progress func(done, total int)
	// results keeps what the dry runs have returned.
	results bool
}

// prepareNext finds out what has to be done, without a write.
func (i *Installer) prepareNext(ctx context.Context, release cluster.Release, record *history.Record, instance *packagetypes.Instance, options ApplyOptions, how judging) (*next, error) {
	n := &next{instance: instance, number: record.Next()}
	err := fits(release, instance)
	if err != nil {
		return nil, err
	}
	if n.objects, err = i.locate(ctx, release, instance); err != nil && !i.classMissing(instance) { // a finding of the preflight
		return nil, err
	}
	if latest, ok := record.Revision(record.Target); ok {
		content, err := i.store.Content(ctx, release, *latest)
		var damaged *history.DamagedError
		switch {
		case errors.As(err, &damaged):
			how.warn(damaged.Error() + "; what belongs to the release is looked for by its labels")
			if n.leftovers, err = i.search(ctx, release, how.warn); err != nil {
				return nil, err
			}
		case err != nil:
			return nil, err
		default:
			before, err := i.locate(ctx, release, content.Instance)
			if err != nil {
				return nil, err
			}
			n.known = newBaseline(record, before)
			n.resumed = latest.Identity == history.Identity(instance)
			if n.resumed {
				n.number = latest.Number
			}
			n.leftovers = leftovers(before, content.Leftovers, latest.Pruned)
		}
	}
	n.leftovers = i.without(n.leftovers, n.objects)
	judged, err := i.preflightOptions(ctx, release, n, options)
	if err != nil {
		return nil, err
	}
	judged.OnProgress, judged.WithoutResults = how.progress, !how.results
	if n.checked, err = preflight.Check(ctx, judged); err != nil {
		return nil, err
	}
	n.leaveEnded(record)
	return n, nil
}

// leaveEnded leaves alone what has done its work, for the last available revision or in
// a phase of this one that was available, and was removed after that as it wanted:
// making it again would do the work again.
func (n *next) leaveEnded(record *history.Record) {
	if n.checked.Blocked {
		return // not all objects are known
	}
	reached := map[int]bool{}
	if latest, ok := record.Revision(record.Target); ok && n.resumed {
		for number, phase := range latest.Phases {
			reached[number] = phase.State == history.PhaseAvailable
		}
	}
	for i := range n.checked.Objects {
		object := &n.checked.Objects[i]
		if object.Action == preflight.ActionCreate && cleansUp(n.objects[i].object) && (n.known.has(n.objects[i]) || reached[object.Phase]) {
			object.Action = preflight.ActionUnchanged
		}
	}
}

// wanted are the objects that the release goes on to have; never nil.
func (n *next) wanted() *holdings {
	wanted := newHoldings()
	for _, object := range n.objects {
		wanted.add(object.home, object.reference)
	}
	return wanted
}

// byPhase returns what was found out about the objects of each phase.
func (n *next) byPhase() [][]*preflight.Object {
	phases := make([][]*preflight.Object, len(n.instance.Phases))
	for i := range n.checked.Objects {
		object := &n.checked.Objects[i]
		phases[object.Phase] = append(phases[object.Phase], object)
	}
	return phases
}

func (o *operation) prepare(ctx context.Context, instance *packagetypes.Instance, options ApplyOptions) (*next, error) {
	n, err := o.prepareNext(ctx, o.release, o.record, instance, options, judging{warn: o.warn, progress: o.preflight})
	if err != nil {
		return nil, err
	}
	o.probes, err = probe.Compile(instance.AvailabilityProbes, o.options.Probe)
	return n, err
}

// classMissing tells whether a phase has a class that no cluster is given for.
func (i *Installer) classMissing(instance *packagetypes.Instance) bool {
	for _, phase := range instance.Phases {
		if _, err := i.clusterOf(phase.Class); err != nil {
			return true
		}
	}
	return false
}

// leftovers returns everything that may be in the cluster from a revision and
// those before it.
func leftovers(objects []located, earlier []history.Leftover, pruned bool) []history.Leftover {
	var all []history.Leftover
	for _, object := range objects {
		all = append(all, object.leftover())
	}
	if !pruned {
		all = append(all, earlier...)
	}
	return all
}

// without returns the leftovers that are not among the objects, each once.
func (i *Installer) without(all []history.Leftover, objects []located) []history.Leftover {
	seen := make(map[place]bool, len(objects))
	for _, object := range objects {
		seen[object.place()] = true
	}
	var kept []history.Leftover
	for _, leftover := range all {
		if at := i.placeOf(leftover); !seen[at] {
			seen[at] = true
			kept = append(kept, leftover)
		}
	}
	return kept
}

// beginRevision writes the revision and the record that says it is the one to be
// reached.
func (o *operation) beginRevision(ctx context.Context, n *next, options ApplyOptions, rollbackTo int) error {
	if n.resumed {
		latest, _ := o.record.Revision(o.record.Target)
		if n.changes() || o.record.State != history.StateAvailable {
			latest.State, latest.Message = history.RevisionProgressing, ""
		}
	} else {
		o.dropFailed(ctx)
		about := history.Revision{
			Number: n.number, State: history.RevisionProgressing,
			Reference: options.Reference, Who: o.who(ctx), Why: options.Why, When: o.options.Now().UTC(), RollbackTo: rollbackTo,
		}
		revision, err := o.store.Put(ctx, o.release, n.number, &history.Content{Instance: n.instance, Leftovers: n.leftovers}, about)
		if err != nil {
			return o.tooLarge(err)
		}
		revision.Pruned = len(n.leftovers) == 0
		o.record.Revisions = append(o.record.Revisions, revision)
		o.record.Target = n.number
		o.result.NewRevision = true
	}
	if len(n.instance.Phases) > 0 {
		o.beginPhase(n, 0)
	}
	o.record.PackageName, o.record.Scope = n.instance.PackageName, n.instance.Scope
	o.record.State, o.record.Message = history.StateProgressing, ""
	o.result.Revision, o.result.State = o.record.Target, o.record.State
	if err := o.save(ctx); err != nil {
		return err
	}
	message := fmt.Sprintf("revision %d", o.record.Target)
	if n.resumed {
		message += ", continued"
	}
	o.emit(Event{Type: EventRevision, Message: message})
	return nil
}

// changes tells whether anything has to be written.
func (n *next) changes() bool {
	for i := range n.checked.Objects {
		if n.checked.Objects[i].Action != preflight.ActionUnchanged {
			return true
		}
	}
	return false
}
