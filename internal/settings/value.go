package settings

import (
	"encoding"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/packstage/packstage/diagnostic"
)

// decoder walks plain values and a Go type side by side.
type decoder struct {
	file  *File
	found diagnostic.Diagnostics
}

func (d *decoder) decode(value any, target reflect.Value, path []any) {
	if value == nil {
		return
	}
	if reader, ok := target.Addr().Interface().(encoding.TextUnmarshaler); ok {
		d.decodeText(value, reader, path)
		return
	}
	switch target.Kind() {
	case reflect.Pointer:
		target.Set(reflect.New(target.Type().Elem()))
		d.decode(value, target.Elem(), path)
	case reflect.Struct:
		if fields, ok := expect[map[string]any](d, "a mapping", value, path); ok {
			d.decodeStruct(fields, target, path)
		}
	case reflect.Map:
		if fields, ok := expect[map[string]any](d, "a mapping", value, path); ok {
			d.decodeMap(fields, target, path)
		}
	case reflect.Slice:
		if items, ok := expect[[]any](d, "a list", value, path); ok {
			slice := reflect.MakeSlice(target.Type(), len(items), len(items))
			for i, item := range items {
				d.decode(item, slice.Index(i), child(path, i))
			}
			target.Set(slice)
		}
	case reflect.Interface: // plain values stay as they are
		target.Set(reflect.ValueOf(value))
	default:
		d.decodeScalar(value, target, path)
	}
}

func (d *decoder) decodeScalar(value any, target reflect.Value, path []any) {
	switch target.Kind() {
	case reflect.String:
		if text, ok := d.text(value, path); ok {
			target.SetString(text)
		} else {
			d.wrongType("a string", value, path)
		}
	case reflect.Bool:
		if truth, ok := expect[bool](d, "true or false", value, path); ok {
			target.SetBool(truth)
		}
	case reflect.Int, reflect.Int64:
		number, ok := value.(int64)
		if !ok || target.OverflowInt(number) {
			d.wrongType("a whole number", value, path)
			return
		}
		target.SetInt(number)
	case reflect.Float64:
		switch number := value.(type) {
		case int64:
			target.SetFloat(float64(number))
		case float64:
			target.SetFloat(number)
		default:
			d.wrongType("a number", value, path)
		}
	default:
		panic(fmt.Sprintf("settings of the type %s", target.Type())) // a mistake in the program, whatever the file
	}
}

func (d *decoder) decodeText(value any, reader encoding.TextUnmarshaler, path []any) {
	text, ok := d.text(value, path)
	if !ok {
		d.wrongType("a string", value, path)
		return
	}
	if err := reader.UnmarshalText([]byte(text)); err != nil {
		d.found = append(d.found, d.file.Fault(err.Error(), "", path...))
	}
}

func expect[T any](d *decoder, want string, value any, path []any) (T, bool) {
	typed, ok := value.(T)
	if !ok {
		d.wrongType(want, value, path)
	}
	return typed, ok
}

func (d *decoder) decodeMap(fields map[string]any, target reflect.Value, path []any) {
	result := reflect.MakeMapWithSize(target.Type(), len(fields))
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		element := reflect.New(target.Type().Elem()).Elem()
		d.decode(fields[key], element, child(path, key))
		result.SetMapIndex(reflect.ValueOf(key).Convert(target.Type().Key()), element)
	}
	target.Set(result)
}

func (d *decoder) decodeStruct(fields map[string]any, target reflect.Value, path []any) {
	known := structFields(target)
	names := slices.Sorted(maps.Keys(known))
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		field, ok := known[key]
		if ok {
			d.decode(fields[key], field, child(path, key))
			continue
		}
		at := child(path, key)
		d.found = append(d.found, diagnostic.Diagnostic{
			Code: d.file.options.Unknown, Position: d.file.position(true, at), Field: diagnostic.FieldPath(at...),
			Message: fmt.Sprintf("unknown field %q", key), Hint: diagnostic.DidYouMean(key, names),
		})
	}
}

// structFields returns the fields by their JSON names, those of embedded structs
// included.
func structFields(target reflect.Value) map[string]reflect.Value {
	fields := map[string]reflect.Value{}
	for i := range target.NumField() {
		field := target.Type().Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case field.Anonymous && name == "":
			maps.Copy(fields, structFields(target.Field(i)))
		case field.IsExported() && name != "" && name != "-":
			fields[name] = target.Field(i)
		}
	}
	return fields
}

func (d *decoder) wrongType(want string, value any, path []any) {
	hint := ""
	if want == "a list" {
		hint = `write [a, b], or each item on a line of its own after "- "`
	}
	d.found = append(d.found, d.file.Fault(fmt.Sprintf("must be %s, is %s", want, typeName(value)), hint, path...))
}

func child(path []any, element any) []any { return append(path[:len(path):len(path)], element) }

func typeName(value any) string {
	switch value := value.(type) {
	case map[string]any:
		return "a mapping"
	case []any:
		return "a list"
	case string:
		return "a string"
	case bool:
		return "a boolean"
	case float64:
		if value != math.Trunc(value) {
			return "a number with a fraction"
		}
		return "a number"
	default:
		return "a number"
	}
}
