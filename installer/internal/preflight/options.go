package preflight

import (
	"context"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/fields"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
)

// Options say what is to be installed where.
type Options struct {
	Release  cluster.Release
	Instance *packagetypes.Instance
	// Cluster is where phases without a class go, and where the state of the release
	// lives.
	Cluster cluster.Cluster
	// Clusters are those of phases with a class, by class. A class whose cluster is
	// the same value as Cluster gives a package no more than no class does.
	Clusters map[string]cluster.Cluster
	// Environment of the cluster, which Constraints are judged by.
	Environment manifest.Environment
	Constraints []manifest.Constraint
	// OtherReleases returns the releases that install the same package in the same
	// scope; asked only where a constraint is about them. Release itself does not
	// count.
	OtherReleases func(ctx context.Context) ([]cluster.Release, error)
	// FieldManager of the dry runs.
	FieldManager string
	// Adopt takes over what exists and has no other controller, and what belongs to
	// Package Operator.
	Adopt bool
	// Force takes over fields that other managers own.
	Force bool
	// Parallelism is the most calls at a time; 16 where it is below 1.
	Parallelism int
	// Unchanged tells of an object of the release that nothing has to be done with:
	// it needs no dry run. Nil is none. It is called by several goroutines at a time.
	Unchanged func(reference cluster.Reference, live *unstructured.Unstructured) bool
	// Reserved tells of an object that only the installer may have, as
	// history.ReservedObject does. Nil is none.
	Reserved func(object map[string]any) bool
	// Deletions are objects that will be deleted; whether that is allowed is checked.
	Deletions []Deletion
	// WithoutResults leaves [Object.Result] out, which is as large as the object itself.
	WithoutResults bool
	// OnProgress is told how many dry runs are done of how many, by one goroutine at
	// a time.
	OnProgress func(done, total int)
}

// Deletion is an object that will be deleted, in the cluster of a class.
type Deletion struct {
	Reference cluster.Reference
	Class     string
}

// Action is what will be done with an object.
type Action string

const (
	// ActionCreate makes the object: there is none.
	ActionCreate Action = "Create"
	// ActionUpdate changes an object of the release.
	ActionUpdate Action = "Update"
	// ActionUnchanged leaves an object of the release as it is.
	ActionUnchanged Action = "Unchanged"
	// ActionAdopt takes over an object that is not the release's.
	ActionAdopt Action = "Adopt"
	// ActionDeferred is for what cannot be tried before: [Object.Deferred] says why.
	ActionDeferred Action = "Deferred"
)

// Object is what was found out about an object of the instance.
type Object struct {
	Reference cluster.Reference
	// Phase and Index say where the object stands: Instance.Phases[Phase].Objects[Index].
	Phase, Index int
	// Class of the phase.
	Class string
	// Action is empty where a finding kept the object from being looked at.
	Action Action
	// Live is the object in the cluster, nil where there is none or none was looked for.
	Live *unstructured.Unstructured
	// Result is what the dry run would have stored, nil where there was none or
	// [Options.WithoutResults] leaves it out.
	Result *unstructured.Unstructured
	// Desired is what will be applied, as [Desired] returns it; nil where the object
	// is too broken for it.
	Desired *unstructured.Unstructured
	// Deferred says why the object could not be tried, for people.
	Deferred string
	// Conflicts are the fields that other managers own.
	Conflicts []fields.Conflict
	// Diagnostics are the findings about this object, sorted. They are among those of
	// [Result.Diagnostics], too.
	Diagnostics diagnostic.Diagnostics
}

// Result is what [Check] found.
type Result struct {
	// Objects in the order of installation: all of the instance.
	Objects []Object
	// Diagnostics are all findings, sorted.
	Diagnostics diagnostic.Diagnostics
	// Blocked tells that one of them is an error: nothing must be written.
	Blocked bool
}
