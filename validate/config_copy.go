package validate

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/schema"
	"github.com/packstage/packstage/packagetypes"
)

// configCopier copies values from a caller into plain values: map[string]any, []any,
// string, bool, nil, int64 and float64. Integers of all Go types become int64
// (those above its range float64, as Kubernetes reads them), json.Number
// becomes the one or the other, and maps and slices of other types become plain
// ones. Other types, cycles and values larger than the limits are refused.
type configCopier struct {
	// code is that of the findings about values that cannot be copied.
	code diagnostic.Code
	// depth is how deep values may nest.
	depth int64
	// bytes bounds the size of the whole, about as JSON would need it; limit is
	// the name of that limit.
	bytes int64
	limit string

	findings diagnostic.Diagnostics
	size     int64
	stopped  bool
	parents  []uintptr
}

func (c *configCopier) copy(value any, at *schema.Path, depth int64) any {
	if c.stopped {
		return nil
	}
	if c.size += 2; c.size > c.bytes {
		return c.exceed(at, c.limit, c.size, c.bytes)
	}
	switch v := value.(type) {
	case nil, bool, int64:
		return v
	case string:
		c.size += int64(len(v))
		return v
	case float64:
		return c.float(v, at)
	case int:
		return int64(v)
	case json.Number:
		return c.jsonNumber(v, at)
	case map[string]any:
		return c.object(v, at, depth)
	case []any:
		return c.items(v, at, depth)
	default:
		return c.reflected(reflect.ValueOf(value), at, depth)
	}
}

// enter checks depth and cycles on the way into a map or slice.
func (c *configCopier) enter(container reflect.Value, at *schema.Path, depth int64) bool {
	if depth >= c.depth {
		c.exceed(at, "YAMLDepth", depth+1, c.depth)
		return false
	}
	if container.Len() == 0 {
		return true
	}
	pointer := container.Pointer()
	if slices.Contains(c.parents, pointer) {
		c.refuse(at, "contains itself")
		c.stopped = true
		return false
	}
	c.parents = append(c.parents, pointer)
	return true
}

func (c *configCopier) leave(container reflect.Value) {
	if container.Len() > 0 {
		c.parents = c.parents[:len(c.parents)-1]
	}
}

func (c *configCopier) object(object map[string]any, at *schema.Path, depth int64) any {
	container := reflect.ValueOf(object)
	if !c.enter(container, at, depth) {
		return nil
	}
	defer c.leave(container)
	copied := make(map[string]any, len(object))
	for key, value := range object {
		c.size += int64(len(key))
		copied[key] = c.copy(value, at.Child(key), depth+1)
	}
	return copied
}

func (c *configCopier) items(items []any, at *schema.Path, depth int64) any {
	container := reflect.ValueOf(items)
	if !c.enter(container, at, depth) {
		return nil
	}
	defer c.leave(container)
	copied := make([]any, len(items))
	for i, item := range items {
		copied[i] = c.copy(item, at.Index(i), depth+1)
	}
	return copied
}

// reflected copies values of other types than those that decoders make.
func (c *configCopier) reflected(v reflect.Value, at *schema.Path, depth int64) any {
	switch v.Kind() {
	case reflect.Bool:
		return v.Bool()
	case reflect.String:
		return c.copy(v.String(), at, depth)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int()
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		if v.Uint() > math.MaxInt64 {
			return float64(v.Uint())
		}
		return int64(v.Uint())
	case reflect.Float32, reflect.Float64:
		return c.float(v.Float(), at)
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		if depth >= c.depth {
			return c.exceed(at, "YAMLDepth", depth+1, c.depth)
		}
		return c.copy(v.Elem().Interface(), at, depth+1)
	case reflect.Map:
		return c.reflectedMap(v, at, depth)
	case reflect.Slice:
		if v.IsNil() {
			return nil
		}
		if v.Type().Elem().Kind() == reflect.Uint8 {
			break // bytes are no list of numbers, and no string either
		}
		if !c.enter(v, at, depth) {
			return nil
		}
		defer c.leave(v)
		copied := make([]any, v.Len())
		for i := range copied {
			copied[i] = c.copy(v.Index(i).Interface(), at.Index(i), depth+1)
		}
		return copied
	}
	return c.refuse(at, fmt.Sprintf("is of the Go type %s", v.Type()))
}

func (c *configCopier) reflectedMap(v reflect.Value, at *schema.Path, depth int64) any {
	if v.Type().Key().Kind() != reflect.String {
		return c.refuse(at, fmt.Sprintf("is of the Go type %s", v.Type()))
	}
	if v.IsNil() {
		return nil
	}
	if !c.enter(v, at, depth) {
		return nil
	}
	defer c.leave(v)
	copied := make(map[string]any, v.Len())
	for entry := v.MapRange(); entry.Next(); {
		key := entry.Key().String()
		c.size += int64(len(key))
		copied[key] = c.copy(entry.Value().Interface(), at.Child(key), depth+1)
	}
	return copied
}

func (c *configCopier) float(f float64, at *schema.Path) any {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return c.refuse(at, "is not a finite number")
	}
	return f
}

func (c *configCopier) jsonNumber(number json.Number, at *schema.Path) any {
	if integer, err := strconv.ParseInt(number.String(), 10, 64); err == nil {
		return integer
	}
	f, err := strconv.ParseFloat(number.String(), 64)
	if err != nil {
		return c.refuse(at, "is not a number")
	}
	return c.float(f, at)
}

func (c *configCopier) refuse(at *schema.Path, what string) any {
	c.findings = append(c.findings, diagnostic.Diagnostic{
		Code: c.code, Field: at.String(), Message: "value " + what,
		Hint: "use strings, numbers, booleans, null, lists, and maps with string keys",
	})
	return nil
}

func (c *configCopier) exceed(at *schema.Path, limit string, value, most int64) any {
	err := &packagetypes.LimitError{Limit: limit, Value: value, Max: most}
	c.findings = append(c.findings, diagnostic.Diagnostic{
		Code: diagnostic.LimitExceeded, Field: at.String(), Message: err.Error(), Err: err,
	})
	c.stopped = true
	return nil
}
