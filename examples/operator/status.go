package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/installer/probe"
)

var truth = map[bool]metav1.ConditionStatus{true: metav1.ConditionTrue, false: metav1.ConditionFalse}

// report writes into the status how the release is, and what came of the step.
func (s *step) report(ctx context.Context) error {
	live, err := s.installer.Status(ctx, s.release)
	if err != nil {
		live = &installer.Status{State: "NotInstalled"}
		if !errors.As(err, new(*history.NotFoundError)) && s.err == nil {
			s.err = err
		}
	}
	waiting, waitingIn, failed := "", map[string]string{}, ""
	for _, one := range s.result.Waiting {
		text := fmt.Sprintf("%s: %s\n", one.Object, one.Message)
		waiting, waitingIn[one.Phase] = waiting+text, waitingIn[one.Phase]+text
	}
	s.Status.Revision, s.Status.Available, s.Status.Phases = live.Revision, live.Available, nil
	for _, phase := range live.Phases {
		if waitingIn[phase.Name] != "" {
			phase.State, phase.Message = history.PhaseProgressing, waitingIn[phase.Name]
		}
		s.Status.Phases = append(s.Status.Phases, Phase{phase.Name, phase.State, phase.Message})
		for _, object := range phase.Objects {
			if object.Status == probe.Failed {
				failed += fmt.Sprintf("%s: %s\n", object.Object, object.Message)
			}
		}
	}
	reason := string(live.State)
	switch {
	case s.err != nil && errors.As(s.err, new(*installer.BlockedError)):
		reason, failed = "Blocked", s.err.Error()
	case s.err != nil:
		reason, failed = "Error", s.err.Error()
	case live.Paused != nil:
		reason, live.Message = "Paused", "by "+live.Paused.Who+": "+live.Paused.Why
	}
	conditions := live.Conditions
	for kind, own := range map[string]struct {
		is      bool
		message string
	}{"Available": {s.err == nil && live.Healthy(), live.Message}, "Progressing": {waiting != "", waiting}, "Failed": {failed != "", failed}} {
		conditions = append(conditions, installer.Condition{Type: kind, Status: string(truth[own.is]), Reason: reason, Message: own.message})
	}
	old := s.Status.Conditions
	s.Status.Conditions = nil
	for _, c := range conditions {
		next := metav1.Condition{
			Type: c.Type, Status: metav1.ConditionStatus(c.Status), Reason: cmp.Or(c.Reason, "Unknown"), Message: c.Message,
			ObservedGeneration: s.object.GetGeneration(), LastTransitionTime: metav1.Now(),
		}
		if before := meta.FindStatusCondition(old, c.Type); before != nil && before.Status == next.Status {
			next.LastTransitionTime = before.LastTransitionTime
		}
		meta.SetStatusCondition(&s.Status.Conditions, next)
	}
	s.Status.ObservedGeneration = s.object.GetGeneration()
	s.object.Object["status"], err = runtime.DefaultUnstructuredConverter.ToUnstructured(&s.Status)
	return err
}

// observe makes Events of what the installer does.
func (s *step) observe(event installer.Event) {
	kind, about := "Normal", "release"
	switch event.Type {
	case installer.EventFailed, installer.EventWarning, installer.EventKept:
		kind = "Warning"
	case installer.EventObject, installer.EventDeleted, installer.EventPhaseAvailable, installer.EventFinished:
	default: // what comes with each step
		return
	}
	if event.Phase != "" {
		about = "phase " + event.Phase
	}
	if event.Object != nil {
		about = event.Object.String()
	}
	done := cmp.Or(string(event.Action), string(event.Type))
	s.events.Eventf(s.object, nil, kind, string(event.Type), done, "%.1000s", about+": "+cmp.Or(event.Message, done))
}
