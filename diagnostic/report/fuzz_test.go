package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/diagnostic/report"
)

var ownColors = regexp.MustCompile(`\x1b\[(1|1;3[1346]|0)m`)

// safeForTerminals reports the first character that a terminal would act on.
func safeForTerminals(text string) (rune, bool) {
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if r == utf8.RuneError && size == 1 || r != '\n' && !unicode.IsPrint(r) {
			return r, false
		}
		text = text[size:]
	}
	return 0, true
}

func FuzzPrinters(f *testing.F) {
	for _, d := range findings {
		content, _ := sources(d.Position.File)
		f.Add(string(d.Code), d.Position.File, d.Position.Line, d.Position.Column, int(d.Severity),
			d.Field, d.Message, d.Hint, content, 0)
	}
	f.Add("", "", -1, -1, -1, "", "", "", []byte("\r\n\n\r"), -5)
	f.Add("a", "f", 2, 3, 1, "", "\n\nerror: forged", "\r", []byte("a\n\t\xf0\x9f\x98\n"), 21)
	f.Fuzz(func(t *testing.T, code, file string, line, column, severity int, field, message, hint string, content []byte, width int) {
		d := diagnostic.Diagnostic{
			Code:      diagnostic.Code(code),
			Severity:  diagnostic.Severity(severity),
			Position:  diagnostic.Position{File: file, Line: line, Column: column, Document: width},
			Field:     field,
			Component: hint,
			Message:   message,
			Hint:      hint,
		}
		ds := diagnostic.Diagnostics{d, {Message: "second"}}
		read := func(string) ([]byte, bool) { return content, true }
		known := d.Severity >= diagnostic.Error && d.Severity <= diagnostic.Info

		var plain, colored bytes.Buffer
		width %= 1000
		err := report.Human(&plain, ds, report.HumanOptions{Sources: read, Width: width})
		if known != (err == nil) {
			t.Fatalf("severity %d: %v", severity, err)
		}
		if !known {
			return
		}
		if r, ok := safeForTerminals(plain.String()); !ok {
			t.Fatalf("%q in %q", r, plain.String())
		}
		if headlines := countHeadlines(plain.String()); headlines != 2 {
			t.Fatalf("%d headlines for 2 findings:\n%s", headlines, plain.String())
		}
		if err := report.Human(&colored, ds, report.HumanOptions{Sources: read, Width: width, Color: true}); err != nil {
			t.Fatal(err)
		}
		if ownColors.ReplaceAllString(colored.String(), "") != plain.String() {
			t.Fatalf("colours change the text:\n%q\n%q", colored.String(), plain.String())
		}

		var encoded, sarif, junit bytes.Buffer
		if err := errors.Join(
			report.JSON(&encoded, ds, report.JSONOptions{}),
			report.SARIF(&sarif, ds, report.SARIFOptions{Sources: read}),
			report.JUnit(&junit, ds, report.JUnitOptions{}),
		); err != nil {
			t.Fatal(err)
		}
		for _, out := range []*bytes.Buffer{&encoded, &sarif, &junit} {
			if r, ok := safeForTerminals(out.String()); !ok {
				t.Fatalf("%q in %q", r, out.String())
			}
		}
		if !json.Valid(encoded.Bytes()) || !json.Valid(sarif.Bytes()) {
			t.Fatalf("no JSON:\n%s\n%s", encoded.String(), sarif.String())
		}
		decoder := xml.NewDecoder(&junit)
		for {
			if _, err := decoder.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
	})
}

var headline = regexp.MustCompile(`^(error|warning|info)(\[|: )`)

func countHeadlines(text string) int {
	count := 0
	for line := range strings.Lines(text) {
		if headline.MatchString(line) {
			count++
		}
	}
	return count
}
