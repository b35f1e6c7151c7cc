package celenv

import (
	"encoding/base64"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"time"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"

	"github.com/packstage/packstage/internal/schema"
)

// selfValue returns the CEL value of a plain value by its schema: the counterpart
// of the types that are declared for it.
func selfValue(value any, s *schema.Schema) ref.Val {
	switch {
	case value == nil:
		if s.Nullable {
			return types.NullValue
		}
		return types.NewErr("null is not allowed")
	case s.IntOrString:
		switch v := value.(type) {
		case string:
			return types.String(v)
		case int64:
			return types.Int(v)
		}
		return types.NewErr("must be an integer or a string")
	}
	switch v := value.(type) {
	case map[string]any:
		if s.Type == "object" {
			return newObjectValue(v, s)
		}
	case []any:
		if s.Type == "array" && s.Items != nil {
			return newListValue(v, s)
		}
	case string:
		if s.Type == "string" {
			return stringValue(v, s.Format)
		}
	case bool:
		if s.Type == "boolean" {
			return types.Bool(v)
		}
	case int64:
		switch s.Type {
		case "integer":
			return types.Int(v)
		case "number":
			return types.Double(v)
		}
	case float64:
		switch {
		case s.Type == "number":
			return types.Double(v)
		case s.Type == "integer" && v == math.Trunc(v) && math.Abs(v) < 1<<53:
			return types.Int(v)
		}
	}
	if s.Type == "" {
		return types.DefaultTypeAdapter.NativeToValue(value)
	}
	return types.NewErr("must be of type %s", s.Type)
}

func stringValue(text, format string) ref.Val {
	var parsed ref.Val
	var err error
	switch format {
	case "byte":
		var decoded []byte
		if decoded, err = base64.URLEncoding.DecodeString(text); err == nil {
			parsed = types.Bytes(decoded)
		}
	case "duration":
		duration, ok := schema.ParseDuration(text)
		if !ok {
			err = fmt.Errorf("no duration")
		}
		parsed = types.Duration{Duration: duration}
	case "date":
		var day time.Time
		day, err = time.Parse(time.DateOnly, text)
		parsed = types.Timestamp{Time: day}
	case "date-time":
		var moment time.Time
		moment, err = parseDateTime(text)
		parsed = types.Timestamp{Time: moment}
	default:
		return types.String(text)
	}
	if err != nil { // never with the text, which may be a secret
		return types.NewErr("invalid value of format %s", format)
	}
	return parsed
}

func parseDateTime(text string) (time.Time, error) {
	if text == "" {
		return time.Unix(0, 0).UTC(), nil
	}
	moment, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		moment, err = time.Parse("2006-01-02T15:04:05", text)
	}
	return moment, err
}

// objectValue is an object with properties, or a map.
type objectValue struct {
	content    map[string]any
	properties map[string]*schema.Schema
	// values is the schema of the values of a map, nil for an object.
	values *schema.Schema
}

func newObjectValue(content map[string]any, s *schema.Schema) ref.Val {
	properties := s.Properties
	if s.EmbeddedResource {
		properties = withObjectMeta(properties)
	}
	object := &objectValue{content: content, properties: properties}
	if properties == nil && s.AdditionalProperties != nil {
		object.values = s.AdditionalProperties.Schema
	}
	return object
}

func (o *objectValue) schemaOf(key string) *schema.Schema {
	if o.values != nil {
		return o.values
	}
	return o.properties[key]
}

// keys returns what an expression sees: the known keys, escaped in objects.
func (o *objectValue) keys() []string {
	var keys []string
	for _, key := range slices.Sorted(maps.Keys(o.content)) {
		if o.schemaOf(key) == nil {
			continue
		}
		if o.values == nil {
			if escaped, ok := Escape(key); ok {
				key = escaped
			}
		}
		keys = append(keys, key)
	}
	return keys
}

// Find returns the value of a key; null in an object is the same as absent.
func (o *objectValue) Find(key ref.Val) (ref.Val, bool) {
	name, ok := key.(types.String)
	if !ok {
		return types.MaybeNoSuchOverloadErr(key), true
	}
	if o.values != nil {
		value, found := o.content[string(name)]
		if !found {
			return nil, false
		}
		return selfValue(value, o.values), true
	}
	plain, ok := unescape(string(name))
	if !ok {
		return nil, false
	}
	value, found := o.content[plain]
	property := o.properties[plain]
	if !found || value == nil || property == nil {
		return nil, false
	}
	return selfValue(value, property), true
}

// Get returns the value of a key, or an error.
func (o *objectValue) Get(key ref.Val) ref.Val {
	if value, found := o.Find(key); found {
		return value
	}
	return types.ValOrErr(key, "no such key: %v", key)
}

// Contains reports whether a key is there.
func (o *objectValue) Contains(key ref.Val) ref.Val {
	value, found := o.Find(key)
	if value != nil && types.IsUnknownOrError(value) {
		return value
	}
	return types.Bool(found)
}

// Size returns the number of keys.
func (o *objectValue) Size() ref.Val { return types.Int(len(o.content)) }

// Iterator goes through the keys in their order.
func (o *objectValue) Iterator() traits.Iterator {
	return types.NewStringList(types.DefaultTypeAdapter, o.keys()).Iterator()
}

// Equal compares known keys by their types, others as they are.
func (o *objectValue) Equal(other ref.Val) ref.Val {
	mapper, ok := other.(traits.Mapper)
	if !ok {
		return types.MaybeNoSuchOverloadErr(other)
	}
	if o.Size() != mapper.Size() {
		return types.False
	}
	for key, content := range o.content {
		if o.schemaOf(key) == nil {
			if same, ok := other.(*objectValue); !ok || !reflect.DeepEqual(content, same.content[key]) {
				return types.False
			}
			continue
		}
		name := key
		if escaped, ok := Escape(key); ok && o.values == nil {
			name = escaped
		}
		mine, found := o.Find(types.String(name))
		theirs, theirsFound := mapper.Find(types.String(name))
		if found != theirsFound {
			return types.False
		}
		if found {
			if equal := mine.Equal(theirs); equal != types.True {
				return equal
			}
		}
	}
	return types.True
}

// ConvertToNative returns the plain map.
func (o *objectValue) ConvertToNative(wanted reflect.Type) (any, error) {
	if wanted.Kind() == reflect.Map || wanted.Kind() == reflect.Interface {
		return o.content, nil
	}
	return nil, fmt.Errorf("an object cannot become %s", wanted)
}

// ConvertToType converts to map and to "type".
func (o *objectValue) ConvertToType(wanted ref.Type) ref.Val {
	switch wanted {
	case types.MapType:
		return o
	case types.TypeType:
		return types.MapType
	}
	return types.NewErr("type conversion error from 'map' to '%s'", wanted.TypeName())
}

// Type is map.
func (o *objectValue) Type() ref.Type { return types.MapType }

// Value returns the plain map.
func (o *objectValue) Value() any { return o.content }
