package diagnostic

import (
	"fmt"
	"strings"
)

// Severity says how bad a finding is.
type Severity int

const (
	// Error is a finding that makes the result unusable. It is the zero value,
	// so that a forgotten severity is never a silent one.
	Error Severity = iota
	// Warning is a finding that does not stop the work.
	Warning
	// Info is a remark.
	Info
)

// String returns "error", "warning" or "info".
func (s Severity) String() string {
	switch s {
	case Error:
		return "error"
	case Warning:
		return "warning"
	case Info:
		return "info"
	default:
		return fmt.Sprintf("severity(%d)", int(s))
	}
}

// MarshalText encodes the severity as its name.
func (s Severity) MarshalText() ([]byte, error) {
	if s < Error || s > Info {
		return nil, fmt.Errorf("unknown severity %d", int(s))
	}
	return []byte(s.String()), nil
}

// UnmarshalText decodes the name of a severity.
func (s *Severity) UnmarshalText(text []byte) error {
	for _, known := range []Severity{Error, Warning, Info} {
		if string(text) == known.String() {
			*s = known
			return nil
		}
	}
	return fmt.Errorf("unknown severity %q", text)
}

// Position is a place in a file of a package. The zero value means "nowhere in
// particular"; each field that is not known is zero.
type Position struct {
	// File is the slash path inside the package, or the name of another input
	// (a configuration file, a tar).
	File string `json:"file,omitempty"`
	// Line counts from 1.
	Line int `json:"line,omitempty"`
	// Column counts bytes from 1.
	Column int `json:"column,omitempty"`
	// Document is the number of the YAML document in the file, counted from 1.
	Document int `json:"document,omitempty"`
}

// IsZero reports whether nothing is known about the position.
func (p Position) IsZero() bool { return p == Position{} }

// String returns "file:line:column", leaving out what is not known. Where the
// line is unknown but the document is not, it says "file (document 2)".
func (p Position) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	switch {
	case p.Line > 0:
		if b.Len() == 0 {
			b.WriteString("line ")
		} else {
			b.WriteByte(':')
		}
		fmt.Fprintf(&b, "%d", p.Line)
		if p.Column > 0 {
			fmt.Fprintf(&b, ":%d", p.Column)
		}
	case p.Document > 0:
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "(document %d)", p.Document)
	}
	return b.String()
}

// Compare orders positions by file, line, column and document.
func (p Position) Compare(q Position) int {
	if c := strings.Compare(p.File, q.File); c != 0 {
		return c
	}
	for _, pair := range [...][2]int{{p.Line, q.Line}, {p.Column, q.Column}, {p.Document, q.Document}} {
		switch {
		case pair[0] < pair[1]:
			return -1
		case pair[0] > pair[1]:
			return 1
		}
	}
	return 0
}

// Diagnostic is one finding. It is an error of its own.
type Diagnostic struct {
	// Code names the kind of finding; it never changes its meaning.
	Code Code `json:"code"`
	// Severity says whether the finding stops the work.
	Severity Severity `json:"severity"`
	// Position is where the cause stands: for rendered output that is the
	// template, not the output.
	Position Position `json:"position,omitzero"`
	// Field is the path of the field inside its document, such as
	// "spec.phases[1].name".
	Field string `json:"field,omitempty"`
	// Component names the component of a multi-component package; the root has
	// none.
	Component string `json:"component,omitempty"`
	// Message says what is wrong, in one sentence without a full stop.
	Message string `json:"message"`
	// Hint says what to do about it, where that can be said.
	Hint string `json:"hint,omitempty"`
	// Err is the typed cause, where there is one, for errors.Is and errors.As.
	Err error `json:"-"`
}

// Error returns the finding in one line: position, field, message, hint, code.
func (d Diagnostic) Error() string {
	var b strings.Builder
	if d.Component != "" {
		fmt.Fprintf(&b, "component %s: ", d.Component)
	}
	if position := d.Position.String(); position != "" {
		b.WriteString(position)
		b.WriteString(": ")
	}
	if d.Severity != Error {
		b.WriteString(d.Severity.String())
		b.WriteString(": ")
	}
	if d.Field != "" {
		b.WriteString(d.Field)
		b.WriteString(": ")
	}
	b.WriteString(d.Message)
	if d.Hint != "" {
		fmt.Fprintf(&b, " (%s)", d.Hint)
	}
	if d.Code != "" {
		fmt.Fprintf(&b, " [%s]", d.Code)
	}
	return b.String()
}

// Unwrap returns the typed cause.
func (d Diagnostic) Unwrap() error { return d.Err }

// Is reports whether target is the code of this finding, so that
// errors.Is(err, diagnostic.ConfigUnknownKey) works on any error that holds it.
func (d Diagnostic) Is(target error) bool {
	code, ok := target.(Code)
	return ok && code == d.Code
}
