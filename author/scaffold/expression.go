package scaffold

import (
	"strconv"
	"strings"
)

// ConfigExpression returns the template expression that reads a value of the
// configuration: ".config.web.replicas", or `(index .config "my-app" "replicas")` where
// a key is no identifier.
func ConfigExpression(path ...string) string {
	return fieldExpression(".config", path)
}

func fieldExpression(root string, path []string) string {
	plain := true
	for _, key := range path {
		plain = plain && isIdentifier(key)
	}
	if plain {
		return root + strings.Join(append([]string{""}, path...), ".")
	}
	var text strings.Builder
	text.WriteString("(index " + root)
	for _, key := range path {
		text.WriteString(" " + strconv.Quote(key))
	}
	text.WriteString(")")
	return text.String()
}

// isIdentifier reports whether a key can follow a dot in a template. ASCII only: what
// else Go allows is easily mistaken by people.
func isIdentifier(key string) bool {
	for i, r := range key {
		letter := r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return key != ""
}
