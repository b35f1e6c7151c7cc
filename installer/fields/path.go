package fields

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// elementKind says how an element of a path names what is one level down.
type elementKind byte

const (
	byField elementKind = iota
	byKey
	byValue
	byIndex
)

// element is one step of a path.
type element struct {
	kind  elementKind
	name  string     // byField
	keys  []keyField // byKey, sorted by name
	value any        // byValue: a string, bool, int64, float64 or nil
	index int        // byIndex
}

// keyField is one field of the key of a list's item.
type keyField struct {
	name  string
	value any // as element.value
}

// path names a field; the empty path is the object itself.
type path []element

// child returns the path of a field in it. The result may share its memory with
// others that are made from the same path later: what is kept is cloned first.
func (p path) child(name string) path { return p.with(element{name: name}) }

func (p path) with(e element) path { return append(p, e) }

// is tells that the path names exactly these fields.
func (p path) is(names ...string) bool {
	return len(p) == len(names) && p.startsWith(names...)
}

func (p path) startsWith(names ...string) bool {
	if len(p) < len(names) {
		return false
	}
	for i, name := range names {
		if p[i].kind != byField || p[i].name != name {
			return false
		}
	}
	return true
}

// last returns the name of the last field, or "" where the path ends in an item.
func (p path) last() string {
	if len(p) == 0 {
		return ""
	}
	return p[len(p)-1].name
}

// String writes the path in the form of the package's documentation.
func (p path) String() string {
	if len(p) == 0 {
		return "."
	}
	var out strings.Builder
	for _, e := range p {
		e.write(&out)
	}
	return out.String()
}

func (e element) write(out *strings.Builder) {
	switch e.kind {
	case byField:
		if isPlainName(e.name) {
			out.WriteString("." + e.name)
		} else {
			out.WriteString("[" + strconv.Quote(e.name) + "]")
		}
	case byKey:
		separator := "["
		for _, field := range e.keys {
			out.WriteString(separator)
			if isPlainName(field.name) {
				out.WriteString(field.name)
			} else {
				out.WriteString(strconv.Quote(field.name))
			}
			out.WriteString("=" + writeScalar(field.value))
			separator = ","
		}
		out.WriteString("]")
	case byValue:
		out.WriteString("[=" + writeScalar(e.value) + "]")
	case byIndex:
		out.WriteString("[" + strconv.Itoa(e.index) + "]")
	}
}

func isPlainName(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return r >= 0x80 || !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '_' && r != '$'
	})
}

// writeScalar writes a value inside brackets: [parseScalar] reads the same.
func writeScalar(value any) string {
	text, isText := value.(string)
	if !isText {
		written, err := json.Marshal(value)
		if err != nil {
			return "null" // not a value of JSON
		}
		return string(written)
	}
	if text == "" || json.Valid([]byte(text)) {
		return strconv.Quote(text)
	}
	for _, r := range text {
		if !unicode.IsPrint(r) || r == ' ' || r == unicode.ReplacementChar || strings.ContainsRune(`[]",=\`, r) {
			return strconv.Quote(text)
		}
	}
	return text
}

// compare orders paths: fields by name, items by their key, value or index.
func (p path) compare(other path) int { return slices.CompareFunc(p, other, element.compare) }

func (e element) compare(other element) int {
	return cmp.Or(
		cmp.Compare(e.kind, other.kind),
		cmp.Compare(e.name, other.name),
		cmp.Compare(e.index, other.index),
		compareScalars(e.value, other.value),
		slices.CompareFunc(e.keys, other.keys, func(a, b keyField) int {
			return cmp.Or(cmp.Compare(a.name, b.name), compareScalars(a.value, b.value))
		}),
	)
}

// compareScalars orders numbers by value, and all else by what is written.
func compareScalars(a, b any) int {
	numberA, isNumberA := asFloat(a)
	numberB, isNumberB := asFloat(b)
	if isNumberA && isNumberB {
		if order := cmp.Compare(numberA, numberB); order != 0 {
			return order
		}
	}
	return cmp.Compare(writeScalar(a), writeScalar(b))
}

func asFloat(value any) (float64, bool) {
	switch value := value.(type) {
	case int64:
		return float64(value), true
	case float64:
		return value, true
	}
	return 0, false
}
