package probe

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// step is one element of a path: a key of an object, or an index of a list.
type step struct {
	key     string
	index   int
	isIndex bool
}

// path leads to a field of an object.
type path struct {
	text  string
	steps []step
}

// parsePath reads a path such as .spec.ports[0].name or
// .metadata.annotations['example.com/key'].
func parsePath(text string) (path, error) {
	parsed := path{text: text}
	rest := strings.Trim(text, ".")
	if rest == "" {
		return path{}, errors.New("names no field")
	}
	for first := true; rest != ""; first = false {
		if rest[0] == '[' {
			found, after, err := bracket(rest)
			if err != nil {
				return path{}, err
			}
			parsed.steps, rest = append(parsed.steps, found), after
			if rest != "" && rest[0] != '.' && rest[0] != '[' {
				return path{}, fmt.Errorf("has %s after a bracket, where a dot or a bracket belongs", quoted(rest))
			}
			continue
		}
		if !first {
			rest = rest[1:] // the dot
		}
		end := strings.IndexAny(rest, ".[")
		if end < 0 {
			end = len(rest)
		}
		if end == 0 {
			return path{}, errors.New("has a dot that no name follows")
		}
		parsed.steps, rest = append(parsed.steps, step{key: rest[:end]}), rest[end:]
	}
	return parsed, nil
}

// bracket reads [0], ['key'] or ["key"] at the begin of a text.
func bracket(text string) (found step, rest string, err error) {
	inside := text[1:]
	if inside != "" && (inside[0] == '\'' || inside[0] == '"') {
		key, after, ok := strings.Cut(inside[1:], inside[:1])
		rest, closed := strings.CutPrefix(after, "]")
		if !ok || !closed {
			return step{}, "", fmt.Errorf("has a bracket that is not closed: %s", quoted(text))
		}
		return step{key: key}, rest, nil
	}
	number, rest, ok := strings.Cut(inside, "]")
	if !ok {
		return step{}, "", fmt.Errorf("has a bracket that is not closed: %s", quoted(text))
	}
	index, err := strconv.ParseUint(number, 10, 31)
	if err != nil {
		return step{}, "", fmt.Errorf("has %s in brackets: an index is a number from 0, a key stands in quotes", quoted(number))
	}
	return step{index: int(index), isIndex: true}, rest, nil
}

// lookup returns the value at the path. Where there is none, missing says why.
func (p path) lookup(object map[string]any) (value any, missing string) {
	value = object
	for i, s := range p.steps {
		if s.isIndex {
			list, ok := value.([]any)
			if !ok {
				return nil, p.notA("list", i, value)
			}
			if s.index >= len(list) {
				return nil, fmt.Sprintf("%s is missing: %s has %s", word(p.text), p.until(i), count(int64(len(list)), "item"))
			}
			value = list[s.index]
			continue
		}
		within, ok := value.(map[string]any)
		if !ok {
			return nil, p.notA("object", i, value)
		}
		if value, ok = within[s.key]; !ok {
			if i+1 < len(p.steps) {
				return nil, fmt.Sprintf("%s is missing: there is no %s", word(p.text), p.until(i+1))
			}
			return nil, word(p.text) + " is missing"
		}
	}
	return value, ""
}

func (p path) notA(kind string, steps int, value any) string {
	return fmt.Sprintf("%s is missing: %s is %s and no %s", word(p.text), p.until(steps), describe(value, true), kind)
}

// until writes the first steps of the path.
func (p path) until(steps int) string {
	var b strings.Builder
	for _, s := range p.steps[:steps] {
		switch {
		case s.isIndex:
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
		case strings.ContainsAny(s.key, ".[]'\""):
			b.WriteString("[" + strconv.Quote(s.key) + "]")
		default:
			b.WriteString("." + s.key)
		}
	}
	if b.Len() == 0 {
		return "the object"
	}
	return word(b.String())
}
