package manifest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/packstage/packstage/internal/yamldoc"
)

// yamlWriter writes JSON as block YAML, in the order of its tokens.
type yamlWriter struct {
	tokens *json.Decoder
	out    bytes.Buffer
}

// maxKey is the longest key that a reader of YAML 1.1 and 1.2 takes.
const maxKey = 1000

// place is what stands before a value on its line.
type place int

const (
	atStart place = iota // nothing: the line is new
	afterKey
	afterDash
)

func (w *yamlWriter) value(indent int, at place) error {
	token, err := w.tokens.Token()
	if err != nil {
		return err
	}
	delimiter, ok := token.(json.Delim)
	if !ok {
		w.space(at)
		w.scalar(token, indent)
		w.out.WriteByte('\n')
		return nil
	}
	if !w.tokens.More() {
		w.space(at)
		fmt.Fprintf(&w.out, "%s%c\n", delimiter, closing(delimiter))
		_, err = w.tokens.Token()
		return err
	}
	if at == afterKey {
		w.out.WriteByte('\n')
	}
	for first := true; w.tokens.More(); first = false {
		if !first || at != afterDash {
			w.out.WriteString(strings.Repeat(" ", indent))
		} else {
			w.out.WriteByte(' ')
		}
		if err := w.item(delimiter, indent); err != nil {
			return err
		}
	}
	_, err = w.tokens.Token()
	return err
}

func (w *yamlWriter) item(delimiter json.Delim, indent int) error {
	if delimiter == '[' {
		w.out.WriteByte('-')
		return w.value(indent+2, afterDash)
	}
	key, err := w.tokens.Token()
	if err != nil {
		return err
	}
	name := yamlText(key.(string))
	if len(name) > maxKey {
		return fmt.Errorf("a key has %d bytes, YAML allows %d", len(name), maxKey)
	}
	w.out.WriteString(name + ":")
	return w.value(indent+2, afterKey)
}

func (w *yamlWriter) space(at place) {
	if at != atStart {
		w.out.WriteByte(' ')
	}
}

func (w *yamlWriter) scalar(token json.Token, indent int) {
	switch token := token.(type) {
	case nil:
		w.out.WriteString("null")
	case string:
		if isBlock(token) {
			w.block(token, indent)
			return
		}
		w.out.WriteString(yamlText(token))
	default: // numbers and booleans
		fmt.Fprint(&w.out, token)
	}
}

// block writes a literal block scalar without its last line break.
func (w *yamlWriter) block(text string, indent int) {
	mark := "|-"
	if strings.HasSuffix(text, "\n") {
		mark, text = "|", text[:len(text)-1]
	}
	w.out.WriteString(mark)
	for line := range strings.SplitSeq(text, "\n") {
		w.out.WriteByte('\n')
		if line != "" {
			w.out.WriteString(strings.Repeat(" ", indent) + line)
		}
	}
}

func closing(delimiter json.Delim) rune {
	if delimiter == '[' {
		return ']'
	}
	return '}'
}

// isBlock tells whether a text is several plain lines, which a block shows best.
func isBlock(text string) bool {
	body := strings.TrimSuffix(text, "\n")
	if !strings.Contains(body, "\n") || strings.HasSuffix(body, "\n") || strings.ContainsAny(body[:1], " \n") {
		return false
	}
	for line := range strings.SplitSeq(body, "\n") {
		if strings.HasSuffix(line, " ") || strings.HasSuffix(line, "---") {
			return false
		}
	}
	return !strings.ContainsFunc(body, func(r rune) bool { return r != '\n' && !yamldoc.IsPlainRune(r) })
}

// words are texts that YAML 1.1 reads as booleans or null.
var words = []string{"y", "n", "yes", "no", "on", "off", "true", "false", "null"}

// yamlText writes a text without quotes where no reader takes it for anything
// else, and as a JSON string elsewhere.
func yamlText(text string) string {
	if isPlainText(text) {
		return text
	}
	return yamldoc.Quote(text)
}

func isPlainText(text string) bool {
	if text == "" || strings.HasSuffix(text, ":") || strings.HasSuffix(text, "---") {
		return false
	}
	if first := text[0]; first != '/' && !isLetter(first) {
		return false
	}
	for i := range len(text) {
		if c := text[i]; !isLetter(c) && (c < '0' || c > '9') && !strings.ContainsRune("-_./:@+", rune(c)) {
			return false
		}
	}
	return !slices.Contains(words, strings.ToLower(text))
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
