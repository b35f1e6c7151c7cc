package report

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/packstage/packstage/diagnostic"
)

// HumanOptions are options of [Human]. The zero value prints without colour and
// without snippets.
type HumanOptions struct {
	// Color adds the colours of ANSI terminals. Whether the writer is a
	// terminal, and whether its user wants colour, is for the caller to know.
	Color bool
	// Sources returns the files from which snippets are shown; nil shows none.
	Sources Sources
	// Secret tells of places whose line is not shown, since it has a secret; nil: of none.
	Secret func(diagnostic.Position) bool
	// Width is the number of terminal columns that a line of a snippet may
	// take, the line number not counted: 100 where it is 0, and never less
	// than 20.
	Width int
	// NoSummary leaves the line with the numbers of findings out.
	NoSummary bool
}

func (o HumanOptions) width() int {
	if o.Width == 0 {
		return 100
	}
	return max(o.Width, 20)
}

// Human writes findings for people to read in a terminal: for each a headline
// with severity, code and message, the place with field and component, the line
// with a caret under the column, and the hint; last a line with the numbers of
// errors, warnings and infos. Without findings it writes nothing.
//
// The text may get better in any release; programs read [JSON].
func Human(w io.Writer, ds diagnostic.Diagnostics, options HumanOptions) error {
	sorted, err := prepare(ds)
	if err != nil || len(sorted) == 0 {
		return err
	}
	p := humanPrinter{
		lines:  lineReader{sources: options.Sources},
		secret: options.Secret,
		color:  options.Color,
		width:  options.width(),
	}
	for _, d := range sorted {
		p.finding(d)
		p.out.WriteByte('\n')
	}
	if !options.NoSummary {
		p.out.WriteString(summary(sorted))
		p.out.WriteByte('\n')
	}
	_, err = w.Write(p.out.Bytes())
	return err
}

// style is the parameter of an ANSI "select graphic rendition" sequence.
type style string

const (
	bold      style = "1"
	gutter    style = "1;34"
	hintStyle style = "1;36"
)

func severityStyle(severity diagnostic.Severity) style {
	switch severity {
	case diagnostic.Error:
		return "1;31"
	case diagnostic.Warning:
		return "1;33"
	default:
		return "1;36"
	}
}

type humanPrinter struct {
	out    bytes.Buffer
	lines  lineReader
	secret func(diagnostic.Position) bool
	color  bool
	width  int
}

func (p *humanPrinter) paint(s style, text string) {
	if !p.color {
		p.out.WriteString(text)
		return
	}
	fmt.Fprintf(&p.out, "\x1b[%sm%s\x1b[0m", s, text)
}

func (p *humanPrinter) finding(d diagnostic.Diagnostic) {
	label := d.Severity.String()
	if d.Code != "" {
		label += "[" + visible(string(d.Code)) + "]"
	}
	p.paint(severityStyle(d.Severity), label)
	p.paint(bold, ": "+visibleLines(d.Message, "    "))
	p.out.WriteByte('\n')

	line, shown := p.lines.read(d.Position)
	shown = shown && (p.secret == nil || !p.secret(d.Position))
	number := ""
	if shown {
		number = strconv.Itoa(d.Position.Line)
	}
	if place := place(d); place != "" {
		p.out.WriteString(strings.Repeat(" ", max(2, len(number))))
		p.paint(gutter, "-->")
		p.out.WriteString(" " + place + "\n")
	}
	if shown {
		p.snippet(number, line, d)
	}
	if d.Hint != "" {
		p.out.WriteString("  ")
		p.paint(hintStyle, "hint")
		p.out.WriteString(": " + visibleLines(d.Hint, "        ") + "\n")
	}
}

func (p *humanPrinter) snippet(number string, line []byte, d diagnostic.Diagnostic) {
	number = fmt.Sprintf("%2s", number)
	blank := strings.Repeat(" ", len(number))
	text, before := snippet(line, d.Position.Column, p.width)

	p.paint(gutter, blank+" |")
	p.out.WriteByte('\n')
	p.paint(gutter, number+" |")
	p.out.WriteString(strings.TrimRight(" "+text, " ") + "\n")
	if d.Position.Column < 1 {
		return
	}
	p.paint(gutter, blank+" |")
	p.out.WriteString(strings.Repeat(" ", 1+before))
	p.paint(severityStyle(d.Severity), "^")
	p.out.WriteByte('\n')
}

// place returns where a finding is, on one line: position, field, component.
func place(d diagnostic.Diagnostic) string {
	var parts []string
	if d.Field != "" {
		parts = append(parts, "field "+visible(d.Field))
	}
	if d.Component != "" {
		parts = append(parts, "component "+visible(d.Component))
	}
	position, detail := visible(d.Position.String()), strings.Join(parts, ", ")
	switch {
	case position == "":
		return detail
	case detail == "":
		return position
	default:
		return position + " (" + detail + ")"
	}
}

// summary returns "2 errors, 1 warning", leaving out what there is none of.
func summary(ds diagnostic.Diagnostics) string {
	var parts []string
	for _, severity := range []diagnostic.Severity{diagnostic.Error, diagnostic.Warning, diagnostic.Info} {
		switch n := count(ds, severity); n {
		case 0:
		case 1:
			parts = append(parts, "1 "+severity.String())
		default:
			parts = append(parts, fmt.Sprintf("%d %ss", n, severity))
		}
	}
	return strings.Join(parts, ", ")
}
