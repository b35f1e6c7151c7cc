package compare

import (
	"slices"

	"github.com/packstage/packstage/diagnostic"
)

// Rise says which part of a semantic version a change asks for.
type Rise string

// The rises. Below version 1.0.0, where anything may change at any time, authors
// commonly take the next lower one.
const (
	RiseNone  Rise = "none"
	RisePatch Rise = "patch"
	RiseMinor Rise = "minor"
	RiseMajor Rise = "major"
)

// Subject is one of the two packages.
type Subject struct {
	// Name of the package.
	Name string `json:"name"`
	// Reference is what the caller calls it, such as the argument of a command.
	Reference string `json:"reference,omitempty"`
	// ContentDigest is that of its files, ImageDigest that of the image where it
	// is one.
	ContentDigest string `json:"contentDigest"`
	ImageDigest   string `json:"imageDigest,omitempty"`
}

// Report is what was found by [Compare].
type Report struct {
	A Subject `json:"a"`
	B Subject `json:"b"`
	// Verdict is the worst effect of all changes; "" where there is none.
	Verdict Effect `json:"verdict,omitempty"`
	// Rise is what the changes ask of the version.
	Rise Rise `json:"rise"`
	// Counts are the numbers of changes by effect.
	Counts Counts `json:"counts"`
	// Changes in the order of component, area, object and field; never nil.
	Changes []Change `json:"changes"`
	// Cases are those that were rendered; never nil.
	Cases []ComparedCase `json:"cases"`
	// Areas that were compared.
	Areas []Area `json:"areas"`
	// Findings say what could not be compared, and why; never nil.
	Findings diagnostic.Diagnostics `json:"diagnostics"`
}

// Counts are numbers of changes by effect.
type Counts struct {
	Breaking   int `json:"breaking"`
	Notable    int `json:"notable"`
	Compatible int `json:"compatible"`
}

// ComparedCase is a case that was rendered with A and with B.
type ComparedCase struct {
	Component string `json:"component,omitempty"`
	Name      string `json:"name"`
	// From is the side that the case is of; B where both have it.
	From Side `json:"from"`
	// Compared is set where it rendered in both, so that objects were compared.
	Compared bool `json:"compared"`
	// Ignored are configuration keys that one side does not have, and that were
	// left out there, so that objects could be compared all the same.
	Ignored []string `json:"ignored,omitempty"`
}

// Different reports whether there is any change.
func (r *Report) Different() bool { return len(r.Changes) > 0 }

// Reasons returns the changes that the verdict rests on: those of its effect.
func (r *Report) Reasons() []Change {
	return slices.DeleteFunc(slices.Clone(r.Changes), func(c Change) bool { return c.Effect != r.Verdict })
}

// judge sorts the changes and sets what follows from them.
func (r *Report) judge() {
	if r.Changes == nil {
		r.Changes = []Change{}
	}
	if r.Cases == nil {
		r.Cases = []ComparedCase{}
	}
	if r.Findings == nil {
		r.Findings = diagnostic.Diagnostics{}
	}
	sortChanges(r.Changes)
	for _, change := range r.Changes {
		switch change.Effect {
		case Breaking:
			r.Counts.Breaking++
		case Notable:
			r.Counts.Notable++
		default:
			r.Counts.Compatible++
		}
	}
	r.Verdict, r.Rise = Verdict(r.Changes)
}

// Verdict returns the worst effect of changes, "" where there are none, and what
// they ask of the version: a breaking change the next major one, a notable change
// or an addition the next minor one, any other change the next patch.
func Verdict(changes []Change) (Effect, Rise) {
	if len(changes) == 0 {
		return "", RiseNone
	}
	verdict, rise := Compatible, RisePatch
	for _, change := range changes {
		if change.Effect.rank() < verdict.rank() {
			verdict = change.Effect
		}
		if change.Code.isAddition() {
			rise = RiseMinor
		}
	}
	switch verdict {
	case Breaking:
		rise = RiseMajor
	case Notable:
		rise = RiseMinor
	}
	return verdict, rise
}
