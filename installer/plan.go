package installer

import (
	"context"
	"errors"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/fields"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/installer/internal/preflight"
	"github.com/packstage/packstage/packagetypes"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Plan returns what [Installer.Apply] would do with an instance now: what is
// created, changed field by field, adopted and deleted, in which phase, and what
// blocks it. Nothing is written; the server is asked to try each write.
//
// What only shows later, like objects of a kind that an earlier phase brings, is
// deferred and says so. Errors are those of the cluster; whatever is found wrong is
// in the plan, which has no phases where not even the release's state may be read.
func (i *Installer) Plan(ctx context.Context, release cluster.Release, instance *packagetypes.Instance, options ApplyOptions) (*Plan, error) {
	if err := checkRelease(release); err != nil {
		return nil, err
	}
	record, err := i.store.Load(ctx, release)
	switch {
	case isNotFound(err):
		record = &history.Record{Release: release}
	case err != nil:
		var blocked *BlockedError
		if refused := i.explainRefusal(ctx, release, instance, options, err); errors.As(refused, &blocked) {
			return &Plan{Release: release, Diagnostics: blocked.Diagnostics}, nil
		}
		return nil, err
	case record.Paused != nil:
		return nil, &PausedError{Release: release, Pause: *record.Paused}
	case record.Removal != nil:
		return nil, &RemovingError{Release: release}
	}
	reporter := i.reporter(release, record)
	n, err := i.prepareNext(ctx, release, record, instance, options, judging{warn: reporter.warn, progress: reporter.preflight, results: true})
	if blocked := (*BlockedError)(nil); errors.As(err, &blocked) {
		return &Plan{Release: release, Diagnostics: blocked.Diagnostics}, nil
	}
	if err != nil {
		return nil, err
	}
	plan := &Plan{Release: release, Revision: n.number, NewRevision: !n.resumed, Diagnostics: n.checked.Diagnostics}
	for number, objects := range n.byPhase() {
		phase := &instance.Phases[number]
		one := PlanPhase{Name: phase.Name, Class: phase.Class}
		for _, object := range objects {
			one.Objects = append(one.Objects, planObject(instance, object, phase.Name))
		}
		plan.Phases = append(plan.Phases, one)
	}
	plan.Deletions, err = i.planDeletions(ctx, release, n.leftovers, removeOptions{wanted: n.wanted()})
	return plan, err
}

// PlanDelete returns what [Installer.Delete] would remove, in this order, and what
// it would keep. Errors: [*history.NotFoundError], those of the cluster.
func (i *Installer) PlanDelete(ctx context.Context, release cluster.Release, options DeleteOptions) (*Plan, error) {
	record, err := i.History(ctx, release)
	if err != nil {
		return nil, err
	}
	all, err := i.everything(ctx, release, record, i.reporter(release, record).warn)
	if err != nil {
		return nil, err
	}
	plan := &Plan{Release: release, Revision: record.Target}
	plan.Deletions, err = i.planDeletions(ctx, release, all, removeOptions{deleteForeign: options.DeleteForeign})
	return plan, err
}

// reporter tells events outside of an operation.
func (i *Installer) reporter(release cluster.Release, record *history.Record) *operation {
	return &operation{Installer: i, release: release, record: record, result: &Result{}}
}

func (o *operation) warn(text string) { o.emit(Event{Type: EventWarning, Message: text}) }

func (o *operation) preflight(done, total int) {
	o.emit(Event{Type: EventPreflight, Done: done, Total: total})
}

// planObject says what would be done with an object.
func planObject(instance *packagetypes.Instance, object *preflight.Object, phase string) PlanObject {
	planned := PlanObject{Object: object.Reference, Phase: phase, Why: object.Deferred}
	switch object.Action {
	case preflight.ActionCreate:
		planned.Action = ActionCreate
	case preflight.ActionAdopt:
		planned.Action = ActionAdopt
	case preflight.ActionDeferred:
		planned.Action = ActionDeferred
	case preflight.ActionUnchanged:
		planned.Action = ActionUnchanged
	case preflight.ActionUpdate:
		planned.Action = ActionChange
	default:
		planned.Action = ActionBlocked
	}
	if object.Live != nil && object.Result != nil {
		planned.Changes = fields.Difference(object.Live, object.Result, fields.Options{IgnoreStatus: true, Mask: hiding(instance)})
		if planned.Action == ActionChange && len(planned.Changes) == 0 {
			planned.Action = ActionUnchanged
		}
	}
	return planned
}

// heldBy returns why a namespace or a definition will be kept for something that the
// same removal keeps, or "".
func (i *Installer) heldBy(leftover history.Leftover, object *unstructured.Unstructured, staying *holdings) string {
	if used := i.usedBy(cluster.Release{}, leftover, object, staying); used != "" {
		return foreignIn([]string{used})
	}
	return ""
}

// planDeletions says what would be deleted and kept, in the order of removal.
func (i *Installer) planDeletions(ctx context.Context, release cluster.Release, all []history.Leftover, options removeOptions) ([]PlanObject, error) {
	all, err := i.asServed(ctx, all, func(string) {})
	if err != nil {
		return nil, err
	}
	wanted := map[string][]cluster.Reference{}
	for _, leftover := range all {
		wanted[leftover.Class] = append(wanted[leftover.Class], leftover.Reference)
	}
	found, err := i.read(ctx, release, false, wanted)
	if err != nil {
		return nil, err
	}
	var planned []PlanObject
	staying := newHoldings() // what will be nobody's by the time that what holds it is to go
	for _, step := range removals(all) {
		for _, leftover := range step.objects {
			object := found[i.placeOf(leftover)]
			if object == nil {
				continue
			}
			if owner := cluster.Owner(object); owner != release {
				planned = append(planned, PlanObject{Object: leftover.Reference, Action: ActionKeep, Phase: leftover.Phase, Why: whyNotOurs(leftover, owner)})
				continue
			}
			client, err := i.clusterOf(leftover.Class)
			if err != nil {
				return nil, err
			}
			why, err := i.reasonToKeep(ctx, client, release, leftover, object, options)
			if err != nil {
				return nil, err
			}
			if why == "" && !options.deleteForeign {
				why = i.heldBy(leftover, object, staying)
			}
			one := PlanObject{Object: leftover.Reference, Action: ActionDelete, Phase: leftover.Phase, Why: why}
			if why != "" {
				one.Action = ActionKeep
				staying.add(i.home(leftover.Class), leftover.Reference)
			}
			planned = append(planned, one)
		}
	}
	return planned, nil
}
