package installer

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/history"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// going is an object on its way out.
type going struct {
	history.Leftover
	uid  string
	said string
}

// awaitGone waits until objects are gone.
func (o *operation) awaitGone(ctx context.Context, w *wait, all []*going, noWait bool, check func() error) ([]Waiting, error) {
	for pause := newPause(o.options.PollInterval); ; {
		wanted := map[string][]cluster.Reference{}
		for _, leaving := range all {
			wanted[leaving.Class] = append(wanted[leaving.Class], leaving.Reference)
		}
		found, err := o.read(ctx, o.release, false, wanted)
		if err != nil {
			return nil, err
		}
		var waiting []Waiting
		all = slices.DeleteFunc(all, func(leaving *going) bool {
			object := found[o.placeOf(leaving.Leftover)]
			if object == nil || string(object.GetUID()) != leaving.uid {
				reference := leaving.Reference
				o.count(func(r *Result) { r.Deleted++ })
				o.emit(Event{Type: EventDeleted, Phase: w.phase, Object: &reference, Action: ActionDelete})
				return true
			}
			waiting = append(waiting, o.tellGoing(w, leaving, object))
			return false
		})
		switch {
		case len(all) == 0:
			return nil, nil
		case noWait:
			return waiting, nil
		case w.over():
			return nil, &PhaseError{Release: o.release, Revision: o.record.Target, Phase: w.phase, Removing: true, Waiting: waiting, After: time.Since(w.began)}
		}
		w.waited = true
		if err := pause.wait(ctx); err != nil {
			return nil, err
		}
		if err := check(); err != nil {
			return nil, err
		}
	}
}

// tellGoing says what the removal of an object waits for.
func (o *operation) tellGoing(w *wait, leaving *going, object *unstructured.Unstructured) Waiting {
	message := "it is being removed"
	finalizers := object.GetFinalizers()
	switch {
	case slices.Equal(finalizers, []string{"foregroundDeletion"}):
		message = "what it owns, like its pods, is removed first"
	case len(finalizers) > 0:
		message = "whoever set the finalizer has to clean up first: " + strings.Join(finalizers, ", ")
	}
	if why := terminationProblem(object); why != "" {
		message = why
	}
	waiting := Waiting{Object: leaving.Reference, Phase: w.phase, Reason: "Deleting", Message: message}
	if stamp := object.GetDeletionTimestamp(); stamp != nil {
		waiting.Since = stamp.UTC()
	}
	if leaving.said != message {
		leaving.said = message
		reference := leaving.Reference
		o.emit(Event{Type: EventWaiting, Phase: w.phase, Object: &reference, Reason: waiting.Reason, Message: message})
	}
	return waiting
}

// terminationProblem returns what a namespace says about why it does not end.
func terminationProblem(object *unstructured.Unstructured) string {
	conditions, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
	var problems []string
	for _, item := range conditions {
		condition, _ := item.(map[string]any)
		kind, _ := condition["type"].(string)
		message, _ := condition["message"].(string)
		if condition["status"] == "True" && message != "" && strings.HasPrefix(kind, "Namespace") {
			problems = append(problems, message)
		}
	}
	return strings.Join(problems, "; ")
}
