package manifest

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/yamldoc"
)

// decodeInto fills a T from plain values and reports everything that does not
// fit. On errors the result is nil.
func decodeInto[T any](file string, document yamldoc.Document, fields map[string]any) (*T, diagnostic.Diagnostics) {
	target := new(T)
	d := valueDecoder{locator: newLocator(file, document)}
	d.decode(fields, reflect.ValueOf(target).Elem(), nil)
	found := d.found.Sorted()
	if found.HasErrors() {
		return nil, found
	}
	return target, found
}

// valueDecoder walks plain values and a Go type side by side. It reads scalars
// for string fields as kubectl does: true becomes "true", 1.10 becomes "1.1".
type valueDecoder struct {
	locator *Locator
	found   diagnostic.Diagnostics
}

func (d *valueDecoder) decode(value any, target reflect.Value, path []any) {
	if value == nil {
		return
	}
	switch target.Kind() {
	case reflect.Pointer:
		target.Set(reflect.New(target.Type().Elem()))
		d.decode(value, target.Elem(), path)
	case reflect.Struct:
		if fields, ok := d.mapping(value, path); ok {
			d.decodeStruct(fields, target, path)
		}
	case reflect.Map:
		if fields, ok := d.mapping(value, path); ok {
			d.decodeMap(fields, target, path)
		}
	case reflect.Slice:
		items, ok := value.([]any)
		if !ok {
			d.wrongType(path, "a list", value)
			return
		}
		slice := reflect.MakeSlice(target.Type(), len(items), len(items))
		for i, item := range items {
			d.decode(item, slice.Index(i), child(path, i))
		}
		target.Set(slice)
	case reflect.String:
		text, ok := scalarText(value)
		if !ok {
			d.wrongType(path, "a string", value)
			return
		}
		target.SetString(text)
	default: // reflect.Interface: plain values stay as they are
		target.Set(reflect.ValueOf(value))
	}
}

func (d *valueDecoder) mapping(value any, path []any) (map[string]any, bool) {
	fields, ok := value.(map[string]any)
	if !ok {
		d.wrongType(path, "a mapping", value)
	}
	return fields, ok
}

func (d *valueDecoder) decodeMap(fields map[string]any, target reflect.Value, path []any) {
	result := reflect.MakeMapWithSize(target.Type(), len(fields))
	for key, value := range fields {
		element := reflect.New(target.Type().Elem()).Elem()
		d.decode(value, element, child(path, key))
		result.SetMapIndex(reflect.ValueOf(key), element)
	}
	target.Set(result)
}

func (d *valueDecoder) decodeStruct(fields map[string]any, target reflect.Value, path []any) {
	known := structFields(target)
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		name, exact := matchField(key, known)
		if !exact {
			d.unknownField(key, name, known, path)
		}
		if _, also := fields[name]; name == "" || (!exact && also) {
			continue // the exact spelling is there too and wins
		}
		d.decode(fields[key], known[name], child(path, key))
	}
}

// structFields returns the settable fields by their JSON names, those of
// embedded structs included.
func structFields(target reflect.Value) map[string]reflect.Value {
	fields := map[string]reflect.Value{}
	for i := range target.NumField() {
		field := target.Type().Field(i)
		if field.Anonymous {
			for name, inner := range structFields(target.Field(i)) {
				fields[name] = inner
			}
			continue
		}
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		fields[name] = target.Field(i)
	}
	return fields
}

// matchField returns the field for a key and whether the key is spelled exactly.
func matchField(key string, known map[string]reflect.Value) (name string, exact bool) {
	if _, ok := known[key]; ok {
		return key, true
	}
	for candidate := range known {
		if strings.EqualFold(candidate, key) {
			return candidate, false
		}
	}
	return "", false
}

func (d *valueDecoder) unknownField(key, name string, known map[string]reflect.Value, path []any) {
	names := make([]string, 0, len(known))
	for candidate := range known {
		names = append(names, candidate)
	}
	message, hint := "unknown field", diagnostic.DidYouMean(key, names)
	if name != "" {
		message, hint = "field with the wrong case", fmt.Sprintf("write %q", name)
	}
	field := child(path, key)
	d.found = append(d.found, diagnostic.Diagnostic{
		Code:     diagnostic.ManifestUnknownField,
		Severity: diagnostic.Warning,
		Position: d.locator.locate(field, true),
		Field:    diagnostic.FieldPath(field...),
		Message:  message,
		Hint:     hint,
	})
}

func (d *valueDecoder) wrongType(path []any, want string, value any) {
	hint := ""
	if want == "a list" {
		hint = "write [a, b], or each item on a line of its own after \"- \""
	}
	d.found = append(d.found, diagnostic.Diagnostic{
		Code:     diagnostic.ManifestWrongType,
		Position: d.locator.locate(path, false),
		Field:    diagnostic.FieldPath(path...),
		Message:  fmt.Sprintf("must be %s, is %s", want, typeName(value)),
		Hint:     hint,
	})
}

func child(path []any, element any) []any {
	return append(path[:len(path):len(path)], element)
}

func scalarText(value any) (string, bool) {
	switch value := value.(type) {
	case string:
		return value, true
	case bool:
		return strconv.FormatBool(value), true
	case int64:
		return strconv.FormatInt(value, 10), true
	case float64:
		return strconv.FormatFloat(value, 'g', -1, 64), true
	default:
		return "", false
	}
}

func typeName(value any) string {
	switch value.(type) {
	case map[string]any:
		return "a mapping"
	case []any:
		return "a list"
	case string:
		return "a string"
	case bool:
		return "a boolean"
	default:
		return "a number"
	}
}
