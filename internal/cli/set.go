package cli

import (
	"fmt"
	"strconv"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/yamldoc"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/validate"
)

// apply sets the value in a configuration, which it changes, and returns the
// configuration.
func (s setting) apply(config map[string]any, schema *validate.ConfigSchema) (map[string]any, error) {
	if config == nil {
		config = map[string]any{}
	}
	keys := make([]string, len(s.path))
	for i, element := range s.path {
		keys[i] = fmt.Sprint(element)
	}
	value, err := typedValue(s.value, schema.TypeOf(keys))
	if err != nil {
		return nil, usagef("--set %s: %w", diagnostic.FieldPath(s.path...), err)
	}
	changed, err := put(config, s.path, 0, value)
	if err != nil {
		return nil, err
	}
	return changed.(map[string]any), nil
}

// put returns the node with the value at the rest of the path, path[depth:].
// What is missing on the way is made.
func put(node any, path []any, depth int, value any) (any, error) {
	if depth == len(path) {
		return value, nil
	}
	place := func() string { return diagnostic.FieldPath(path[:depth]...) }
	switch element := path[depth].(type) {
	case string:
		object, ok := node.(map[string]any)
		if !ok && node != nil {
			return nil, usagef("--set %s: %s is no object, so it has no key %q", diagnostic.FieldPath(path...), place(), element)
		}
		if object == nil {
			object = map[string]any{}
		}
		child, err := put(object[element], path, depth+1, value)
		object[element] = child
		return object, err
	case int:
		list, ok := node.([]any)
		if !ok && node != nil {
			return nil, usagef("--set %s: %s is no list", diagnostic.FieldPath(path...), place())
		}
		if element > len(list) {
			return nil, usagef("--set %s: %s has %d items; the next one is [%d]", diagnostic.FieldPath(path...), place(), len(list), len(list))
		}
		if element == len(list) {
			list = append(list, nil)
		}
		child, err := put(list[element], path, depth+1, value)
		list[element] = child
		return list, err
	default:
		panic(fmt.Sprintf("path element of type %T", element))
	}
}

// typedValue reads the text of a value as the type that the schema gives. Text
// that is not of that type stays text: the schema then says what is wrong, as it
// does for a configuration file.
func typedValue(text string, kind validate.ValueType) (any, error) {
	switch kind {
	case validate.TypeString:
		return text, nil
	case validate.TypeInteger, validate.TypeNumber:
		if number, err := strconv.ParseInt(text, 10, 64); err == nil {
			return number, nil
		}
		if value, err := yamlValue(text); err == nil {
			switch value.(type) {
			case float64, int64, nil:
				return value, nil
			}
		}
		return text, nil
	case validate.TypeIntOrString:
		if number, err := strconv.ParseInt(text, 10, 64); err == nil {
			return number, nil
		}
		return text, nil
	case validate.TypeBoolean:
		switch text {
		case "true":
			return true, nil
		case "false":
			return false, nil
		case "null":
			return nil, nil
		}
		return text, nil
	default:
		return yamlValue(text)
	}
}

// yamlValue reads a value as it would be read in a configuration file.
func yamlValue(text string) (any, error) {
	limits := packagetypes.DefaultLimits()
	value, err := yamldoc.Decode(yamldoc.Document{Number: 1, Line: 1, FirstLine: 1, Data: []byte(text)},
		yamldoc.Options{MaxAliasNodes: limits.YAMLAliasNodes, MaxDepth: limits.YAMLDepth})
	if err != nil {
		// The library's message may quote the value, which may be a secret.
		return nil, fmt.Errorf("the value is no valid YAML; quote it, as in key='\"value\"'")
	}
	return value, nil
}
