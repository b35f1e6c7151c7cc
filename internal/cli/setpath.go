package cli

import (
	"fmt"
	"strconv"
	"strings"
)

// setting is one --set: a value for the place at a path of keys (string) and
// indexes (int).
type setting struct {
	path  []any
	value string
}

// parseSetting parses "a.b[0].c=value". A backslash takes the meaning from the
// dot, bracket, equals sign or backslash behind it.
func parseSetting(text string) (setting, error) {
	scanner := settingScanner{rest: text}
	path, err := scanner.path()
	if err != nil {
		return setting{}, fmt.Errorf("%w; write --set key=value, as in replicas=3 or list[0].name=web", err)
	}
	return setting{path: path, value: scanner.rest}, nil
}

type settingScanner struct{ rest string }

func (s *settingScanner) path() ([]any, error) {
	var path []any
	for {
		key, stop, err := s.key()
		if err != nil {
			return nil, err
		}
		if key == "" {
			return nil, fmt.Errorf("a key is empty")
		}
		path = append(path, key)
		for stop == '[' {
			var index int
			if index, stop, err = s.index(); err != nil {
				return nil, err
			}
			path = append(path, index)
		}
		if stop == '=' {
			return path, nil
		}
	}
}

// key reads a key and the character that ends it.
func (s *settingScanner) key() (string, byte, error) {
	var key strings.Builder
	for i := 0; i < len(s.rest); i++ {
		switch c := s.rest[i]; c {
		case '\\':
			if i++; i == len(s.rest) {
				return "", 0, fmt.Errorf(`nothing follows the last "\"`)
			}
			key.WriteByte(s.rest[i])
		case '.', '[', '=':
			s.rest = s.rest[i+1:]
			return key.String(), c, nil
		default:
			key.WriteByte(c)
		}
	}
	return "", 0, fmt.Errorf(`there is no "="`)
}

// index reads the number of an item, its bracket, and the character behind.
func (s *settingScanner) index() (int, byte, error) {
	digits, rest, ok := strings.Cut(s.rest, "]")
	index, err := strconv.Atoi(digits)
	if !ok || err != nil || index < 0 {
		return 0, 0, fmt.Errorf(`what stands in "[]" is no number of an item`)
	}
	if rest == "" {
		return 0, 0, fmt.Errorf(`there is no "="`)
	}
	stop := rest[0]
	if stop != '.' && stop != '[' && stop != '=' {
		return 0, 0, fmt.Errorf(`"]" is followed by %q`, rest[:1])
	}
	s.rest = rest[1:]
	return index, stop, nil
}
