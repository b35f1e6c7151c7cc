package cli

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// cellWidth is how many columns of a terminal a character takes.
func cellWidth(r rune) int {
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	default:
		return 1
	}
}

func textWidth(text string) int {
	total := 0
	for _, r := range text {
		total += cellWidth(r)
	}
	return total
}

// cutToWidth returns as much of a text as fits into columns, with a mark where
// something is missing.
func cutToWidth(text string, columns int) string {
	if textWidth(text) <= columns {
		return text
	}
	var b strings.Builder
	left := columns - 1
	for _, r := range text {
		if left -= cellWidth(r); left < 0 {
			break
		}
		b.WriteRune(r)
	}
	if columns < 1 {
		return ""
	}
	return b.String() + "…"
}

// padded fills a text up to columns.
func padded(text string, columns int) string {
	return text + strings.Repeat(" ", max(0, columns-textWidth(text)))
}

// sprintable is fmt.Sprintf for what strangers may have a part in.
func sprintable(format string, arguments ...any) string {
	return printable(fmt.Sprintf(format, arguments...))
}
