package validate

import (
	"slices"
	"strings"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
)

// Rule checks one aspect of a package. Implementations are stateless and safe
// for concurrent use.
type Rule interface {
	// Check returns everything that breaks the rule. Findings have a code; their
	// position may be left to the caller where Field says enough.
	Check(subject Subject) diagnostic.Diagnostics
}

// RuleFunc is a Rule that is a function.
type RuleFunc func(subject Subject) diagnostic.Diagnostics

// Check calls the function.
func (f RuleFunc) Check(subject Subject) diagnostic.Diagnostics { return f(subject) }

// Subject is what a rule looks at. It is read-only.
type Subject struct {
	// Package is the package with its manifest, lock and files.
	Package *packagetypes.Package
	// Instance is the rendered package, or nil while only the package itself is
	// checked.
	Instance *packagetypes.Instance
	// Environment is the cluster that the instance was rendered for, as far as the
	// context said.
	Environment manifest.Environment
	// Positions finds out where fields of the instance's objects stand; nil where
	// that is not known. [Subject.ValuePosition] and [Subject.KeyPosition] ask it.
	Positions Positions
}

// Positions finds out where fields of rendered objects stand in the files of the
// package. A path consists of string keys and int indexes from the root of the
// object. Of a field that is not there they return the nearest part of its path
// that is. It is work, meant for where there is something to report.
type Positions interface {
	// Value returns where the value of a field stands.
	Value(object packagetypes.Object, path ...any) diagnostic.Position
	// Key returns where the key of a field stands; for an item of a list it is
	// the item.
	Key(object packagetypes.Object, path ...any) diagnostic.Position
}

// ValuePosition returns where the value of a field of an object stands: its file,
// line and column, as far as they can be known.
func (s Subject) ValuePosition(object packagetypes.Object, path ...any) diagnostic.Position {
	if s.Positions == nil {
		return object.Source()
	}
	return s.Positions.Value(object, path...)
}

// KeyPosition is [Subject.ValuePosition] for the key of a field.
func (s Subject) KeyPosition(object packagetypes.Object, path ...any) diagnostic.Position {
	if s.Positions == nil {
		return object.Source()
	}
	return s.Positions.Key(object, path...)
}

// Run runs rules over a subject. Findings without a position get that of their
// field in the manifest, and the name of the component.
func Run(subject Subject, rules ...Rule) diagnostic.Diagnostics {
	var found diagnostic.Diagnostics
	for _, rule := range rules {
		found = append(found, rule.Check(subject)...)
	}
	return Complete(subject.Package, found)
}

// Complete fills in what findings about a package leave open: the position of
// their field in the manifest, and the component. It returns them sorted; found is
// left as it is.
func Complete(pkg *packagetypes.Package, found diagnostic.Diagnostics) diagnostic.Diagnostics {
	found = slices.Clone(found)
	fields := locator(pkg, pkg.ManifestPath)
	for i := range found {
		if found[i].Component == "" {
			found[i].Component = pkg.Component
		}
		if found[i].Position.IsZero() && found[i].Field != "" {
			found[i].Position = fields.Position(found[i].Field)
		}
	}
	return found.Sorted()
}

// locator finds fields in a file of the package. One that is not there has no
// fields.
func locator(pkg *packagetypes.Package, path string) *manifest.Locator {
	data, _ := pkg.Files.Read(path)
	return manifest.NewLocator(path, data)
}

// ForAuthors returns the findings with the severity that they have for the
// author of a package: warnings about the manifest, the lock, the schema, file
// names and YAML become errors.
func ForAuthors(found diagnostic.Diagnostics) diagnostic.Diagnostics {
	raised := make(diagnostic.Diagnostics, len(found))
	for i, d := range found {
		code := string(d.Code)
		for _, prefix := range [...]string{"manifest-", "lock-", "schema-", "files-", "yaml-"} {
			if d.Severity == diagnostic.Warning && strings.HasPrefix(code, prefix) {
				d.Severity = diagnostic.Error
			}
		}
		raised[i] = d
	}
	return raised.Sorted()
}
