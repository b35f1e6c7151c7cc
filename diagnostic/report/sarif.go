package report

import (
	"cmp"
	"fmt"
	"io"
	"net/url"
	"slices"
	"unicode/utf8"

	"github.com/packstage/packstage/diagnostic"
)

// SARIFOptions are options of [SARIF]. The zero value names packstage as the
// tool, without a version, and uses file names as they are.
type SARIFOptions struct {
	// ToolName names the program that found the findings: "packstage" where it
	// is empty.
	ToolName string
	// ToolVersion is the version of that program; left out where it is empty.
	ToolVersion string
	// HelpURI returns where a code is explained, or "". Nil: nowhere.
	HelpURI func(code diagnostic.Code) string
	// Describe returns what a code means, and false where nobody says. Nil: of none.
	Describe func(code diagnostic.Code) (SARIFRule, bool)
	// Path returns the path by which the reader of the report knows a file,
	// with slashes: code scanning wants it relative to the root of the
	// repository in which the package lies. Nil keeps the name.
	Path func(file string) string
	// Sources returns the files, to turn columns, which count bytes, into those
	// of SARIF, which count UTF-16 units. Without it columns are right only on
	// lines of plain ASCII.
	Sources Sources
}

// SARIFRule describes a code to the reader of the report. What is empty is left out.
type SARIFRule struct {
	// Summary is one sentence, Explanation all that there is to say.
	Summary, Explanation string
	// Markdown is the explanation with examples, for readers that show Markdown; where
	// there is one, the others show Explanation.
	Markdown string
	// Severity that findings have where nobody chose another.
	Severity diagnostic.Severity
}

// SARIF writes findings as a SARIF 2.1.0 log with one run: a rule for each
// code, a result for each finding. Errors are of level error, warnings of
// warning, infos of note; a hint is the last line of a result's message. Field,
// component and document stand in the properties of a result.
//
// Source of the format: OASIS SARIF 2.1.0, sections 3.13 (log), 3.19 (tool
// component), 3.27 (result) and 3.30 (region).
func SARIF(w io.Writer, ds diagnostic.Diagnostics, options SARIFOptions) error {
	sorted, err := prepare(ds)
	if err != nil {
		return err
	}
	codes := ruleCodes(sorted)
	driver := sarifDriver{Name: options.ToolName, Version: options.ToolVersion, Rules: []sarifRule{}}
	if driver.Name == "" {
		driver.Name = "packstage"
	}
	for _, code := range codes {
		rule := sarifRule{ID: visible(string(code))}
		if options.HelpURI != nil {
			rule.HelpURI = options.HelpURI(code)
		}
		if options.Describe != nil {
			if description, ok := options.Describe(code); ok {
				rule.describe(description)
			}
		}
		driver.Rules = append(driver.Rules, rule)
	}
	run := sarifRun{Tool: sarifTool{Driver: driver}, ColumnKind: "utf16CodeUnits", Results: []sarifResult{}}
	lines := lineReader{sources: options.Sources}
	for _, d := range sorted {
		result := sarifResult{
			Level:      sarifLevel(d.Severity),
			Message:    sarifMessage{Text: sarifText(d)},
			Locations:  sarifLocations(d, &lines, options.Path),
			Properties: sarifProperties{Field: d.Field, Component: d.Component, Document: d.Position.Document},
		}
		if index, ok := slices.BinarySearch(codes, d.Code); ok {
			result.RuleID, result.RuleIndex = driver.Rules[index].ID, &index
		}
		run.Results = append(run.Results, result)
	}
	return writeJSON(w, sarifLog{
		Schema:  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
		Version: "2.1.0",
		Runs:    []sarifRun{run},
	}, false)
}

// describe fills in what a rule is about.
func (r *sarifRule) describe(description SARIFRule) {
	text := func(text string) *sarifMessage {
		if text == "" {
			return nil
		}
		return &sarifMessage{Text: text}
	}
	r.ShortDescription, r.FullDescription = text(description.Summary), text(description.Explanation)
	if description.Explanation != "" || description.Markdown != "" {
		r.Help = &sarifHelp{Text: cmp.Or(description.Explanation, description.Markdown), Markdown: description.Markdown}
	}
	r.DefaultConfiguration = &sarifConfiguration{Level: sarifLevel(description.Severity)}
}

// ruleCodes returns the codes of the findings, sorted, each once.
func ruleCodes(ds diagnostic.Diagnostics) []diagnostic.Code {
	var codes []diagnostic.Code
	for _, d := range ds {
		if d.Code != "" {
			codes = append(codes, d.Code)
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

func sarifLevel(severity diagnostic.Severity) string {
	switch severity {
	case diagnostic.Error:
		return "error"
	case diagnostic.Warning:
		return "warning"
	default:
		return "note"
	}
}

func sarifText(d diagnostic.Diagnostic) string {
	text := d.Message
	if d.Field != "" {
		text = fmt.Sprintf("%s: %s", d.Field, text)
	}
	if d.Hint != "" {
		text += "\nhint: " + d.Hint
	}
	return text
}

// sarifLocations returns the one location of a finding, or none where it has no
// file.
func sarifLocations(d diagnostic.Diagnostic, lines *lineReader, path func(string) string) []sarifLocation {
	if d.Position.File == "" {
		return nil
	}
	file := d.Position.File
	if path != nil {
		file = path(file)
	}
	location := sarifPhysicalLocation{ArtifactLocation: sarifArtifact{URI: (&url.URL{Path: file}).String()}}
	if d.Position.Line > 0 {
		location.Region = &sarifRegion{StartLine: d.Position.Line}
		if d.Position.Column > 0 {
			location.Region.StartColumn = utf16Column(d.Position, lines)
		}
	}
	return []sarifLocation{{PhysicalLocation: location}}
}

// utf16Column turns a column that counts bytes into one that counts UTF-16
// units, as far as the line is known.
func utf16Column(position diagnostic.Position, lines *lineReader) int {
	line, ok := lines.read(position)
	if !ok {
		return position.Column
	}
	column := 1
	for offset := 0; offset < len(line); {
		r, size := utf8.DecodeRune(line[offset:])
		if offset+size >= position.Column {
			break
		}
		column++
		if r > 0xffff {
			column++
		}
		offset += size
	}
	return column
}
