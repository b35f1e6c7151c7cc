package page

import "strings"

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

// identifiers gives each thing on a page an identifier of its own.
type identifiers map[string]bool

func (used identifiers) next(prefix, name string) string {
	id := prefix
	if part := slug(name); part != "" {
		id += "-" + part
	}
	for unique := id; ; unique += "-x" {
		if !used[unique] {
			used[unique] = true
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
