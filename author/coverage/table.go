package coverage

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// maxMissing is how many ranges of lines a row of the table shows.
const maxMissing = 8

// WriteTable writes the counts for people: a row for each file, the totals, and
// the properties that lack a case.
func (p *Profile) WriteTable(w io.Writer) error {
	var text bytes.Buffer
	for i := range p.Packages {
		if i > 0 {
			text.WriteByte('\n')
		}
		p.Packages[i].writeTable(&text, len(p.Packages) > 1)
	}
	if len(p.Packages) > 1 {
		fmt.Fprintf(&text, "\nall: %s\n", summary(p.Totals()))
	}
	_, err := w.Write(text.Bytes())
	return err
}

func (p *Package) writeTable(text *bytes.Buffer, titled bool) {
	if titled {
		fmt.Fprintf(text, "%s\n", p.title())
	}
	table := tabwriter.NewWriter(text, 0, 8, 2, ' ', 0)
	fmt.Fprintf(table, "FILE\tPOINTS\tREACHED\tNOT REACHED\n")
	for _, file := range p.FileTotals() {
		missing := ranges(file.Missing)
		if len(missing) > 0 {
			missing = "line " + missing
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", file.Path, file.Totals.Points, percentOrNone(file.Totals.Points), missing)
	}
	totals := p.Totals()
	fmt.Fprintf(table, "total\t%s\t%s\t\n", totals.Points, percentOrNone(totals.Points))
	// A tabwriter over a buffer does not fail.
	_ = table.Flush()
	trimLines(text)
	fmt.Fprintf(text, "%s\n", summary(totals))
	var unreached, unvaried []string
	for _, property := range p.Properties {
		switch {
		case len(property.ReachedBy) == 0:
			unreached = append(unreached, property.Path)
		case len(property.VariedBy) == 0:
			unvaried = append(unvaried, property.Path)
		}
	}
	writeList(text, "not reached", unreached)
	writeList(text, "never set to anything but the default", unvaried)
}

// summary says all totals in one line.
func summary(t Totals) string {
	parts := []string{percent(t.Points)}
	for _, part := range []struct {
		name  string
		count Count
	}{
		{"actions", t.Actions}, {"branches", t.Branches}, {"definitions", t.Definitions}, {"outcomes of conditions", t.Outcomes},
		{"files", t.Files}, {"properties", t.Properties}, {"properties varied", t.Varied},
	} {
		if part.count.Total > 0 {
			parts = append(parts, fmt.Sprintf("%s %s", part.name, part.count))
		}
	}
	return strings.Join(parts, ", ")
}

func percentOrNone(c Count) string {
	if c.Total == 0 {
		return "-"
	}
	return percent(c)
}

func writeList(text *bytes.Buffer, title string, names []string) {
	if len(names) > 0 {
		fmt.Fprintf(text, "properties %s: %s\n", title, strings.Join(names, ", "))
	}
}

// ranges writes numbers as "3, 7-9, 12".
func ranges(numbers []int) string {
	return rangesWith(numbers, func(_ int, text string) string { return text })
}

// rangesWith is ranges, with the text of each range changed by show.
func rangesWith(numbers []int, show func(first int, text string) string) string {
	var parts []string
	for i := 0; i < len(numbers); {
		last := i
		for last+1 < len(numbers) && numbers[last+1] == numbers[last]+1 {
			last++
		}
		if len(parts) == maxMissing {
			return strings.Join(parts, ", ") + ", …"
		}
		if last == i {
			parts = append(parts, show(numbers[i], fmt.Sprint(numbers[i])))
		} else {
			parts = append(parts, show(numbers[i], fmt.Sprintf("%d-%d", numbers[i], numbers[last])))
		}
		i = last + 1
	}
	return strings.Join(parts, ", ")
}

// trimLines removes white space at the ends of lines.
func trimLines(text *bytes.Buffer) {
	lines := strings.Split(text.String(), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	text.Reset()
	text.WriteString(strings.Join(lines, "\n"))
}
