package template

import (
	"fmt"
	"math"
	"strings"
	texttemplate "text/template"
	"unicode/utf8"
)

// asIs uses sprig's function without change: it neither fails nor makes more
// than a few bytes, or only parts of what it is given.
func asIs(_ *execution, sprig any) any { return sprig }

// grow reserves what a function can make of text, calls it, and counts what it
// has made.
func (e *execution) grow(input int, factor int64, make func() string) (string, error) {
	if err := e.reserve(int64(input) * factor); err != nil {
		return "", err
	}
	if err := e.read(input); err != nil {
		return "", err
	}
	made := make()
	return made, e.charge(int64(len(made)))
}

// text builds functions that make of a text one that is at most factor times as
// long, plus a little.
func text(factor int64) builder {
	return func(e *execution, sprig any) any {
		f := sprig.(func(string) string)
		return func(s string) (string, error) {
			if err := e.reserve(int64(len(s)) * factor); err != nil {
				return "", err
			}
			if err := e.read(len(s)); err != nil {
				return "", err
			}
			made := f(s)
			return made, e.charge(int64(len(made)))
		}
	}
}

// bytesPerUnit is how many bytes functions read for a unit of work.
const bytesPerUnit = 4

// read counts the work of reading text. What functions make says nothing of it:
// a checksum is short, whatever it is of.
func (e *execution) read(size int) error { return e.labour(int64(size) / bytesPerUnit) }

// readText builds functions that read a text and make next to nothing.
func readText[R any](e *execution, sprig any) any {
	f := sprig.(func(string) R)
	return func(s string) (R, error) {
		if err := e.read(len(s)); err != nil {
			var none R
			return none, err
		}
		return f(s), nil
	}
}

// readTexts is readText for functions of two texts.
func readTexts[R any](e *execution, sprig any) any {
	f := sprig.(func(string, string) R)
	return func(a, b string) (R, error) {
		if err := e.read(len(a) + len(b)); err != nil {
			var none R
			return none, err
		}
		return f(a, b), nil
	}
}

// readAnyText is readText for functions of a value that can be a text.
func readAnyText(e *execution, sprig any) any {
	f := sprig.(func(any) string)
	return func(v any) (string, error) {
		if s, ok := v.(string); ok {
			// What cannot be read is quoted for an error that nobody sees.
			if err := e.read(len(s) * 4); err != nil {
				return "", err
			}
		}
		return f(v), nil
	}
}

// numberText builds functions of a number and a text.
func numberText(e *execution, sprig any) any {
	f := sprig.(func(int, string) string)
	return func(n int, s string) (string, error) {
		return e.grow(len(s), 1, func() string { return f(n, s) })
	}
}

// anyText builds functions that make text of a value, whose strings grow at most
// by a factor.
func anyText(factor int64) builder {
	return func(e *execution, sprig any) any {
		reserve := func(v any) error {
			m, err := e.measure(v)
			if err != nil {
				return err
			}
			return e.reserve(m.size(factor))
		}
		switch f := sprig.(type) {
		case func(any) string:
			return func(v any) (string, error) {
				if err := reserve(v); err != nil {
					return "", err
				}
				made, err := try("the value cannot be written as text", func() (string, error) { return f(v), nil })
				if err != nil {
					return "", err
				}
				return made, e.charge(int64(len(made)))
			}
		case func(any) (string, error):
			return func(v any) (string, error) {
				if err := reserve(v); err != nil {
					return "", err
				}
				made, err := try("the value cannot be written as text", func() (string, error) { return f(v) })
				if err != nil {
					return "", err
				}
				return made, e.charge(int64(len(made)))
			}
		}
		return sprig
	}
}

// variadicText builds functions that make one text of several values.
func variadicText(factor int64) builder {
	return func(e *execution, sprig any) any {
		f := sprig.(func(...any) string)
		return func(values ...any) (string, error) {
			if err := e.reserveAll(values, factor); err != nil {
				return "", err
			}
			made := f(values...)
			return made, e.charge(int64(len(made)))
		}
	}
}

// reserveAll reserves what several values are as text.
func (e *execution) reserveAll(values []any, factor int64) error {
	size := int64(0)
	for _, v := range values {
		if s, ok := v.(string); ok {
			size += int64(len(s))*factor + nodeSize
			continue
		}
		m, err := e.measure(v)
		if err != nil {
			return err
		}
		size += m.size(factor)
	}
	return e.reserve(size)
}

// try calls a function that may panic or fail, and answers with a message that
// holds no value.
func try[R any](message string, f func() (R, error)) (result R, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &functionError{message: message + panicDetail(r)}
		}
	}()
	if result, err = f(); err != nil {
		err = &functionError{message: message}
	}
	return result, err
}

// panicDetail returns what can be shown of sprig's panics: those that name types.
func panicDetail(r any) string {
	if err, ok := r.(error); ok {
		r = err.Error()
	}
	if text, ok := r.(string); ok && strings.HasPrefix(text, "Cannot ") && len(text) < 100 {
		return ": c" + text[1:]
	}
	return ""
}

