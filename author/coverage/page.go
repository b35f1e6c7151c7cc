package coverage

import (
	"bytes"
	_ "embed"
	"fmt"
	"html"
	"io"
	"strings"

	"github.com/packstage/packstage/packagetypes"
)

//go:embed page.css
var pageStyle string

// Sources gives the content of a template file of a package or component; name is
// that of the package.
type Sources func(name, component, path string) ([]byte, bool)

// SourcesOf gives the files of packages.
func SourcesOf(packages ...*packagetypes.Package) Sources {
	return func(name, component, path string) ([]byte, bool) {
		for _, pkg := range packages {
			if pkg.Manifest.Metadata.Name == name && pkg.Component == component {
				return pkg.Files.Read(path)
			}
		}
		return nil, false
	}
}

// WritePage writes a page of HTML, which needs nothing else, with the sources of
// all templates: what was reached and what not, how often and by which cases.
// Where sources has no file, or another version of it, the page has its counts
// only.
func (p *Profile) WritePage(w io.Writer, sources Sources) error {
	page := &pageWriter{sources: sources}
	page.write(p)
	_, err := w.Write(page.Bytes())
	return err
}

type pageWriter struct {
	bytes.Buffer
	sources Sources
}

func (w *pageWriter) printf(format string, arguments ...any) { fmt.Fprintf(w, format, arguments...) }

func (w *pageWriter) write(p *Profile) {
	totals := p.Totals()
	title := "Coverage"
	if len(p.Packages) > 0 {
		title += " of " + p.Packages[0].Name
	}
	w.printf("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"+
		"<meta http-equiv=\"Content-Security-Policy\" content=\"%s\">\n"+
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>%s: %s</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>%s</style>\n</head>\n<body>\n"+
		"<a class=\"skip\" href=\"#files\">Skip to the files</a>\n<main>\n<h1>%s</h1>\n",
		pagePolicy(), escape(title), percent(totals.Points), pageStyle, escape(title))
	w.totals(totals)
	w.legend()
	w.printf("<div id=\"files\"></div>\n")
	for i := range p.Packages {
		w.pkg(i, &p.Packages[i], len(p.Packages) > 1)
	}
	w.printf("</main>\n</body>\n</html>\n")
}

func (w *pageWriter) pkg(number int, p *Package, titled bool) {
	if titled {
		title := p.title()
		w.printf("<h2>%s</h2>\n", escape(strings.ToUpper(title[:1])+title[1:]))
	}
	files := p.FileTotals()
	templates := map[string]int{}
	for i, file := range p.Files {
		templates[file.Path] = i
	}
	w.printf("<h2>Files</h2>\n<div class=\"scroll\" tabindex=\"0\"><table>\n<thead><tr><th scope=\"col\">File</th><th scope=\"col\" class=\"n\">Points</th>" +
		"<th scope=\"col\" class=\"n\">Reached</th><th scope=\"col\">Lines not reached</th></tr></thead>\n<tbody>\n")
	for _, file := range files {
		name, missing := escape(file.Path), ranges(file.Missing)
		if i, ok := templates[file.Path]; ok {
			name = fmt.Sprintf("<a href=\"#p%df%d\">%s</a>", number, i, name)
			missing = rangesWith(file.Missing, func(line int, text string) string {
				return fmt.Sprintf("<a href=\"#p%df%dl%d\">%s</a>", number, i, line, text)
			})
		}
		w.printf("<tr><th scope=\"row\" class=\"wrap\">%s</th><td class=\"n\">%s</td><td class=\"n\">%s %s</td><td>%s</td></tr>\n",
			name, file.Totals.Points, percentOrNone(file.Totals.Points), sign(countState(file.Totals.Points)), missing)
	}
	w.printf("</tbody></table></div>\n")
	w.conditions(p)
	w.properties(p)
	w.printf("<h2>Templates</h2>\n")
	for i, file := range p.Files {
		totals := FileTotals{}
		for _, other := range files {
			if other.Path == file.Path {
				totals = other
			}
		}
		w.printf("<section aria-labelledby=\"p%df%d\">\n<h3 id=\"p%df%d\">%s <small>%s points, %s</small></h3>\n",
			number, i, number, i, escape(file.Path), totals.Totals.Points, percentOrNone(totals.Totals.Points))
		content, ok := w.sources(p.Name, p.Component, file.Path)
		switch {
		case !ok:
			w.printf("<p>The source is not at hand.</p>\n")
		case digest(content) != file.Digest:
			w.printf("<p>The source is not what was tested any more.</p>\n")
		default:
			w.source(p, file, string(content), fmt.Sprintf("p%df%d", number, i))
		}
		w.printf("</section>\n")
	}
}

