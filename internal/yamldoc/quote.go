package yamldoc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
)

// Quote writes a text as a JSON string, with escapes for the characters that some
// version of YAML does not allow: every reader of YAML takes it for that text.
func Quote(text string) string {
	var quoted bytes.Buffer
	encoder := json.NewEncoder(&quoted)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a text always encodes
	var out strings.Builder
	for _, r := range strings.TrimSuffix(quoted.String(), "\n") {
		switch {
		case r < unicode.MaxASCII || IsPlainRune(r):
			out.WriteRune(r)
		case r > 0xFFFF:
			fmt.Fprintf(&out, `\U%08x`, r)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	return out.String()
}

// IsPlainRune tells whether a character is the same in all versions of YAML, and needs
// no escape.
func IsPlainRune(r rune) bool {
	return r == ' ' || r < unicode.MaxASCII && unicode.IsGraphic(r) || r > 0xA0 && r != 0xFEFF && unicode.IsPrint(r)
}
