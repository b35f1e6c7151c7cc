package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode"
	"unicode/utf16"

	"github.com/packstage/packstage/diagnostic"
)

// SchemaVersion is the version of the document that [JSON] writes. It rises when
// a field is removed or changes its meaning, not when one is added.
const SchemaVersion = 1

// JSONOptions are options of [JSON]. The zero value indents by two spaces.
type JSONOptions struct {
	// Compact writes the document on one line.
	Compact bool
}

type jsonDocument struct {
	SchemaVersion int                    `json:"schemaVersion"`
	Diagnostics   diagnostic.Diagnostics `json:"diagnostics"`
	Summary       jsonSummary            `json:"summary"`
}

type jsonSummary struct {
	Errors   int `json:"errors"`
	Warnings int `json:"warnings"`
}

// JSON writes findings for programs: one object with schemaVersion, diagnostics
// (each as [diagnostic.Diagnostic] encodes itself; an empty list where there are
// none) and a summary that counts errors and warnings. The order of the fields
// is always the same. Bytes that are no UTF-8 become U+FFFD.
func JSON(w io.Writer, ds diagnostic.Diagnostics, options JSONOptions) error {
	sorted, err := prepare(ds)
	if err != nil {
		return err
	}
	if sorted == nil {
		sorted = diagnostic.Diagnostics{}
	}
	return writeJSON(w, jsonDocument{
		SchemaVersion: SchemaVersion,
		Diagnostics:   sorted,
		Summary: jsonSummary{
			Errors:   count(sorted, diagnostic.Error),
			Warnings: count(sorted, diagnostic.Warning),
		},
	}, options.Compact)
}

// writeJSON writes a document and a line break. Characters that are not visible
// are escaped, beyond what JSON itself demands.
func writeJSON(w io.Writer, document any, compact bool) error {
	var encoded bytes.Buffer
	encoder := json.NewEncoder(&encoded)
	encoder.SetEscapeHTML(false)
	if !compact {
		encoder.SetIndent("", "  ")
	}
	if err := encoder.Encode(document); err != nil {
		return fmt.Errorf("encode report: %w", err)
	}
	var out bytes.Buffer
	out.Grow(encoded.Len())
	for _, r := range encoded.String() {
		// Beyond ASCII a character can only stand in a string.
		switch {
		case r < 0x7f || unicode.IsPrint(r):
			out.WriteRune(r)
		case r <= 0xffff:
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&out, `\u%04x\u%04x`, high, low)
		}
	}
	_, err := w.Write(out.Bytes())
	return err
}
