package yamldoc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	yamlv2 "go.yaml.in/yaml/v2"
)

// checkEncoding refuses UTF-16, in which no separator would be found.
func checkEncoding(d Document) error {
	if bytes.HasPrefix(d.Data, []byte("\xFF\xFE")) || bytes.HasPrefix(d.Data, []byte("\xFE\xFF")) {
		return &Error{
			Kind:    Syntax,
			Line:    d.FirstLine,
			Column:  1,
			Message: "the text is UTF-16",
			Hint:    "save it as UTF-8",
		}
	}
	return nil
}

var linePrefix = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?`)

// syntaxError turns an error of the YAML library into one for people.
func syntaxError(d Document, o Options, err error) *Error {
	if e := encodingError(d); e != nil {
		return e
	}
	e := &Error{Kind: Syntax, Line: d.Line}
	if errors.Is(err, errSecond) {
		e.Message, e.Hint = "there is more than one document", separatorHint
		return e
	}
	text := strings.TrimPrefix(err.Error(), errTrailing.Error()+": ")
	match := linePrefix.FindStringSubmatch(text)
	e.Message = text[len(match[0]):]
	line, _ := strconv.Atoi(match[1]) // 0 for the first line
	e.Line, e.Column = d.syntaxPosition(e.Message, line)
	explain(d, o, e)
	if errors.Is(err, errTrailing) && e.Hint == "" {
		e.Message, e.Hint = errTrailing.Error(), separatorHint
	}
	return e
}

const separatorHint = "put --- between documents, at the beginning of a line"

// syntaxPosition turns the line that the library names into a place in the
// stream. Of columns the library says nothing: where the scanner stops at once,
// the place is where it stopped reading, otherwise the first text of the line.
func (d Document) syntaxPosition(message string, line int) (int, int) {
	switch message {
	case mappingProblem, itemProblem, tokenProblem, depthProblem:
		return d.position(d.scanned())
	}
	switch {
	case line == 0:
		line = 1
	case isParserProblem(message):
		line++ // the parser's own errors name the line before the one they mean
	}
	line = min(line, countBreaks(d.Data)+1)
	text := d.lineText(line)
	if message == keyProblem && line > 1 && len(text) < maxKey {
		line-- // noticed at the token after what should have been a key
		text = d.lineText(line)
	}
	for line > 1 && isPrefix(text) {
		line--
		text = d.lineText(line)
	}
	return d.FirstLine + line - 1, len(text) - len(bytes.TrimLeft(text, " \t")) + 1
}

func isParserProblem(message string) bool {
	switch message {
	case "did not find expected comment or line break",
		"did not find expected alphabetic or numeric character",
		"did not find expected digit or ',' or '}'",
		"did not find expected hexdecimal number",
		"did not find expected whitespace or line break",
		"did not find expected whitespace",
		"did not find expected '!'", "did not find expected tag URI":
		return false // the scanner's
	}
	return strings.HasPrefix(message, "did not find expected")
}

// scanned returns the offset in Data of the token at which the scanner stops.
// There it has exactly as much text ahead as it needs to tell tokens apart.
func (d Document) scanned() int {
	const lookahead = 4
	r := &stingyReader{data: append(d.Data[:len(d.Data):len(d.Data)], "\n\n\n\n"...)}
	dec := yamlv2.NewDecoder(r)
	func() {
		defer func() { _ = recover() }()
		for dec.Decode(&discard{}) == nil {
		}
	}()
	at := r.read
	for range lookahead {
		_, size := utf8.DecodeLastRune(r.data[:at])
		at -= size
	}
	return min(at, len(d.Data))
}

// stingyReader gives one byte at a time, so that what has been read is no more
// than what was asked for.
type stingyReader struct {
	data []byte
	read int
}

func (r *stingyReader) Read(p []byte) (int, error) {
	if r.read == len(r.data) {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	p[0] = r.data[r.read]
	r.read++
	return 1, nil
}

// What the library says of some mistakes.
const (
	depthProblem   = "exceeded max depth of 10000"
	mappingProblem = "mapping values are not allowed in this context"
	itemProblem    = "block sequence entries are not allowed in this context"
	tokenProblem   = "found character that cannot start any token"
	tabProblem     = "found a tab character that violates indentation"
	keyProblem     = "could not find expected ':'"
)

// maxKey is the length of text that may be a key.
const maxKey = 1024

var unknownAnchor = regexp.MustCompile(`^unknown anchor '(.*)' referenced$`)

// explain replaces what the library says by what it means, looking at the line
// in question for the usual causes.
func explain(d Document, o Options, e *Error) {
	text := d.lineText(e.Line - d.FirstLine + 1)
	if match := unknownAnchor.FindStringSubmatch(e.Message); match != nil {
		// Without its name: it may be a password that is not in quotes.
		e.Message = "the alias has no anchor before it"
		e.Hint = "put text that begins with * in quotes"
		if i := bytes.Index(d.Data, []byte("*"+match[1])); i >= 0 {
			e.Line, e.Column = d.position(i)
		}
		return
	}
	switch e.Message {
	case depthProblem:
		e.Kind, e.Message = DepthLimit, depthMessage(o.depth())
	case "document contains excessive aliasing":
		e.Kind, e.Message = AliasLimit, "the aliases expand to too many nodes"
	case "found unknown escape character":
		e.Message = "a backslash in double quotes begins an unknown escape"
		e.Hint = `write \\ for a backslash, or use single quotes`
		if i := unknownEscape(text); i >= 0 {
			e.Column = i + 1
			e.Message = fmt.Sprintf("%s is no escape that kubectl reads", text[i:i+2])
			if text[i+1] == '/' {
				e.Hint = "write / without the backslash"
			}
		}
	case tokenProblem:
		if e.Column > len(text) {
			return
		}
		c, _ := utf8.DecodeRune(text[e.Column-1:])
		e.Message, e.Hint = fmt.Sprintf("a value cannot begin with %q", c), "put the text in quotes"
		if c == '\t' {
			e.Message, e.Hint = "a tab cannot indent", "indent with spaces"
		}
	case tabProblem:
		e.Message, e.Hint = "a tab cannot indent", "indent with spaces"
	case mappingProblem:
		e.Message = "a \":\" cannot stand here"
		e.Hint = "put text that holds \": \" in quotes, or check the indentation"
	case keyProblem:
		e.Message = "a key must have a \":\" after it, on the same line"
		e.Hint = "check the indentation and the quotes"
	case "did not find expected key", "did not find expected '-' indicator":
		e.Hint = "check the indentation and the quotes, here and in the lines before"
	case itemProblem:
		e.Message = "a list cannot begin here"
		e.Hint = "put it on lines of its own, or text that begins with \"- \" in quotes"
	case "found unexpected end of stream":
		e.Message, e.Hint = "a quoted text has no end", "add the closing quote"
	case "found incompatible YAML document":
		e.Message = "the %YAML directive names another version than 1.1"
		e.Hint = "remove the line or write %YAML 1.1"
	}
}

// unknownEscape returns the offset of the first backslash that begins no escape
// of YAML, or -1.
func unknownEscape(text []byte) int {
	for i := 0; i+1 < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		if bytes.IndexByte([]byte("0abt\tnvfre \"'\\N_LPxuU"), text[i+1]) < 0 && text[i+1] < utf8.RuneSelf {
			return i
		}
		i++
	}
	return -1
}

// encodingError finds the first byte that YAML text cannot hold; the library
// does not say where it stands.
func encodingError(d Document) *Error {
	for at := 0; at < len(d.Data); {
		r, size := utf8.DecodeRune(d.Data[at:])
		message := ""
		switch {
		case r == utf8.RuneError && size == 1:
			message = "the text is not UTF-8"
		case !isPrintable(r):
			message = "the text holds the control character " + strconv.QuoteRuneToASCII(r)
		}
		if message != "" {
			e := &Error{Kind: Syntax, Message: message}
			e.Line, e.Column = d.position(at)
			return e
		}
		at += size
	}
	return nil
}

// isPrintable reports whether YAML text may hold r.
func isPrintable(r rune) bool {
	switch {
	case r == '\t', r == '\n', r == '\r', r == 0x85:
		return true
	case r >= 0x20 && r <= 0x7E, r >= 0xA0 && r <= 0xD7FF, r >= 0xE000 && r <= 0xFFFD && r != 0xFEFF:
		return true
	case r == 0xFEFF:
		return true
	default:
		return r >= 0x10000 && r <= 0x10FFFF
	}
}
