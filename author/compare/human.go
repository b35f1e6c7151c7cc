package compare

import (
	"fmt"
	"io"
	"strings"
	"unicode"
)

// HumanOptions say how a report is printed for people.
type HumanOptions struct {
	// Color marks effects and diffs with ANSI colours.
	Color bool
	// Compatible prints changes that are compatible, too; without it they are only
	// counted where there are others.
	Compatible bool
	// Hidden returns the line that says that so many compatible changes are not
	// printed; nil prints none.
	Hidden func(changes int) string
}

// mostHumanLines bounds what is printed of one diff; JSON has all of it.
const mostHumanLines = 40

// Human prints a report for people: the verdict, the reasons for it, and then all
// other changes by area and object. Nothing of what a package holds can speak to the
// terminal.
func Human(w io.Writer, r *Report, options HumanOptions) error {
	p := &humanPrinter{report: r, color: options.Color}
	if r.Different() {
		p.paint(effectStyle(r.Verdict), string(r.Verdict))
		p.text(": ")
	}
	p.text(r.headline() + "\n")
	reasons, rest := split(r.Changes)
	if len(reasons) > 0 {
		p.text("\n")
		for _, change := range reasons {
			p.reason(change)
		}
	}
	hidden := 0
	if !options.Compatible && r.Verdict != Compatible {
		shown := rest[:0:0]
		for _, change := range rest {
			if change.Effect == Compatible {
				hidden++
			} else {
				shown = append(shown, change)
			}
		}
		rest = shown
	}
	for _, section := range sectionsOf(rest) {
		p.text("\n")
		p.paint("1", section.title)
		p.text("\n")
		for _, group := range section.groups {
			p.group(group)
		}
	}
	if hidden > 0 && options.Hidden != nil {
		p.text("\n" + options.Hidden(hidden) + "\n")
	}
	_, err := io.WriteString(w, p.out.String())
	return err
}

type humanPrinter struct {
	report *Report
	out    strings.Builder
	color  bool
}

func effectStyle(effect Effect) string {
	switch effect {
	case Breaking:
		return "1;31"
	case Notable:
		return "1;33"
	default:
		return "1;32"
	}
}

func (p *humanPrinter) text(text string) { p.out.WriteString(visible(text)) }

func (p *humanPrinter) paint(style, text string) {
	if !p.color || style == "" {
		p.text(text)
		return
	}
	fmt.Fprintf(&p.out, "\x1b[%sm%s\x1b[0m", style, visible(text))
}

// reason prints a change that stands alone.
func (p *humanPrinter) reason(change Change) {
	p.line("", change, true)
	var where []string
	if change.Component != "" {
		where = append(where, "component "+change.Component)
	}
	if position := change.Position.String(); position != "" {
		where = append(where, strings.ToUpper(string(change.Side))+": "+position)
	}
	where = append(where, "["+string(change.Code)+"]")
	p.text(strings.Repeat(" ", effectWidth+1))
	p.paint("2", strings.Join(where, "  "))
	p.text("\n")
}

func (p *humanPrinter) group(group changeGroup) {
	indent := "  "
	if group.headline != "" {
		p.text(indent + inLine(group.headline))
		p.place(group.changes[0])
		p.text("\n")
		indent = "    "
	}
	for _, change := range group.changes {
		p.line(indent, change, false)
	}
}

// place prints the file that changes come from.
func (p *humanPrinter) place(change Change) {
	if change.Position.File != "" {
		p.paint("2", "  "+inLine(change.Position.File))
	}
}

const effectWidth = len(Compatible)

func (p *humanPrinter) line(indent string, change Change, alone bool) {
	p.text(indent)
	style := effectStyle(change.Effect)
	if change.Effect == Compatible {
		style = ""
	}
	word := string(change.Effect)
	p.paint(style, word)
	p.text(strings.Repeat(" ", effectWidth-len(word)+1))
	if subject := subjectOf(change, alone); subject != "" {
		p.paint("1", inLine(subject))
		p.text(": ")
	}
	p.text(inLine(cut(change.Message, mostPrinted)))
	if note := p.report.casesNote(change); note != "" {
		p.paint("2", " ("+inLine(note)+")")
	}
	p.text("\n")
	p.diff(indent+strings.Repeat(" ", effectWidth+1), change.Text)
}

func (p *humanPrinter) diff(indent, diff string) {
	lines := 0
	for line := range strings.Lines(diff) {
		if lines++; lines > mostHumanLines {
			p.text(indent + "… the rest is in --output json\n")
			return
		}
		style := ""
		switch line[0] {
		case '+':
			style = "32"
		case '-':
			style = "31"
		case '@':
			style = "36"
		}
		p.text(indent)
		p.paint(style, inLine(cut(strings.TrimSuffix(line, "\n"), mostPrinted)))
		p.text("\n")
	}
}

// inLine is visible for what must not break its line.
func inLine(text string) string {
	return visible(strings.NewReplacer("\n", `\n`, "\t", "    ").Replace(text))
}

// visible writes what a terminal might act on as escapes, line breaks apart.
func visible(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if r == '\n' || unicode.IsPrint(r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "\\u%04x", r)
		}
	}
	return b.String()
}
