package celenv

import "slices"

// reserved are the words that CEL keeps for itself: they cannot be the names of
// variables or fields.
var reserved = []string{
	"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in",
	"let", "loop", "namespace", "null", "package", "return", "true", "var", "void", "while",
}

func isReserved(name string) bool { return slices.Contains(reserved, name) }
