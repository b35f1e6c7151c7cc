package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/packstage/packstage/diagnostic"
)

// TestSuite is a group of test cases for [JUnitTests].
type TestSuite struct {
	Name  string
	Cases []TestCase
}

// TestCase is the result of one test case. It failed where a finding is an error.
type TestCase struct {
	// Name of the case, and Class, the group in which CI systems show it.
	Name, Class string
	Findings    diagnostic.Diagnostics
	// Output is shown below the findings, such as a difference.
	Output string
}

type junitTestSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

// JUnitTests writes the results of tests as a JUnit XML report, in the order given. A
// failed case has one failure: its message is that of the first error, and its text has
// all findings and the output. There are no times: the report depends on the results
// alone.
func JUnitTests(w io.Writer, suites []TestSuite) error {
	var all junitTestSuites
	for _, suite := range suites {
		written := junitSuite{Name: visible(suite.Name), Tests: len(suite.Cases)}
		for _, test := range suite.Cases {
			c, err := junitTestOf(test)
			if err != nil {
				return err
			}
			if c.Failure != nil {
				written.Failures++
			}
			written.Cases = append(written.Cases, c)
		}
		all.Tests += written.Tests
		all.Failures += written.Failures
		all.Suites = append(all.Suites, written)
	}
	var out bytes.Buffer
	out.WriteString(xml.Header)
	encoder := xml.NewEncoder(&out)
	encoder.Indent("", "  ")
	if err := encoder.Encode(all); err != nil {
		return fmt.Errorf("encode report: %w", err)
	}
	out.WriteByte('\n')
	_, err := w.Write(out.Bytes())
	return err
}

func junitTestOf(test TestCase) (junitCase, error) {
	found, err := prepare(test.Findings)
	if err != nil {
		return junitCase{}, err
	}
	c := junitCase{Name: visible(test.Name), ClassName: visible(test.Class)}
	var texts []string
	for _, d := range found {
		texts = append(texts, junitText(d))
	}
	if test.Output != "" {
		texts = append(texts, visibleLines(test.Output, ""))
	}
	text := strings.Join(texts, "\n\n")
	errors := found.WithSeverity(diagnostic.Error)
	if len(errors) == 0 {
		c.Output = text
		return c, nil
	}
	c.Failure = &junitFailure{Message: visible(errors[0].Message), Type: visible(string(errors[0].Code)), Text: text}
	return c, nil
}
