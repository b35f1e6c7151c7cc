package linediff

import (
	"bytes"
	"fmt"
	"strings"
)

// Kind says what a line is in a difference.
type Kind byte

// The kinds of lines, as they begin in a unified diff.
const (
	Context Kind = ' '
	Removed Kind = '-'
	Added   Kind = '+'
)

// Line is a line of a hunk.
type Line struct {
	Kind Kind
	// Text is the line without its line break.
	Text string
	// Unfinished marks the last line of a text that does not end in a line break.
	Unfinished bool
}

// Hunk is a part of two texts with changes and the lines around them.
type Hunk struct {
	// OldStart and NewStart count lines from 1; for a part without lines they are
	// those of the line before it.
	OldStart, OldCount, NewStart, NewCount int
	Lines                                  []Line
}

// Header returns the line that a unified diff has above a hunk.
func (h Hunk) Header() string {
	return "@@ -" + span(h.OldStart, h.OldCount) + " +" + span(h.NewStart, h.NewCount) + " @@"
}

func span(start, count int) string {
	if count == 1 {
		return fmt.Sprint(start)
	}
	return fmt.Sprintf("%d,%d", start, count)
}

// around is the number of unchanged lines that are shown on both sides of a change.
const around = 3

// Hunks compares two texts; equal ones have none.
func Hunks(old, new []byte) []Hunk {
	if bytes.Equal(old, new) {
		return nil
	}
	a, b := split(old), split(new)
	numbers := map[string]int{}
	oldLines, newLines := number(numbers, a), number(numbers, b)
	removed, added := compareLines(oldLines, newLines)
	slide(oldLines, removed, indentations(a))
	slide(newLines, added, indentations(b))
	return group(merge(a, b, removed, added))
}

// Unified returns the difference in the unified form, with names for the two texts,
// and "" where they are equal.
func Unified(oldName, newName string, old, new []byte) string {
	hunks := Hunks(old, new)
	if len(hunks) == 0 {
		return ""
	}
	var out strings.Builder
	fmt.Fprintf(&out, "--- %s\n+++ %s\n", oldName, newName)
	for _, hunk := range hunks {
		out.WriteString(hunk.Header() + "\n")
		for _, line := range hunk.Lines {
			out.WriteString(string(rune(line.Kind)) + line.Text + "\n")
			if line.Unfinished {
				out.WriteString(NoLineBreak + "\n")
			}
		}
	}
	return out.String()
}

// NoLineBreak stands below an unfinished line in a unified diff.
const NoLineBreak = `\ No newline at end of file`

// split returns the lines of a text, each with its line break.
func split(text []byte) []string {
	lines := strings.SplitAfter(string(text), "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

func number(known map[string]int, lines []string) []int {
	numbers := make([]int, len(lines))
	for i, line := range lines {
		n, ok := known[line]
		if !ok {
			n = len(known)
			known[line] = n
		}
		numbers[i] = n
	}
	return numbers
}

// indentations returns the number of blanks before each line; a blank line is
// indented more than any other, since nothing begins there.
func indentations(lines []string) []int {
	const blank = 1 << 30
	all := make([]int, len(lines))
	for i, line := range lines {
		all[i] = len(line) - len(strings.TrimLeft(line, " \t"))
		if strings.TrimSpace(line) == "" {
			all[i] = blank
		}
	}
	return all
}

// merge puts both texts into one list of lines. Slid runs may have come to lie
// beside one another: what is removed comes first.
func merge(old, new []string, removed, added []bool) []Line {
	var all []Line
	add := func(kind Kind, text string) {
		line := Line{Kind: kind, Text: strings.TrimSuffix(text, "\n")}
		line.Unfinished = line.Text == text
		all = append(all, line)
	}
	for i, j := 0, 0; i < len(old) || j < len(new); {
		switch {
		case i < len(old) && removed[i]:
			add(Removed, old[i])
			i++
		case j < len(new) && added[j]:
			add(Added, new[j])
			j++
		default:
			add(Context, old[i])
			i, j = i+1, j+1
		}
	}
	return all
}

// group cuts a list of lines into hunks.
func group(lines []Line) []Hunk {
	var hunks []Hunk
	oldLine, newLine := 0, 0 // lines before
	last := -1               // the last line of the last hunk
	for i := 0; i < len(lines); i++ {
		if lines[i].Kind == Context {
			oldLine, newLine = oldLine+1, newLine+1
			continue
		}
		from := max(i-around, last+1)
		end := i // behind the last change of this hunk
		for j := i; j < len(lines) && j-end < 2*around+1; j++ {
			if lines[j].Kind != Context {
				end = j + 1
			}
		}
		to := min(end+around, len(lines))
		hunk := Hunk{OldStart: oldLine - (i - from) + 1, NewStart: newLine - (i - from) + 1, Lines: lines[from:to]}
		for _, line := range hunk.Lines {
			if line.Kind != Added {
				hunk.OldCount++
			}
			if line.Kind != Removed {
				hunk.NewCount++
			}
		}
		oldLine, newLine = hunk.OldStart-1+hunk.OldCount, hunk.NewStart-1+hunk.NewCount
		if hunk.OldCount == 0 {
			hunk.OldStart--
		}
		if hunk.NewCount == 0 {
			hunk.NewStart--
		}
		hunks = append(hunks, hunk)
		last, i = to-1, to-1
	}
	return hunks
}
