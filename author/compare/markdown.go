package compare

import (
	"fmt"
	"html"
	"io"
	"strings"
	"unicode"
)

// mostMarkdown bounds a report in Markdown: comments of pull requests take 65,536
// characters.
const mostMarkdown = 60_000

// Markdown prints a report for the comment of a pull request: the verdict, its
// reasons, and all other changes in parts that are folded. Names and values of the
// packages stand in it as plain text: they make no markup, links or mentions.
func Markdown(w io.Writer, r *Report) error {
	p := &markdownPrinter{report: r}
	if r.Different() {
		p.out.WriteString("### Verdict: " + string(r.Verdict) + "\n\n")
	} else {
		p.out.WriteString("### Verdict: " + r.headline() + "\n\n")
	}
	if a, b := label(r.A), label(r.B); a != "" && b != "" {
		p.out.WriteString("From " + code(a) + " to " + code(b) + ".\n")
	}
	if r.Different() {
		p.out.WriteString(upper(r.headline()) + ".\n")
	}
	reasons, rest := split(r.Changes)
	if len(reasons) > 0 {
		p.out.WriteString("\n#### Reasons\n\n")
		for _, change := range reasons {
			p.item(change, true)
		}
	}
	for _, section := range sectionsOf(rest) {
		p.section(section)
	}
	for _, finding := range r.Findings {
		if !p.full() {
			p.out.WriteString("\n" + escape(upper(cut(finding.Message, mostPrinted))) + ".\n")
		}
	}
	_, err := io.WriteString(w, p.out.String())
	return err
}

func label(s Subject) string {
	if s.Reference != "" {
		return s.Reference
	}
	return s.Name
}

func upper(text string) string {
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

type markdownPrinter struct {
	report *Report
	out    strings.Builder
	cut    bool
}

func (p *markdownPrinter) section(s section) {
	total := 0
	for _, group := range s.groups {
		total += len(group.changes)
	}
	noun := "changes"
	if total == 1 {
		noun = "change"
	}
	fmt.Fprintf(&p.out, "\n<details>\n<summary>%s: %d %s</summary>\n\n", inert(strings.ReplaceAll(html.EscapeString(oneLine(s.title)), "`", "&#96;")), total, noun)
	for _, group := range s.groups {
		if p.full() {
			break
		}
		if group.headline != "" {
			p.out.WriteString("\n" + code(group.headline) + "\n\n")
		}
		for _, change := range group.changes {
			if p.full() {
				break
			}
			p.item(change, false)
		}
	}
	p.out.WriteString("\n</details>\n")
}

// full reports whether there is no room left, and says so once.
func (p *markdownPrinter) full() bool {
	if p.out.Len() < mostMarkdown {
		return false
	}
	if !p.cut {
		p.cut = true
		p.out.WriteString("\nThere is more than fits here: `packstage diff` shows it.\n")
	}
	return true
}

func (p *markdownPrinter) item(change Change, alone bool) {
	if p.full() {
		return
	}
	p.out.WriteString("- ")
	if change.Effect != Compatible {
		p.out.WriteString("**" + string(change.Effect) + "** ")
	}
	if change.Component != "" && alone {
		p.out.WriteString("component " + code(change.Component) + " ")
	}
	if subject := subjectOf(change, alone); subject != "" {
		p.out.WriteString(code(subject) + ": ")
	}
	p.out.WriteString(escape(cut(change.Message, mostPrinted)))
	if note := p.report.casesNote(change); note != "" {
		p.out.WriteString(" (" + escape(note) + ")")
	}
	if position := change.Position.String(); alone && position != "" {
		p.out.WriteString(", " + code(position))
	}
	if alone {
		p.out.WriteString(" " + code(string(change.Code)))
	}
	p.out.WriteString("\n")
	p.diff(change.Text)
}

// diff writes a diff in a fence that is longer than any in it.
func (p *markdownPrinter) diff(diff string) {
	if diff == "" {
		return
	}
	fence := strings.Repeat("`", max(3, longestRun(diff)+1))
	p.out.WriteString("\n  " + fence + "diff\n")
	for line := range strings.Lines(diff) {
		if p.out.Len() > mostMarkdown {
			p.out.WriteString("  …\n")
			break
		}
		p.out.WriteString("  " + oneLine(cut(strings.TrimSuffix(line, "\n"), mostPrinted)) + "\n")
	}
	p.out.WriteString("  " + fence + "\n\n")
}

// longestRun is the length of the longest run of backquotes.
func longestRun(text string) int {
	longest, run := 0, 0
	for _, r := range text {
		if r != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

// code writes text as a code span, in which nothing has a meaning.
func code(text string) string {
	text = oneLine(text)
	if strings.TrimSpace(text) == "" {
		return "` `"
	}
	quotes := strings.Repeat("`", longestRun(text)+1)
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") || strings.HasPrefix(text, " ") && strings.HasSuffix(text, " ") {
		text = " " + text + " "
	}
	return quotes + text + quotes
}

// oneLine takes line breaks and other characters that are not printed out of a text.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return unicode.ReplacementChar
		default:
			return r
		}
	}, text)
}

// escape writes text so that it is shown as it is: no markup, no HTML, no links, no
// mentions of people or of issues.
func escape(text string) string {
	var b strings.Builder
	for _, r := range oneLine(text) {
		switch {
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '&':
			b.WriteString("&amp;")
		case strings.ContainsRune("\\`*_{}[]#|~:!$", r):
			b.WriteString(`\` + string(r))
		default:
			b.WriteRune(r)
		}
	}
	return inert(b.String())
}

// inert puts a character without width behind those that make a mention or a link
// out of what follows them.
func inert(text string) string {
	const nothing = "\u200b"
	return strings.NewReplacer("@", "@"+nothing, "#", "#"+nothing, "www.", "www"+nothing+".", "GH-", "GH"+nothing+"-", "://", ":"+nothing+"//").Replace(text)
}
