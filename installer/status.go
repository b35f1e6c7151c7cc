package installer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/installer/probe"
	"github.com/packstage/packstage/packagetypes"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Status returns how a release is: phase by phase, object by object, as the
// cluster has it at the moment. Nothing is written.
//
// A revision that cannot be read is a warning in the status; the objects are then
// unknown. Errors: [*history.NotFoundError], those of the cluster.
func (i *Installer) Status(ctx context.Context, release cluster.Release) (*Status, error) {
	record, err := i.History(ctx, release)
	if err != nil {
		return nil, err
	}
	status := &Status{
		Release: release, Package: record.PackageName, State: record.State, Message: record.Message,
		Revision: record.Target, Available: record.Available, Paused: record.Paused,
	}
	if record.Rebuilt {
		status.Warnings = append(status.Warnings, "the record of the release was lost and made again from the revisions: apply again to make it true")
	}
	revision, ok := record.Revision(record.Target)
	if !ok {
		return status, nil
	}
	status.Reference = revision.Reference
	content, err := i.store.Content(ctx, release, *revision)
	var damaged *history.DamagedError
	if errors.As(err, &damaged) {
		status.Warnings = append(status.Warnings, damaged.Error())
		return status, nil
	}
	if err != nil {
		return nil, err
	}
	if err := i.liveStatus(ctx, status, record, revision, content); err != nil {
		return nil, err
	}
	if status.State == history.StateAvailable {
		status.notice()
	}
	return status, nil
}

// notice says where a release that became available is not so any more.
func (s *Status) notice() {
	missing := 0
	for _, phase := range s.Phases {
		for _, object := range phase.Objects {
			if object.Status != probe.Available {
				missing++
			}
		}
	}
	if missing > 0 {
		verb := "are"
		if missing == 1 {
			verb = "is"
		}
		s.Message = fmt.Sprintf("it was available, and now %d of its objects %s not", missing, verb)
	}
}

// Healthy tells whether the newest revision is available, and every object of it
// is so now.
func (s *Status) Healthy() bool {
	if s.State != history.StateAvailable || len(s.Warnings) > 0 {
		return false
	}
	for _, phase := range s.Phases {
		for _, object := range phase.Objects {
			if object.Status != probe.Available {
				return false
			}
		}
	}
	return true
}

// liveStatus fills in what the cluster says.
func (i *Installer) liveStatus(ctx context.Context, status *Status, record *history.Record, revision *history.Revision, content *history.Content) error {
	objects, err := i.locate(ctx, status.Release, content.Instance)
	if err != nil {
		return err
	}
	found, err := i.readLocated(ctx, status.Release, true, objects)
	if err != nil {
		return err
	}
	probes, err := probe.Compile(content.Instance.AvailabilityProbes, i.options.Probe)
	if err != nil {
		return err
	}
	rest := objects // in the order of the phases
	for number, phase := range content.Instance.Phases {
		one := PhaseStatus{Name: phase.Name, Class: phase.Class, State: history.PhasePending}
		if number < len(revision.Phases) {
			outcome := revision.Phases[number]
			one.State, one.Began, one.Ended, one.Message = outcome.State, outcome.Began, outcome.Ended, outcome.Message
		}
		for _, object := range rest[:len(phase.Objects)] {
			judged := objectStatus(ctx, status.Release, probes, object.reference, found[object.place()], one.Began)
			if found[object.place()] == nil && one.State == history.PhaseAvailable && cleansUp(object.object) {
				judged.Status, judged.Reason, judged.Message = probe.Available, "Ended", "it has ended, and was removed as its ttlSecondsAfterFinished says"
			}
			one.Objects = append(one.Objects, judged)
		}
		rest = rest[len(phase.Objects):]
		status.Phases = append(status.Phases, one)
	}
	status.Conditions = mappedConditions(objects, found)
	if revision.Pruned && record.Removal == nil {
		return nil
	}
	return i.leaving(ctx, status, content)
}

// objectStatus judges one object of a release.
func objectStatus(ctx context.Context, release cluster.Release, probes *probe.Set, reference cluster.Reference, object *unstructured.Unstructured, began *time.Time) ObjectStatus {
	var content map[string]any
	if object != nil {
		content = object.Object
	}
	result := probes.Check(ctx, content)
	status := ObjectStatus{Object: reference, Status: result.Status, Reason: result.Reason, Message: result.Message, Since: result.Since}
	if object != nil && cluster.Owner(object) != release {
		status.Status, status.Reason, status.Message = probe.Progressing, "Foreign", "it exists, and is not of this release"
	}
	if status.Since.IsZero() && status.Status != probe.Available && began != nil {
		status.Since = *began
	}
	return status
}

// leaving fills in the objects of earlier revisions that are still there.
func (i *Installer) leaving(ctx context.Context, status *Status, content *history.Content) error {
	leftovers, err := i.asServed(ctx, content.Leftovers, func(text string) { status.Warnings = append(status.Warnings, text) })
	if err != nil {
		return err
	}
	wanted := map[string][]cluster.Reference{}
	for _, leftover := range leftovers {
		wanted[leftover.Class] = append(wanted[leftover.Class], leftover.Reference)
	}
	found, err := i.read(ctx, status.Release, false, wanted)
	if err != nil {
		return err
	}
	for _, leftover := range leftovers {
		object := found[i.placeOf(leftover)]
		if object == nil || cluster.Owner(object) != status.Release {
			continue
		}
		one := ObjectStatus{Object: leftover.Reference, Status: probe.Available, Reason: "Leftover", Message: "it goes when the new revision is available"}
		if stamp := object.GetDeletionTimestamp(); stamp != nil {
			one.Status, one.Reason, one.Message, one.Since = probe.Terminating, "Deleting", "it is being removed", stamp.UTC()
		}
		status.Leaving = append(status.Leaving, one)
	}
	return nil
}

// mappedConditions lifts the conditions that the package asks for, sorted by type;
// of two objects that are lifted to one type the first one counts.
func mappedConditions(objects []located, found map[place]*unstructured.Unstructured) []Condition {
	var conditions []Condition
	known := map[string]bool{}
	for _, object := range objects {
		live := found[object.place()]
		if live == nil {
			continue
		}
		for _, mapping := range object.object.ConditionMappings() {
			if known[mapping.DestinationType] {
				continue
			}
			if condition, ok := conditionOf(live, mapping); ok {
				known[mapping.DestinationType] = true
				condition.Object = object.reference
				conditions = append(conditions, condition)
			}
		}
	}
	slices.SortFunc(conditions, func(a, b Condition) int { return cmp.Compare(a.Type, b.Type) })
	return conditions
}

// conditionOf returns a condition of an object under its new name.
func conditionOf(object *unstructured.Unstructured, mapping packagetypes.ConditionMapping) (Condition, bool) {
	all, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
	for _, item := range all {
		condition, _ := item.(map[string]any)
		if condition["type"] != mapping.SourceType {
			continue
		}
		status, _ := condition["status"].(string)
		reason, _ := condition["reason"].(string)
		message, _ := condition["message"].(string)
		stamp, _ := condition["lastTransitionTime"].(string)
		since, _ := time.Parse(time.RFC3339, stamp)
		if observed, ok := condition["observedGeneration"].(int64); ok && observed != object.GetGeneration() {
			status, message = "Unknown", "the condition is about an older state of the object"
		}
		return Condition{Type: mapping.DestinationType, Status: status, Reason: reason, Message: message, Since: since}, true
	}
	return Condition{}, false
}
