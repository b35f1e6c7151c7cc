package coverage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// sourceSpan is a part of a source that looks different.
type sourceSpan struct {
	start, end int
	class      string
}

// source writes a template with what was reached of it.
func (w *pageWriter) source(p *Package, file File, source, id string) {
	classes := paint(file, len(source))
	badges := map[int]string{}
	byLine := p.lineItems(file)
	for _, point := range file.Points {
		if point.Implicit && point.Count == 0 && point.End <= len(source) {
			badges[point.End] = implicitBadge(point, file)
		}
	}
	w.printf("<div class=\"code\">\n")
	number := 0
	for at := 0; at < len(source); {
		number++
		end := at + strings.IndexByte(source[at:], '\n')
		next := end + 1
		if end < at {
			end, next = len(source), len(source)
		}
		w.sourceLine(p, number, byLine[number], id, func() {
			w.painted(source, at, end, classes, badges)
		})
		at = next
	}
	w.printf("</div>\n")
}

func implicitBadge(point Point, file File) string {
	decision := strings.TrimPrefix(point.Form, "else ")
	for _, other := range file.Points {
		if other.Kind == "action" && other.Line == point.Line && other.Column == point.Column && other.Count == 0 {
			return "" // that it is not reached says it all
		}
	}
	switch decision {
	case "range":
		return "never empty"
	case "with":
		return "never without"
	}
	return "never false"
}

// paint tells the class of each byte of a source, as runs.
func paint(file File, size int) []sourceSpan {
	var spans []sourceSpan
	for _, point := range file.Points {
		if point.End > size {
			continue
		}
		switch {
		case point.Kind == "action" && point.Count == 0:
			spans = append(spans, sourceSpan{start: point.Start, end: point.End, class: "m"})
		case point.Kind == "action":
			class := "r"
			if partly(file, point) {
				class = "p"
			}
			spans = append(spans, sourceSpan{start: point.Start, end: point.End, class: class})
		case point.Count == 0 && point.End > point.Start:
			spans = append(spans, sourceSpan{start: point.Start, end: point.End, class: "u"})
		}
	}
	// What begins later, or is shorter, lies inside and wins.
	slices.SortStableFunc(spans, func(a, b sourceSpan) int { return cmp.Or(a.start-b.start, b.end-a.end) })
	var runs []sourceSpan
	var open []sourceSpan
	at := 0
	advance := func(to int) {
		for at < to {
			for len(open) > 0 && open[len(open)-1].end <= at {
				open = open[:len(open)-1]
			}
			end, class := to, ""
			if len(open) > 0 {
				class = open[len(open)-1].class
				end = min(end, open[len(open)-1].end)
			}
			runs = append(runs, sourceSpan{start: at, end: end, class: class})
			at = end
		}
	}
	for _, span := range spans {
		advance(span.start)
		open = append(open, span)
	}
	advance(size)
	return runs
}

// partly reports whether an action was executed, but not all that it decides was
// seen, and is written at it.
func partly(file File, action Point) bool {
	return slices.ContainsFunc(file.Points, func(p Point) bool {
		return p.Kind == "branch" && p.Line == action.Line && p.Column == action.Column && p.Count == 0
	})
}

// painted writes a part of a line.
func (w *pageWriter) painted(source string, from, to int, runs []sourceSpan, badges map[int]string) {
	first, _ := slices.BinarySearchFunc(runs, from, func(run sourceSpan, at int) int {
		if run.end <= at {
			return -1
		}
		return 1
	})
	for _, run := range runs[min(first, len(runs)):] {
		if run.start >= to {
			break
		}
		start, end := max(run.start, from), min(run.end, to)
		text := source[start:end]
		seen := strings.TrimLeft(text, " \t\r")
		w.WriteString(text[:len(text)-len(seen)])
		if run.class != "" && seen != "" {
			w.printf("<span class=\"%s\">%s</span>", run.class, escape(seen))
		} else {
			w.WriteString(escape(seen))
		}
		if badge := badges[run.end]; badge != "" && run.end <= to {
			w.printf("<span class=\"b\">%s</span>", badge)
		}
	}
}

// lineItem is something in a line that is reached or not.
type lineItem struct {
	what   string
	column int
	count  uint64
	cases  []int
	action bool
}

// lineItems returns the points of a file and the outcomes of its conditions, by
// line.
func (p *Package) lineItems(file File) map[int][]lineItem {
	byLine := map[int][]lineItem{}
	for _, point := range file.Points {
		byLine[point.Line] = append(byLine[point.Line], lineItem{point.describe(), point.Column, point.Count, point.Cases, point.Kind == "action"})
	}
	for _, c := range p.Conditions {
		at := c.Position
		if at.File != file.Path {
			continue
		}
		for _, outcome := range []struct {
			name string
			Outcome
		}{{"true", c.True}, {"false", c.False}} {
			if c.Constant && outcome.Count == 0 && c.True.Count+c.False.Count > 0 {
				continue
			}
			what := shorten(c.Expression) + " is " + outcome.name
			byLine[at.Line] = append(byLine[at.Line], lineItem{what, at.Column, outcome.Count, outcome.Cases, false})
		}
	}
	return byLine
}

// sourceLine writes one line; one with items can be opened.
func (w *pageWriter) sourceLine(p *Package, number int, items []lineItem, id string, code func()) {
	if len(items) == 0 {
		w.printf("<div><i class=\"l\">%d</i><i class=\"s\"></i><i class=\"c\"></i> ", number)
		code()
		w.printf("</div>\n")
		return
	}
	reached := Count{}
	most := uint64(0)
	for _, item := range items {
		reached.add(item.count > 0)
		if item.action {
			most = max(most, item.count)
		}
	}
	state := countState(reached)
	count := ""
	if most > 0 {
		count = fmt.Sprintf("%d×", most)
	}
	w.printf("<details id=\"%sl%d\"><summary><i class=\"l\">%d</i><i class=\"s %s\">%s</i><i class=\"c\">%s</i> ",
		id, number, number, state, sign(state), count)
	code()
	w.printf("</summary><ul>\n")
	for _, item := range items {
		what := sign("no") + " never"
		if item.count > 0 {
			what = sign("yes") + " " + escape(times(item.count)+": "+p.caseNames(item.cases))
		}
		w.printf("<li><code>%s</code>, column %d: %s</li>\n", escape(item.what), item.column, what)
	}
	w.printf("</ul></details>\n")
}

// describe says what a point is.
func (p Point) describe() string {
	decision := strings.TrimPrefix(p.Form, "else ")
	switch {
	case p.Kind == "definition":
		return p.Form
	case p.Kind == "action":
		return p.Form
	case decision == "range" && p.Else:
		return p.Form + " without a round"
	case decision == "range":
		return p.Form + ": rounds"
	case decision == "with" && p.Else:
		return p.Form + " finds nothing"
	case decision == "with":
		return p.Form + " finds something"
	case p.Else:
		return p.Form + " is false"
	}
	return p.Form + " is true"
}
