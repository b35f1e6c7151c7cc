package main

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/manifest"
)

var packageKind = schema.GroupVersionKind{Group: "packages.example.packstage.dev", Version: "v1alpha1", Kind: "Package"}

// Package asks for a release of its name. package/crds/packages.yaml says what the fields
// mean.
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
