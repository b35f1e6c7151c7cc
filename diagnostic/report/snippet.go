package report

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

const (
	tabWidth = 4
	ellipsis = "..."
)

// cell is one character of a line as it is shown.
type cell struct {
	text  string
	width int // columns of a terminal
}

// snippet returns a line as it is shown in at most limit terminal columns, and
// the number of columns before the character at column, which counts bytes from
// 1. A column behind the end of the line counts as the end, column 0 as the
// first. Where the line is too wide, the part around the column is shown.
//
// The work depends on limit, not on the length of the line.
func snippet(line []byte, column, limit int) (text string, before int) {
	target := min(max(column-1, 0), len(line))
	// A column of a terminal seldom needs more than four bytes.
	from := runeStart(line, max(0, target-utf8.UTFMax*limit))
	to := runeStart(line, min(len(line), target+utf8.UTFMax*limit))
	cells, caret := layOut(string(line[from:to]), target-from)

	cutLeft, cutRight := from > 0, to < len(line)
	if !cutLeft && !cutRight && widthOf(cells) <= limit {
		return join(cells), widthOf(cells[:caret])
	}
	first := 0
	if cutLeft || widthOf(cells[:caret]) > limit*3/4 {
		// Two thirds of what is shown stand before the caret: where a finding
		// begins, its cause is often just behind one.
		first = caret
		for room := limit * 2 / 3; first > 0 && cells[first-1].width <= room; first-- {
			room -= cells[first-1].width
		}
		cutLeft = cutLeft || first > 0
	}
	room := limit
	if cutLeft {
		room -= len(ellipsis)
	}
	room -= len(ellipsis)
	last := first
	for last < len(cells) && cells[last].width <= room {
		room -= cells[last].width
		last++
	}
	cutRight = cutRight || last < len(cells)

	text, before = join(cells[first:last]), widthOf(cells[first:max(first, min(caret, last))])
	if cutLeft {
		text, before = ellipsis+text, before+len(ellipsis)
	}
	if cutRight {
		text += ellipsis
	}
	return text, before
}

// runeStart moves an offset back to the beginning of its character.
func runeStart(line []byte, offset int) int {
	if offset == len(line) {
		return offset
	}
	for back := range min(offset+1, utf8.UTFMax) {
		if !utf8.RuneStart(line[offset-back]) {
			continue
		}
		if _, size := utf8.DecodeRune(line[offset-back:]); size > back {
			return offset - back
		}
		break
	}
	return offset
}

// layOut returns the cells of a text, and the index of the one that holds the
// byte at target, or the number of cells where target is the end.
func layOut(text string, target int) (cells []cell, caret int) {
	caret = -1
	shown := 0
	for offset := 0; offset < len(text); {
		shownText, size := visibleRune(text[offset:])
		next := cell{text: shownText, width: textWidth(shownText)}
		if text[offset] == '\t' {
			next.width = tabWidth - shown%tabWidth
			next.text = strings.Repeat(" ", next.width)
		}
		if caret < 0 && offset+size > target {
			caret = len(cells)
		}
		cells = append(cells, next)
		shown += next.width
		offset += size
	}
	if caret < 0 {
		caret = len(cells)
	}
	return cells, caret
}

// textWidth returns the columns that visible text takes on a terminal.
func textWidth(text string) int {
	columns := 0
	for _, r := range text {
		switch {
		case r < 0x300:
			columns++
		case unicode.In(r, unicode.Mn, unicode.Me):
			// Drawn over the character before it.
		default:
			columns++
			switch width.LookupRune(r).Kind() {
			case width.EastAsianWide, width.EastAsianFullwidth:
				columns++
			}
		}
	}
	return columns
}

func widthOf(cells []cell) int {
	sum := 0
	for _, c := range cells {
		sum += c.width
	}
	return sum
}

func join(cells []cell) string {
	var b strings.Builder
	for _, c := range cells {
		b.WriteString(c.text)
	}
	return b.String()
}
