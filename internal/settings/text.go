package settings

import (
	"slices"
	"strconv"
	"strings"
)

// text reads a scalar as text, as it is written: versions such as 1.30 and values such
// as yes need no quotes where only text can be meant.
func (d *decoder) text(value any, path []any) (string, bool) {
	var means func(string) bool
	var otherwise string // what an alias leads to is not written at the place
	switch value := value.(type) {
	case string:
		return value, true
	case bool:
		otherwise = strconv.FormatBool(value)
		means = func(text string) bool { return slices.Contains(truths[value], strings.ToLower(text)) }
	case int64:
		otherwise = strconv.FormatInt(value, 10)
		means = func(text string) bool {
			if number, err := strconv.ParseInt(text, 0, 64); err == nil {
				return number == value
			}
			number, err := strconv.ParseFloat(text, 64) // 1e3
			return err == nil && number == float64(value)
		}
	case float64:
		otherwise = strconv.FormatFloat(value, 'g', -1, 64)
		means = func(text string) bool {
			number, err := strconv.ParseFloat(text, 64)
			return err == nil && number == value
		}
	default:
		return "", false
	}
	if written := d.file.written(path); means(written) {
		return written, true
	}
	return otherwise, true
}

// truths are the words for true and false in YAML 1.1.
var truths = map[bool][]string{true: {"true", "yes", "on", "y"}, false: {"false", "no", "off", "n"}}

// written returns the word that stands at a path, or "".
func (f *File) written(path []any) string {
	line, column, ok := f.locator.Locate(path...)
	lines := strings.Split(string(f.document.Data), "\n")
	index := line - f.document.FirstLine
	if !ok || index < 0 || index >= len(lines) {
		return ""
	}
	if column < 1 || column > len(lines[index]) {
		return ""
	}
	word := lines[index][column-1:]
	if end := strings.IndexAny(word, " \t\r,]}#"); end >= 0 {
		word = word[:end]
	}
	return word
}
