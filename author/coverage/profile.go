package coverage

import "github.com/packstage/packstage/diagnostic"

// Version is that of the JSON form of a [Profile].
const Version = 1

// Profile is what the cases of some packages reached. Lists are sorted, so that
// equal profiles have equal bytes.
type Profile struct {
	Version  int       `json:"version"`
	Packages []Package `json:"packages"`
}

// Package is what the cases of one package or component reached.
type Package struct {
	// Name is that of the manifest.
	Name string `json:"name"`
	// Component is empty for the root of a package.
	Component string `json:"component,omitempty"`
	// Cases are the names of the cases that were rendered, sorted. Lists of cases
	// elsewhere are indexes into it.
	Cases      []string    `json:"cases"`
	Files      []File      `json:"files"`
	Conditions []Condition `json:"conditions"`
	Properties []Property  `json:"properties"`
}

// File is a template file with its points, in the order of the source.
type File struct {
	Path string `json:"path"`
	// Digest is the SHA-256 of the file, as "sha256:…".
	Digest string `json:"digest"`
	// Executions is how often the file itself was executed.
	Executions uint64  `json:"executions"`
	Points     []Point `json:"points"`
}

// Point is a part of a template that a case reaches or not.
type Point struct {
	// Kind is "action", "branch" or "definition".
	Kind string `json:"kind"`
	// Form says more: see [template.Point].
	Form string `json:"form"`
	// Else marks the branch that is taken where the decision is false, Implicit
	// one that is not written.
	Else     bool `json:"else,omitempty"`
	Implicit bool `json:"implicit,omitempty"`
	// Template is the name of the define in which it stands, where it stands in
	// one.
	Template string `json:"template,omitempty"`
	// Line and Column, in bytes, are those of the action, counted from 1.
	Line   int `json:"line"`
	Column int `json:"column"`
	// Start and End are the bytes of the file that it stands for.
	Start int `json:"start"`
	End   int `json:"end"`
	// Count is how often it was reached, Cases are the cases that did.
	Count uint64 `json:"count"`
	Cases []int  `json:"cases,omitempty"`
}

// Condition is a condition in CEL with its outcomes.
type Condition struct {
	// Origin is "named", "path", "annotation" or "function": see
	// [packageloader.ConditionOrigin].
	Origin string `json:"origin"`
	// Name of a named condition, glob of a path condition.
	Name       string              `json:"name,omitempty"`
	Expression string              `json:"expression"`
	Position   diagnostic.Position `json:"position"`
	// Constant marks an expression that reads nothing, whose only outcome counts.
	Constant bool    `json:"constant,omitempty"`
	True     Outcome `json:"true"`
	False    Outcome `json:"false"`
}

// Outcome is one of the outcomes of a condition.
type Outcome struct {
	Count uint64 `json:"count"`
	Cases []int  `json:"cases,omitempty"`
}

// Property is a property of the configuration that holds no other properties.
type Property struct {
	// Path is written as config.ports[*].name.
	Path string `json:"path"`
	// Field is its place in the manifest, Position where that stands.
	Field    string              `json:"field"`
	Position diagnostic.Position `json:"position"`
	// Used tells that templates or conditions read it at all, or that this cannot
	// be known.
	Used bool `json:"used"`
	// ReachedBy are the cases that read it, VariedBy those that set it to
	// something else than its default.
	ReachedBy []int `json:"reachedBy,omitempty"`
	VariedBy  []int `json:"variedBy,omitempty"`
}