func buildSubstr(_ *execution, sprig any) any {
	f := sprig.(func(int, int, string) string)
	return func(start, end int, s string) (string, error) {
		return try("substr: the range lies outside of the text", func() (string, error) { return f(start, end, s), nil })
	}
}

func buildRepeat(e *execution, sprig any) any {
	f := sprig.(func(int, string) string)
	return func(count int, s string) (string, error) {
		if count < 0 {
			return "", &functionError{message: "repeat: the count is negative"}
		}
		if err := e.chargeProduct(int64(count), int64(len(s))); err != nil {
			return "", err
		}
		return f(count, s), nil
	}
}

// chargeProduct counts count times size bytes.
func (e *execution) chargeProduct(count, size int64) error {
	if size != 0 && count > math.MaxInt64/size {
		return e.charge(math.MaxInt64)
	}
	return e.charge(count * size)
}

func buildIndent(e *execution, sprig any) any {
	f := sprig.(func(int, string) string)
	return func(spaces int, s string) (string, error) {
		if spaces < 0 {
			return "", &functionError{message: "indent: the number of spaces is negative"}
		}
		lines := int64(strings.Count(s, "\n") + 2)
		if err := e.chargeProduct(lines, int64(spaces)); err != nil {
			return "", err
		}
		if err := e.charge(int64(len(s))); err != nil {
			return "", err
		}
		return f(spaces, s), nil
	}
}

func buildReplace(e *execution, sprig any) any {
	f := sprig.(func(string, string, string) string)
	return func(old, replacement, s string) (string, error) {
		if err := e.read(len(s)); err != nil {
			return "", err
		}
		count := int64(strings.Count(s, old))
		if err := e.chargeProduct(count, int64(len(replacement))); err != nil {
			return "", err
		}
		if err := e.charge(int64(len(s))); err != nil {
			return "", err
		}
		return f(old, replacement, s), nil
	}
}

func buildWrap(e *execution, sprig any) any {
	f := sprig.(func(int, string) string)
	return func(width int, s string) (string, error) {
		return e.grow(len(s), 2, func() string { return f(width, s) })
	}
}

func buildWrapWith(e *execution, sprig any) any {
	f := sprig.(func(int, string, string) string)
	return func(width int, separator, s string) (string, error) {
		breaks := int64(len(s)/max(width, 1) + 1 + strings.Count(s, " "))
		if err := e.chargeProduct(breaks, int64(len(separator))+1); err != nil {
			return "", err
		}
		return e.grow(len(s), 1, func() string { return f(width, separator, s) })
	}
}

func buildJoin(e *execution, sprig any) any {
	f := sprig.(func(string, any) string)
	return func(separator string, v any) (string, error) {
		m, err := e.measure(v)
		if err != nil {
			return "", err
		}
		if err := e.chargeProduct(m.nodes, int64(len(separator))); err != nil {
			return "", err
		}
		return e.grow(int(m.size(1)), 1, func() string { return f(separator, v) })
	}
}

func buildSplit(e *execution, sprig any) any {
	f := sprig.(func(string, string) map[string]string)
	return func(separator, s string) (map[string]string, error) {
		return splitInto(e, separator, s, -1, 96, func() map[string]string { return f(separator, s) })
	}
}

func buildSplitN(e *execution, sprig any) any {
	f := sprig.(func(string, int, string) map[string]string)
	return func(separator string, n int, s string) (map[string]string, error) {
		return splitInto(e, separator, s, n, 96, func() map[string]string { return f(separator, n, s) })
	}
}

func buildSplitList(e *execution, sprig any) any {
	f := sprig.(func(string, string) []string)
	return func(separator, s string) ([]string, error) {
		return splitInto(e, separator, s, -1, 16, func() []string { return f(separator, s) })
	}
}

// splitInto counts the parts before it splits.
func splitInto[R any](e *execution, separator, s string, most int, each int64, split func() R) (R, error) {
	if err := e.read(len(s)); err != nil {
		var none R
		return none, err
	}
	parts := strings.Count(s, separator) + 1
	if separator == "" {
		parts = utf8.RuneCountInString(s)
	}
	if most >= 0 {
		parts = min(parts, most)
	}
	if err := e.chargeProduct(int64(parts), each); err != nil {
		var none R
		return none, err
	}
	return split(), nil
}

// htmlEscape, jsEscape and queryEscape are text/template's own.
func htmlEscape(values ...any) string  { return texttemplate.HTMLEscaper(values...) }
func jsEscape(values ...any) string    { return texttemplate.JSEscaper(values...) }
func queryEscape(values ...any) string { return texttemplate.URLQueryEscaper(values...) }

func buildEscape(factor int64, escape func(...any) string) builder {
	return func(e *execution, _ any) any { return variadicText(factor)(e, escape) }
}

func buildPrint(e *execution, _ any) any   { return variadicText(1)(e, fmt.Sprint) }
func buildPrintln(e *execution, _ any) any { return variadicText(1)(e, fmt.Sprintln) }

func buildFail(_ *execution, _ any) any {
	return func(message string) (string, error) { return "", &functionError{message: message} }
}
