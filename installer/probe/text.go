package probe

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of texts that come from the cluster, in bytes.
const (
	longestMessage = 400
	longestWord    = 80
)

// oneLine makes a text of the cluster fit for a message: one line, nothing that a
// terminal would obey, at most so many bytes.
func oneLine(text string, most int) string {
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

// word is oneLine for names.
func word(text string) string { return oneLine(text, longestWord) }

// quoted is a text in quotes, cut short.
func quoted(text string) string { return strconv.Quote(word(text)) }

// reasonOr returns the reason of a condition where it is one word, else the other.
func reasonOr(reason, other string) string {
	if reason == "" || len(reason) > longestWord {
		return other
	}
	for i, c := range reason {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || (c < '0' || c > '9') && !strings.ContainsRune("_:,-", c)) {
			return other
		}
	}
	return reason
}

// colon joins what is said with a longer text without its full stop, where there
// is one.
func colon(said, more string) string {
	if more = strings.TrimSuffix(oneLine(more, longestMessage), "."); more != "" {
		return said + ": " + more
	}
	return said
}

// count writes a number with its noun in the singular or plural.
func count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.FormatInt(n, 10) + " " + noun + "s"
}
