package probe

import (
	"strconv"
	"strings"

	"github.com/packstage/packstage/installer/internal/plain"
)

// Bounds of texts that come from the cluster, in bytes.
const (
	longestMessage = 400
	longestWord    = 80
)

// inLine is a text of the cluster in a line, fit for a message.
func inLine(text string) string { return plain.Line(text, longestMessage) }

// word is inLine for names.
func word(text string) string { return plain.Line(text, longestWord) }

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
	if more = strings.TrimSuffix(inLine(more), "."); more != "" {
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
