package template

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"unicode/utf8"
)

// buildPrintf makes printf. What fmt would mark with %! in its output, a verb
// that does not fit or an argument too few or too many, is an error here.
func buildPrintf(e *execution, _ any) any {
	return func(format string, arguments ...any) (string, error) {
		if err := e.reserveAll(arguments, 4); err != nil {
			return "", err
		}
		f := formatScanner{format: format, arguments: arguments, e: e}
		if err := f.scan(); err != nil {
			return "", err
		}
		if err := e.reserve(int64(len(format)) + f.size); err != nil {
			return "", err
		}
		made := fmt.Sprintf(format, arguments...)
		return made, e.charge(int64(len(made)))
	}
}

// formatScanner reads a format string as fmt does, to find what fmt would not
// print and how wide it would print the rest.
type formatScanner struct {
	e         *execution
	format    string
	arguments []any

	at, next  int
	reordered bool
	size      int64
}

func (f *formatScanner) scan() error {
	for {
		i := strings.IndexByte(f.format[f.at:], '%')
		if i < 0 {
			break
		}
		f.at += i + 1
		if err := f.verb(); err != nil {
			return err
		}
	}
	if !f.reordered && f.next < len(f.arguments) {
		return &functionError{message: fmt.Sprintf("printf: %d arguments, but the format uses %d", len(f.arguments), f.next)}
	}
	return nil
}

// verb reads one verb after its percent sign.
func (f *formatScanner) verb() error {
	begin := f.at - 1
	sharp := false
	for f.at < len(f.format) && strings.IndexByte("#0+- ", f.format[f.at]) >= 0 {
		sharp = sharp || f.format[f.at] == '#'
		f.at++
	}
	if err := f.index(); err != nil {
		return err
	}
	width, err := f.number()
	if err != nil {
		return err
	}
	precision := int64(0)
	if f.at < len(f.format) && f.format[f.at] == '.' {
		f.at++
		if err := f.index(); err != nil {
			return err
		}
		if precision, err = f.number(); err != nil {
			return err
		}
	}
	if err := f.index(); err != nil {
		return err
	}
	if f.at >= len(f.format) {
		return &functionError{message: "printf: the format ends inside of a verb"}
	}
	verb, length := utf8.DecodeRuneInString(f.format[f.at:])
	f.at += length
	text := f.format[begin:f.at]
	if verb == '%' {
		return nil
	}
	if f.next >= len(f.arguments) {
		return &functionError{message: "printf: there is no argument for " + shown(text)}
	}
	argument := f.arguments[f.next]
	f.next++
	m, err := f.e.measure(argument)
	if err != nil {
		return err
	}
	// Width and precision hold for each part of a list.
	if width+precision > 0 && m.nodes > math.MaxInt64/(width+precision) {
		return f.e.reserve(math.MaxInt64)
	}
	f.size += m.size(4) + m.nodes*(width+precision)
	if err := f.e.reserve(f.size); err != nil {
		return err
	}
	if !fits(verb, argument) || m.pointers && (sharp || !strings.ContainsRune("vsqT", verb)) {
		problem := &functionError{message: fmt.Sprintf("printf: %s does not fit %s", shown(text), kindName(argument))}
		if strings.ContainsRune("eEfFgG", verb) {
			problem.hint = "integers stay integers: use %d, or convert with float64"
		} else if _, isFloat := argument.(float64); isFloat && verb == 'd' {
			problem.hint = "int converts it"
		} else {
			problem.hint = "%v fits every value"
		}
		return problem
	}
	return nil
}

// shown quotes a verb, which comes from the format and can be anything.
func shown(verb string) string {
	if len(verb) > 20 {
		verb = "a verb"
	}
	return verb
}

// index reads an explicit argument number, such as [2].
func (f *formatScanner) index() error {
	if f.at >= len(f.format) || f.format[f.at] != '[' {
		return nil
	}
	end := strings.IndexByte(f.format[f.at:], ']')
	number := 0
	if end > 0 {
		for _, c := range []byte(f.format[f.at+1 : f.at+end]) {
			if c < '0' || c > '9' || number > len(f.arguments) {
				number = 0
				break
			}
			number = number*10 + int(c-'0')
		}
	}
	if number < 1 || number > len(f.arguments) {
		return &functionError{message: "printf: an argument number in brackets does not fit"}
	}
	f.reordered = true
	f.next = number - 1
	f.at += end + 1
	return nil
}

// number reads a width or precision, in the format or as an argument.
func (f *formatScanner) number() (int64, error) {
	const most = 1_000_000 // fmt takes no more
	tooWide := &functionError{message: "printf: a width or precision is larger than 1000000"}
	if f.at < len(f.format) && f.format[f.at] == '*' {
		f.at++
		if f.next >= len(f.arguments) {
			return 0, &functionError{message: "printf: there is no argument for a width"}
		}
		value := reflect.ValueOf(f.arguments[f.next])
		f.next++
		if !value.CanInt() {
			return 0, &functionError{message: "printf: a width must be an integer"}
		}
		if n := value.Int(); n > most || n < -most {
			return 0, tooWide
		} else if n < 0 {
			return -n, nil
		} else {
			return n, nil
		}
	}
	number := int64(0)
	for f.at < len(f.format) && f.format[f.at] >= '0' && f.format[f.at] <= '9' {
		number = number*10 + int64(f.format[f.at]-'0')
		if number > most {
			return 0, tooWide
		}
		f.at++
	}
	return number, nil
}

// fits reports whether fmt prints a value by a verb. Lists and maps are printed
// part by part.
func fits(verb rune, v any) bool {
	switch verb {
	case 'v', 'T':
		return true
	case 'p', 'w':
		return false // addresses differ at each run
	}
	switch v := v.(type) {
	case nil:
		return false
	case fmt.Stringer, error:
		return strings.ContainsRune("sqxX", verb)
	case string, []byte:
		return strings.ContainsRune("sqxX", verb)
	case bool:
		return verb == 't'
	case map[string]any:
		for key, value := range v {
			if !fits(verb, key) || !fits(verb, value) {
				return false
			}
		}
		return true
	case []any:
		for _, value := range v {
			if !fits(verb, value) {
				return false
			}
		}
		return true
	}
	value := reflect.ValueOf(v)
	switch {
	case value.CanInt(), value.CanUint():
		return strings.ContainsRune("bcdoOqxXU", verb)
	case value.CanFloat(), value.CanComplex():
		return strings.ContainsRune("beEfFgGxX", verb)
	}
	switch value.Kind() {
	case reflect.Slice, reflect.Array:
		for i := range value.Len() {
			if !fits(verb, value.Index(i).Interface()) {
				return false
			}
		}
		return true
	case reflect.Map:
		for entry := value.MapRange(); entry.Next(); {
			if !fits(verb, entry.Key().Interface()) || !fits(verb, entry.Value().Interface()) {
				return false
			}
		}
		return true
	}
	return false
}

// kindName names the type of a value in an author's words.
func kindName(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "text"
	case bool:
		return "a boolean"
	case float64:
		return "a number with a fraction"
	}
	value := reflect.ValueOf(v)
	switch value.Kind() {
	case reflect.Map:
		return "a map"
	case reflect.Slice, reflect.Array:
		return "a list"
	}
	if value.CanInt() || value.CanUint() {
		return "an integer"
	}
	return "a value of this type"
}
