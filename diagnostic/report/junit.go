package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/packstage/packstage/diagnostic"
)

// JUnitOptions are options of [JUnit].
type JUnitOptions struct {
	// SuiteName names the test suite: "packstage" where it is empty.
	SuiteName string
}

type junitSuites struct {
	XMLName  xml.Name   `xml:"testsuites"`
	Tests    int        `xml:"tests,attr"`
	Failures int        `xml:"failures,attr"`
	Suite    junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name      string        `xml:"name,attr"`
	ClassName string        `xml:"classname,attr"`
	Failure   *junitFailure `xml:"failure"`
	Output    string        `xml:"system-out,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

// JUnit writes findings as a JUnit XML report with one test suite. Each finding
// is a test case: its class is the file, or the suite where there is none; its
// name is the code with line, field and component. An error is a failed case;
// a warning or an info is a passed one with output. Without findings the suite
// has one passed case, since CI systems take an empty suite for a broken one.
// There are no times: the report depends on the findings alone.
func JUnit(w io.Writer, ds diagnostic.Diagnostics, options JUnitOptions) error {
	sorted, err := prepare(ds)
	if err != nil {
		return err
	}
	suite := junitSuite{Name: visible(options.SuiteName)}
	if suite.Name == "" {
		suite.Name = "packstage"
	}
	for _, d := range sorted {
		suite.Cases = append(suite.Cases, junitCaseOf(d, suite.Name))
	}
	if len(sorted) == 0 {
		suite.Cases = []junitCase{{Name: "no findings", ClassName: suite.Name}}
	}
	suite.Tests, suite.Failures = len(suite.Cases), count(sorted, diagnostic.Error)

	var out bytes.Buffer
	out.WriteString(xml.Header)
	encoder := xml.NewEncoder(&out)
	encoder.Indent("", "  ")
	if err := encoder.Encode(junitSuites{Tests: suite.Tests, Failures: suite.Failures, Suite: suite}); err != nil {
		return fmt.Errorf("encode report: %w", err)
	}
	out.WriteByte('\n')
	_, err = w.Write(out.Bytes())
	return err
}

func junitCaseOf(d diagnostic.Diagnostic, suite string) junitCase {
	c := junitCase{Name: junitName(d), ClassName: visible(d.Position.File)}
	if c.ClassName == "" {
		c.ClassName = suite
	}
	if d.Severity != diagnostic.Error {
		c.Output = junitText(d)
		return c
	}
	c.Failure = &junitFailure{
		Message: visible(d.Message),
		Type:    visible(string(d.Code)),
		Text:    junitText(d),
	}
	return c
}

// junitName returns a name that tells the findings of a file apart and does not
// change with the wording of messages.
func junitName(d diagnostic.Diagnostic) string {
	name := d.Severity.String()
	if d.Code != "" {
		name = visible(string(d.Code))
	}
	where := d.Position
	where.File = ""
	at := where.String()
	for _, part := range []string{at, d.Field, d.Component} {
		if part != "" {
			name += " " + visible(part)
		}
	}
	return name
}

func junitText(d diagnostic.Diagnostic) string {
	lines := []string{d.Severity.String() + ": " + visibleLines(d.Message, "    ")}
	if place := place(d); place != "" {
		lines = append(lines, "at "+place)
	}
	if d.Hint != "" {
		lines = append(lines, "hint: "+visibleLines(d.Hint, "      "))
	}
	return strings.Join(lines, "\n")
}
