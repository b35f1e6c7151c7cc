package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// visibleRune returns what stands for the first character of s, which is not
// empty, and the number of bytes that it takes in s.
func visibleRune(s string) (text string, size int) {
	r, size := utf8.DecodeRuneInString(s)
	switch {
	case r == utf8.RuneError && size == 1:
		return fmt.Sprintf(`\x%02x`, s[0]), size
	case unicode.IsPrint(r):
		return s[:size], size
	case r == '\n':
		return `\n`, size
	case r == '\r':
		return `\r`, size
	case r == '\t':
		return `\t`, size
	case r < 0x80:
		return fmt.Sprintf(`\x%02x`, r), size
	case r <= 0xffff:
		return fmt.Sprintf(`\u%04x`, r), size
	default:
		return fmt.Sprintf(`\U%08x`, r), size
	}
}

// visible returns s on one line, without anything that a terminal acts on.
func visible(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		text, size := visibleRune(s)
		b.WriteString(text)
		s = s[size:]
	}
	return b.String()
}

// visibleLines is visible, but keeps line breaks. Each further line begins with
// indent, so that text of a package cannot pass for a headline of its own.
func visibleLines(s, indent string) string {
	lines := strings.Split(strings.TrimRight(s, "\r\n"), "\n")
	for i, line := range lines {
		lines[i] = visible(strings.TrimSuffix(line, "\r"))
		if i > 0 && lines[i] != "" {
			lines[i] = indent + lines[i]
		}
	}
	return strings.Join(lines, "\n")
}
