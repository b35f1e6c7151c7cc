package scaffold

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/packstage/packstage/internal/yamldoc"
)

// yamlText writes a text on one line: bare where no reader takes it for anything else,
// and as a JSON string elsewhere.
func yamlText(text string) string {
	if isBareText(text) {
		return text
	}
	return yamldoc.Quote(text)
}

// isBlock tells whether a text is several lines that a literal block holds as they are.
func isBlock(text string) bool {
	body := strings.TrimRight(text, "\n")
	if !strings.Contains(body, "\n") || body[0] == '\n' || body[0] == '\t' {
		return false
	}
	lines := strings.Split(body, "\n")
	if strings.TrimSpace(lines[0]) == "" {
		return false
	}
	for _, line := range lines {
		if line != "" && strings.TrimSpace(line) == "" {
			return false // white space alone is easily lost
		}
	}
	return !strings.ContainsFunc(body, func(r rune) bool { return r != '\n' && r != '\t' && !yamldoc.IsPlainRune(r) })
}

// yamlWords are texts that some version of YAML reads as booleans or null.
func yamlWords() []string {
	return []string{"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
}

// isBareText is strict: letters first, then nothing that means something in YAML.
func isBareText(text string) bool {
	if text == "" || strings.HasSuffix(text, ":") || strings.HasSuffix(text, " ") ||
		strings.HasPrefix(text, "---") || strings.HasPrefix(text, "...") {
		return false
	}
	first := text[0]
	if flag := len(text) > 2 && text[:2] == "--" && isLetter(text[2]); first != '/' && !isLetter(first) && !flag {
		return false
	}
	for i := range len(text) {
		c := text[i]
		if !isLetter(c) && (c < '0' || c > '9') && !strings.ContainsRune("-_./:@+=,;() '", rune(c)) {
			return false
		}
	}
	return !strings.Contains(text, ": ") && !slices.Contains(yamlWords(), strings.ToLower(text))
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// formatFloat writes a number that is read as the same float, be it whole or not.
// Whole numbers within 64 bits are read as integers, which to Kubernetes is the same.
func formatFloat(value float64) string {
	if value == math.Trunc(value) && math.Abs(value) < 1e15 {
		return strconv.FormatFloat(value, 'f', -1, 64)
	}
	text := strconv.FormatFloat(value, 'g', -1, 64)
	if strings.Contains(text, "e") && !strings.Contains(text, ".") {
		text = strings.Replace(text, "e", ".0e", 1)
	}
	return text
}
