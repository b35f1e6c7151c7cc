package celenv

import (
	"slices"
	"strings"
)

// reserved are the words that CEL keeps for itself: they cannot be the names of
// variables or fields.
var reserved = []string{
	"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in",
	"let", "loop", "namespace", "null", "package", "return", "true", "var", "void", "while",
}

func isReserved(name string) bool { return slices.Contains(reserved, name) }

// Escape returns the name under which a property is a field in CEL, and false
// where it can be none. As in Kubernetes, "__", ".", "-" and "/" become
// "__underscores__", "__dot__", "__dash__" and "__slash__", and a reserved word
// stands between underscores: "__in__".
func Escape(name string) (string, bool) {
	if name == "" || name[0] >= '0' && name[0] <= '9' {
		return "", false
	}
	if isReserved(name) {
		return "__" + name + "__", true
	}
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		c := name[i]
		switch {
		case c == '_' && i+1 < len(name) && name[i+1] == '_':
			b.WriteString("__underscores__")
			i++
		case c == '.':
			b.WriteString("__dot__")
		case c == '-':
			b.WriteString("__dash__")
		case c == '/':
			b.WriteString("__slash__")
		case c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9':
			b.WriteByte(c)
		default:
			return "", false
		}
	}
	return b.String(), true
}

// unescape is the inverse of [Escape].
func unescape(field string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(field); {
		word := escapeSequence(field[i:])
		if word == "" {
			b.WriteByte(field[i])
			i++
			continue
		}
		switch word {
		case "underscores":
			b.WriteString("__")
		case "dot":
			b.WriteByte('.')
		case "dash":
			b.WriteByte('-')
		case "slash":
			b.WriteByte('/')
		default:
			if !isReserved(word) || len(field) != len(word)+4 {
				return "", false
			}
			b.WriteString(word)
		}
		i += len(word) + 4
	}
	return b.String(), true
}

// escapeSequence returns the word of a text that begins with "__word__", or "".
func escapeSequence(text string) string {
	rest, found := strings.CutPrefix(text, "__")
	if !found {
		return ""
	}
	word, after, _ := strings.Cut(rest, "_")
	if !strings.HasPrefix(after, "_") {
		return ""
	}
	return word
}