func (w *pageWriter) conditions(p *Package) {
	if len(p.Conditions) == 0 {
		return
	}
	w.printf("<h2>Conditions</h2>\n<div class=\"scroll\" tabindex=\"0\"><table>\n<thead><tr><th scope=\"col\">Condition</th><th scope=\"col\">Place</th>" +
		"<th scope=\"col\">True</th><th scope=\"col\">False</th></tr></thead>\n<tbody>\n")
	for _, c := range p.Conditions {
		name := ""
		if c.Name != "" {
			name = " <span class=\"wrap\">(" + escape(c.Name) + ")</span>"
		}
		w.printf("<tr><th scope=\"row\" class=\"wrap\"><code>%s</code>%s</th><td class=\"wrap\">%s</td>%s%s</tr>\n",
			escape(c.Expression), name, escape(c.Position.String()), w.outcome(p, c.True, c.Constant), w.outcome(p, c.False, c.Constant))
	}
	w.printf("</tbody></table></div>\n")
}

func (w *pageWriter) outcome(p *Package, o Outcome, constant bool) string {
	switch {
	case o.Count > 0:
		return fmt.Sprintf("<td>%s %s</td>", sign("yes"), escape(times(o.Count)+": "+p.caseNames(o.Cases)))
	case constant:
		return "<td>–</td>"
	}
	return "<td>" + sign("no") + " never</td>"
}

func (w *pageWriter) properties(p *Package) {
	if len(p.Properties) == 0 {
		return
	}
	w.printf("<h2>Configuration</h2>\n<div class=\"scroll\" tabindex=\"0\"><table>\n<thead><tr><th scope=\"col\">Property</th><th scope=\"col\">Reached by</th>" +
		"<th scope=\"col\">Set to more than the default by</th></tr></thead>\n<tbody>\n")
	for _, property := range p.Properties {
		reached := w.property(p, property.ReachedBy)
		if !property.Used {
			reached = "<td>" + sign("no") + " nothing reads it</td>"
		}
		w.printf("<tr><th scope=\"row\" class=\"wrap\"><code>%s</code></th>%s%s</tr>\n", escape(property.Path), reached, w.property(p, property.VariedBy))
	}
	w.printf("</tbody></table></div>\n")
}

func (w *pageWriter) property(p *Package, cases []int) string {
	if len(cases) == 0 {
		return "<td>" + sign("no") + " no case</td>"
	}
	return "<td>" + sign("yes") + " " + escape(p.caseNames(cases)) + "</td>"
}

// maxCases is how many cases are named.
const maxCases = 12

// caseNames names cases for people.
func (p *Package) caseNames(cases []int) string {
	var names []string
	for i, number := range cases {
		if i == maxCases {
			names = append(names, fmt.Sprintf("%d more", len(cases)-maxCases))
			break
		}
		names = append(names, p.Cases[number])
	}
	return strings.Join(names, ", ")
}

func times(n uint64) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

func countState(c Count) string {
	switch {
	case c.Total == 0:
		return ""
	case c.Reached == c.Total:
		return "yes"
	case c.Reached == 0:
		return "no"
	}
	return "part"
}

// sign shows a state by its form, its colour and, for those who hear the page, by
// a word.
func sign(state string) string {
	switch state {
	case "yes":
		return `<span class="yes" aria-hidden="true">✓</span><span class="hidden">reached</span>`
	case "no":
		return `<span class="no" aria-hidden="true">✗</span><span class="hidden">not reached</span>`
	case "part":
		return `<span class="part" aria-hidden="true">◐</span><span class="hidden">partly reached</span>`
	}
	return ""
}

func escape(text string) string { return html.EscapeString(strings.ToValidUTF8(text, "\uFFFD")) }
