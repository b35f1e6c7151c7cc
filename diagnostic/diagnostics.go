package diagnostic

import (
	"fmt"
	"slices"
	"strings"
)

// Diagnostics is a list of findings and an error. Functions return it sorted
// (see [Diagnostics.Sorted]).
type Diagnostics []Diagnostic

// Error returns one finding a line.
func (ds Diagnostics) Error() string {
	switch len(ds) {
	case 0:
		return "no findings"
	case 1:
		return ds[0].Error()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d findings:", len(ds))
	for _, d := range ds {
		b.WriteString("\n- ")
		b.WriteString(d.Error())
	}
	return b.String()
}

// Unwrap returns the findings one by one, for errors.Is and errors.As.
func (ds Diagnostics) Unwrap() []error {
	errs := make([]error, len(ds))
	for i, d := range ds {
		errs[i] = d
	}
	return errs
}

// Err returns the list as an error when it holds at least one finding of
// severity [Error], and nil otherwise. The error then holds the warnings too.
func (ds Diagnostics) Err() error {
	if !ds.HasErrors() {
		return nil
	}
	return ds
}

// HasErrors reports whether at least one finding is of severity [Error].
func (ds Diagnostics) HasErrors() bool {
	return slices.ContainsFunc(ds, func(d Diagnostic) bool { return d.Severity == Error })
}

// WithSeverity returns the findings of that severity, in the same order.
func (ds Diagnostics) WithSeverity(severity Severity) Diagnostics {
	var found Diagnostics
	for _, d := range ds {
		if d.Severity == severity {
			found = append(found, d)
		}
	}
	return found
}

// Sorted returns the findings ordered by component, position, field, code and
// message, without duplicates. A finding without a hint gets the general one of
// its code, where there is one. The receiver is left as it is.
func (ds Diagnostics) Sorted() Diagnostics {
	sorted := slices.Clone(ds)
	for i := range sorted {
		if sorted[i].Hint == "" {
			sorted[i].Hint = generalHint(sorted[i].Code)
		}
	}
	slices.SortStableFunc(sorted, compare)
	return slices.CompactFunc(sorted, func(a, b Diagnostic) bool {
		a.Err, b.Err = nil, nil
		return a == b
	})
}

func compare(a, b Diagnostic) int {
	if c := strings.Compare(a.Component, b.Component); c != 0 {
		return c
	}
	if c := a.Position.Compare(b.Position); c != 0 {
		return c
	}
	if c := strings.Compare(a.Field, b.Field); c != 0 {
		return c
	}
	if c := strings.Compare(string(a.Code), string(b.Code)); c != 0 {
		return c
	}
	if c := strings.Compare(a.Message, b.Message); c != 0 {
		return c
	}
	if c := int(a.Severity) - int(b.Severity); c != 0 {
		return c
	}
	return strings.Compare(a.Hint, b.Hint)
}

// From returns the findings inside err, sorted, as far as they are all that err
// holds, and whether there are any. An error that merely wraps findings in more
// text counts as findings, and so does one that joins several lists of them. An
// error that joins findings with another error does not: the other one is
// trouble that must not be lost.
func From(err error) (Diagnostics, bool) {
	found, only := collect(err)
	if !only || len(found) == 0 {
		return nil, false
	}
	return found.Sorted(), true
}

// collect returns the findings inside err, and whether it holds nothing else.
func collect(err error) (found Diagnostics, only bool) {
	switch e := err.(type) { //nolint:errorlint // it walks the tree itself, one level at a time
	case Diagnostics:
		return e, true
	case Diagnostic:
		// Its cause belongs to it, even if that is a list of findings.
		return Diagnostics{e}, true
	case interface{ Unwrap() error }:
		return collect(e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			more, only := collect(inner)
			if !only {
				return nil, false
			}
			found = append(found, more...)
		}
		return found, true
	default:
		return nil, false
	}
}
