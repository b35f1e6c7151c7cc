package objectyaml

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// AppendInComment appends a text that stands in a comment of YAML and returns the
// extended slice. What ends the line for readers of YAML, which is more than a line
// break, and what else cannot be seen stands in it as an escape: a package may be
// hostile, and nothing in the names that it gives may be read as content.
func AppendInComment(text []byte, comment string) []byte {
	for _, r := range comment {
		if unicode.IsGraphic(r) {
			text = utf8.AppendRune(text, r)
		} else {
			text = fmt.Appendf(text, "\\u%04x", r)
		}
	}
	return text
}
