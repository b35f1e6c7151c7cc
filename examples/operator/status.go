package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/manifest"
)

var packageKind = schema.GroupVersionKind{Group: "packages.example.packstage.dev", Version: "v1alpha1", Kind: "Package"}

// Package asks for a release of its name: see package/crds/packages.yaml.
type Package struct {
	Spec struct {
		Image              string         `json:"image"`
		Component          string         `json:"component"`
		Scope              manifest.Scope `json:"scope"`
		Config             map[string]any `json:"config"`
		ServiceAccountName string         `json:"serviceAccountName"`
		Paused             bool           `json:"paused"`
	} `json:"spec"`
	Status struct {
		ObservedGeneration int64              `json:"observedGeneration,omitempty"`
		Image              string             `json:"image,omitempty"`
		Revision           int                `json:"revision,omitempty"`
		Available          int                `json:"available,omitempty"`
		Phases             []Phase            `json:"phases,omitempty"`
		Conditions         []metav1.Condition `json:"conditions,omitempty"`
	} `json:"status"`
}

// Phase is how a phase of the release is.
type Phase struct {
	Name    string             `json:"name"`
	State   history.PhaseState `json:"state"`
	Message string             `json:"message,omitempty"`
}

// report writes into the status how the release is, and what came of the step.
func (s *step) report(ctx context.Context, before client.Patch) error {
	live, err := s.installer.Status(ctx, s.release)
	if err != nil {
		live = &installer.Status{State: "NotInstalled"}
		if s.err == nil && !errors.As(err, new(*history.NotFoundError)) {
			s.err = err
		}
	}
	waiting, waitingIn := "", map[string]string{}
	for _, one := range s.waiting {
		text := fmt.Sprintf("%s: %s\n", one.Object, one.Message)
		waiting, waitingIn[one.Phase] = waiting+text, waitingIn[one.Phase]+text
	}
	old := s.Status.Conditions
	s.Status.ObservedGeneration, s.Status.Revision, s.Status.Available = s.object.GetGeneration(), live.Revision, live.Available
	s.Status.Phases, s.Status.Conditions = nil, nil
	for _, phase := range live.Phases {
		if waitingIn[phase.Name] != "" {
			phase.State, phase.Message = history.PhaseProgressing, waitingIn[phase.Name]
		}
		s.Status.Phases = append(s.Status.Phases, Phase{phase.Name, phase.State, phase.Message})
	}
	reason, failure := string(live.State), ""
	switch {
	case errors.As(s.err, new(*installer.BlockedError)):
		reason, failure = "Blocked", s.err.Error()
	case s.err != nil:
		reason, failure = "Error", s.err.Error()
	case s.Spec.Paused:
		reason = "Paused"
	}
	own := func(kind string, is bool, message string) installer.Condition {
		return installer.Condition{Type: kind, Status: map[bool]string{true: "True", false: "False"}[is], Reason: reason, Message: message}
	}
	for _, c := range append(live.Conditions, own("Available", s.err == nil && live.Healthy(), live.Message),
		own("Progressing", waiting != "", waiting), own("Failed", failure != "", failure)) {
		next := metav1.Condition{
			Type: c.Type, Status: metav1.ConditionStatus(c.Status), Reason: cmp.Or(c.Reason, "Unknown"), Message: c.Message,
			ObservedGeneration: s.object.GetGeneration(), LastTransitionTime: metav1.Now(),
		}
		if was := meta.FindStatusCondition(old, c.Type); was != nil && was.Status == next.Status {
			next.LastTransitionTime = was.LastTransitionTime
		}
		meta.SetStatusCondition(&s.Status.Conditions, next)
	}
	s.object.Object["status"], err = runtime.DefaultUnstructuredConverter.ToUnstructured(&s.Status)
	return errors.Join(err, s.Client.Status().Patch(ctx, s.object, before))
}

// observe makes Events of what the installer does, without what comes with each step.
func (s *step) observe(event installer.Event) {
	kinds := map[installer.EventType]string{
		installer.EventObject: "Normal", installer.EventDeleted: "Normal", installer.EventFinished: "Normal",
		installer.EventKept: "Warning", installer.EventWarning: "Warning", installer.EventFailed: "Warning",
	}
	about := s.release.String()
	if event.Object != nil {
		about = event.Object.String()
	}
	if kind := kinds[event.Type]; kind != "" {
		done := cmp.Or(string(event.Action), string(event.Type))
		s.events.Eventf(s.object, nil, kind, string(event.Type), done, "%.1000s", about+": "+cmp.Or(event.Message, done))
	}
}
