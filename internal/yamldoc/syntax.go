package yamldoc

import (
	"bytes"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
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

// syntaxError turns an error of the YAML libraries into one for people.
func syntaxError(d Document, err error) *Error {
	if e := encodingError(d); e != nil {
		return e
	}
	e := &Error{Kind: Syntax}
	if errors.Is(err, errSecond) {
		e.Line = d.Line
		e.Message = "there is more than one document"
		e.Hint = "put --- between documents, at the beginning of a line"
		return e
	}
	text := err.Error()
	trailing := errors.Is(err, errTrailing)
	text = strings.TrimPrefix(text, errTrailing.Error()+": ")
	match := linePrefix.FindStringSubmatch(text)
	e.Message = text[len(match[0]):]
	line, _ := strconv.Atoi(match[1])
	describeSyntax(e)
	e.Line, e.Column = d.syntaxPosition(e, line)
	refineSyntax(d, e)
	if trailing && e.Hint == "" {
		e.Message = errTrailing.Error()
		e.Hint = "put --- between documents, at the beginning of a line"
	}
	return e
}

// syntaxPosition turns the line that the library names, counted from 1 or 0
// where it names none, into a place in the stream. The parser's own errors name
// the line before the one that they mean, the scanner's the right one.
func (d Document) syntaxPosition(e *Error, line int) (int, int) {
	if isParserProblem(e.Message) {
		line++
	}
	if line == 0 {
		line = 1
		if contentOffset(d.Data) >= 0 {
			line = d.Line - d.FirstLine + 1
		}
	}
	last := countBreaks(d.Data) + 1
	line = min(line, last)
	text := d.lineText(line)
	for line > 1 && len(bytes.TrimSpace(text)) == 0 {
		line--
		text = d.lineText(line)
	}
	return d.FirstLine + line - 1, len(text) - len(bytes.TrimLeft(text, " \t")) + 1
}

func isParserProblem(message string) bool {
	return strings.HasPrefix(message, "did not find expected") && !strings.Contains(message, "character")
}

// describeSyntax gives the limits of the library their kind.
func describeSyntax(e *Error) {
	switch {
	case strings.HasPrefix(e.Message, "exceeded max depth"):
		e.Kind = DepthLimit
		e.Message = depthMessage(jsonDepth)
	case strings.HasPrefix(e.Message, "document contains excessive aliasing"):
		e.Kind = AliasLimit
		e.Message = "the aliases expand to too many nodes"
	case strings.HasPrefix(e.Message, "anchor '") && strings.HasSuffix(e.Message, "contains itself"):
		e.Kind = AliasLimit
	case strings.HasPrefix(e.Message, "invalid map key"):
		e.Kind = InvalidValue
		e.Message = "a list or a mapping cannot be a key"
		e.Hint = "put a template action or text that begins with { or [ in quotes"
	}
}

// refineSyntax looks at the line in question for the usual causes.
func refineSyntax(d Document, e *Error) {
	text := d.lineText(e.Line - d.FirstLine + 1)
	switch {
	case strings.Contains(e.Message, "unknown escape character"):
		e.Hint = "in double quotes a backslash must be written as \\\\"
		if i := bytes.Index(text, []byte(`\/`)); i >= 0 {
			e.Column = i + 1
			e.Message = `\/ is no escape that kubectl reads`
			e.Hint = "write / without the backslash"
		}
	case strings.Contains(e.Message, "cannot start any token"):
		indent := text[:len(text)-len(bytes.TrimLeft(text, " \t"))]
		if i := bytes.IndexByte(indent, '\t'); i >= 0 {
			e.Column = i + 1
			e.Message = "a tab cannot indent"
			e.Hint = "indent with spaces"
		}
	case strings.Contains(e.Message, "incompatible YAML document"):
		e.Message = "the %YAML directive names another version than 1.1"
		e.Hint = "remove the line or write %YAML 1.1"
	}
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
