package lint

import "strings"

// templateAction is one {{ … }} of a source.
type templateAction struct {
	start, end int
	// inside is what is between the delimiters and trim markers, word its first word.
	inside, word string
	comment      bool
}

// scan returns the actions of a source that parses.
func scan(source string) []templateAction {
	var found []templateAction
	for at := 0; ; {
		i := strings.Index(source[at:], "{{")
		if i < 0 {
			return found
		}
		a := templateAction{start: at + i}
		inside := a.start + 2
		if strings.HasPrefix(source[inside:], "- ") || strings.HasPrefix(source[inside:], "-\n") || strings.HasPrefix(source[inside:], "-\t") || strings.HasPrefix(source[inside:], "-\r") {
			inside++
		}
		end := inside
		if strings.HasPrefix(strings.TrimLeft(source[inside:], " \t\r\n"), "/*") {
			a.comment = true
			closed := strings.Index(source[inside:], "*/")
			if closed < 0 {
				return found
			}
			end = inside + closed + 2
		}
		for end < len(source) && !strings.HasPrefix(source[end:], "}}") {
			switch c := source[end]; c {
			case '"', '\'', '`':
				end++
				for end < len(source) && source[end] != c {
					if source[end] == '\\' && c != '`' {
						end++
					}
					end++
				}
			}
			end++
		}
		if end >= len(source) {
			return found
		}
		a.inside = strings.TrimSuffix(strings.TrimSpace(source[inside:end]), " -")
		if words := strings.Fields(a.inside); len(words) > 0 {
			a.word = words[0]
		}
		a.end = end + 2
		found = append(found, a)
		at = a.end
	}
}

// closing returns the index of the end of a block, or -1.
func closing(actions []templateAction, k int) int {
	depth := 0
	for ; k < len(actions); k++ {
		switch actions[k].word {
		case "if", "with", "range", "block", "define":
			depth++
		case "end", "end-":
			if depth--; depth == 0 {
				return k
			}
		}
	}
	return -1
}
