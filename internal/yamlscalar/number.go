// Package yamlscalar tells which plain text go.yaml.in/yaml/v2 takes for a number. Whoever
// reads plain text and whoever has to quote it ask the same.
package yamlscalar

import "strings"

// LooksNumeric sorts out most text that begins like a number but is none (versions,
// dates, durations, quantities) before anything is parsed. The first byte is not looked
// at.
func LooksNumeric(text string) bool {
	dots := 0
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '.':
			if dots++; dots > 1 { // a version or an address
				return false
			}
		case c >= '0' && c <= '9', c == '_', c == '+', c == '-',
			c >= 'a' && c <= 'f', c >= 'A' && c <= 'F',
			c == 'x', c == 'X', c == 'o', c == 'O':
		default:
			return false
		}
	}
	return true
}

// IsDecimalFloat reports whether text has the form
// [+-] (digits [. [digits]] | . digits) [e [+-] digits].
func IsDecimalFloat(text string) bool {
	if text != "" && (text[0] == '+' || text[0] == '-') {
		text = text[1:]
	}
	whole := CountDigits(text)
	text = text[whole:]
	if strings.HasPrefix(text, ".") {
		fraction := CountDigits(text[1:])
		if whole+fraction == 0 {
			return false
		}
		text = text[1+fraction:]
	} else if whole == 0 {
		return false
	}
	if text == "" {
		return true
	}
	if text[0] != 'e' && text[0] != 'E' {
		return false
	}
	text = text[1:]
	if text != "" && (text[0] == '+' || text[0] == '-') {
		text = text[1:]
	}
	return text != "" && CountDigits(text) == len(text)
}

// CountDigits returns how many decimal digits text begins with.
func CountDigits(text string) int {
	n := 0
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	return n
}
