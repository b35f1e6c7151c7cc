package fields

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Change is one field in which two objects differ.
type Change struct {
	// Path names the field; see the documentation of the package.
	Path string     `json:"path"`
	Kind ChangeKind `json:"kind"`
	// Before and After are the values in full, copied from the objects; nil where
	// there is none, or where they are masked. For a list whose items only changed
	// places they are lists of the items' keys or values.
	Before any `json:"before,omitempty"`
	After  any `json:"after,omitempty"`
	// Masked tells that the values must not be shown.
	Masked bool `json:"masked,omitempty"`
	// Managers are who owns the field in the live object, the one that wrote last
	// first.
	Managers []Manager `json:"managers,omitempty"`
}

// ChangeKind says what happened to a field.
type ChangeKind string

// The kinds of changes.
const (
	// Added: the field was not there before.
	Added ChangeKind = "added"
	// Removed: the field is not there any more.
	Removed ChangeKind = "removed"
	// Changed: the field has another value, or the items of the list another order.
	Changed ChangeKind = "changed"
)

// Manager is who owns a field, as the server notes it in metadata.managedFields.
type Manager struct {
	// Name is that of the program, like "kubectl-edit".
	Name string `json:"name"`
	// Operation is "Apply" for server-side apply, and "Update" for all else.
	Operation string `json:"operation"`
	// Subresource by which the field was written, like "scale"; often none.
	Subresource string `json:"subresource,omitempty"`
	// Time of the last change of what the manager owns; zero where the server does
	// not say.
	Time time.Time `json:"time,omitzero"`
}

// String returns name, way and time, like
// "kubectl with subresource scale (2026-01-02T03:04:05Z)".
func (m Manager) String() string {
	text := visible(m.Name)
	if m.Subresource != "" {
		text += " with subresource " + visible(m.Subresource)
	}
	if !m.Time.IsZero() {
		text += " (" + m.Time.UTC().Format(time.RFC3339) + ")"
	}
	return text
}

// mostText is the longest value, in characters, that String writes in full.
const mostText = 160

// String returns the change in a line for people: ".spec.replicas: 2 -> 3". Values
// that are long are cut, texts of several lines are counted (see [Lines]), masked
// ones are left out. It holds no character that a terminal would act on.
func (c Change) String() string {
	if c.Masked {
		return c.Path + ": " + string(c.Kind) + " (not shown)"
	}
	switch c.Kind {
	case Added:
		return c.Path + ": added " + brief(c.After)
	case Removed:
		return c.Path + ": removed " + brief(c.Before)
	}
	return c.Path + ": " + brief(c.Before) + " -> " + brief(c.After)
}

// Texts returns the values before and after as [Change.String] writes them; of masked
// ones it says that they are not shown, and where there is none it is empty.
func (c Change) Texts() (before, after string) {
	if c.Kind != Added {
		before = c.text(c.Before)
	}
	if c.Kind != Removed {
		after = c.text(c.After)
	}
	return before, after
}

func (c Change) text(value any) string {
	if c.Masked {
		return "(not shown)"
	}
	return brief(value)
}

// brief writes a value for a line.
func brief(value any) string {
	text, isText := value.(string)
	if !isText {
		written, err := json.Marshal(value)
		if err != nil {
			return fmt.Sprintf("a %T", value) // not a value of JSON
		}
		return cut(string(written))
	}
	if lines := strings.Count(strings.TrimSuffix(text, "\n"), "\n"); lines > 0 {
		return fmt.Sprintf("%d lines", lines+1)
	}
	if text == "" || json.Valid([]byte(text)) || strings.TrimSpace(text) != text {
		return cut(strconv.Quote(text))
	}
	return cut(text)
}

func cut(text string) string {
	if utf8.RuneCountInString(text) > mostText {
		runes := []rune(text)
		text = string(runes[:mostText]) + "…"
	}
	return visible(text)
}

// visible writes what a terminal would act on as escapes.
func visible(text string) string {
	if utf8.ValidString(text) && !strings.ContainsFunc(text, isInvisible) {
		return text
	}
	var out strings.Builder
	for i, r := range text {
		_, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&out, `\x%02x`, text[i])
		case isInvisible(r):
			quoted := strconv.QuoteRune(r)
			out.WriteString(quoted[1 : len(quoted)-1])
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

func isInvisible(r rune) bool { return !unicode.IsPrint(r) && r != '\t' }
