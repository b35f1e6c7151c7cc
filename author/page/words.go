package page

import (
	"strconv"
	"strings"
)

// word is a piece of a text; what stood between single backticks is code.
type word struct {
	Text string
	Code bool
}

func words(text string) []word {
	var pieces []word
	for {
		before, rest, found := strings.Cut(text, "`")
		inside, after, closed := strings.Cut(rest, "`")
		if !found || !closed || inside == "" {
			if text != "" {
				pieces = append(pieces, word{Text: text})
			}
			return pieces
		}
		if before != "" {
			pieces = append(pieces, word{Text: before})
		}
		pieces = append(pieces, word{Text: inside, Code: true})
		text = after
	}
}

// paragraphs are the words of a text by its paragraphs, which empty lines part.
func paragraphs(text string) [][]word {
	var all [][]word
	for _, paragraph := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		if strings.TrimSpace(paragraph) != "" {
			all = append(all, words(paragraph))
		}
	}
	return all
}

// slug makes a part of an identifier.
func slug(text string) string {
	var out strings.Builder
	for _, r := range strings.ToLower(text) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			out.WriteRune(r)
		} else if out.Len() > 0 && !strings.HasSuffix(out.String(), "-") {
			out.WriteByte('-')
		}
	}
	return strings.Trim(out.String(), "-")
}

// identifiers gives each thing on a page an identifier of its own: it knows how often
// each was asked for.
type identifiers map[string]int

func (used identifiers) next(prefix, name string) string {
	id := prefix
	if part := slug(name); part != "" {
		id += "-" + part
	}
	if used[id] == 0 {
		used[id] = 1
		return id
	}
	for {
		used[id]++
		if unique := id + "-" + strconv.Itoa(used[id]); used[unique] == 0 {
			used[unique] = 1
			return unique
		}
	}
}

// quoted writes a word of a command line.
func quoted(text string) string {
	safe := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("./:@_-+=,", r)
	}
	if text != "" && strings.IndexFunc(text, func(r rune) bool { return !safe(r) }) < 0 {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
