// Package plain makes texts that come from a cluster fit for messages: whoever may
// write an object, a Lease or the answer of a webhook chooses what is in them.
package plain

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line returns a text in one line, with nothing that a terminal would obey, of at most
// so many bytes; where something was cut off, "…" follows.
func Line(text string, most int) string {
	cut := len(text) > 4*most
	if cut {
		text = text[:4*most] // what follows would be cut in any case
	}
	text = strings.Map(func(c rune) rune {
		if !unicode.IsGraphic(c) || c == utf8.RuneError {
			return ' '
		}
		return c
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > most {
		cut, text = true, strings.ToValidUTF8(text[:most], "")
	}
	if cut {
		return text + "…"
	}
	return text
}
