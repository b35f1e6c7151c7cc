package plainrender

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"unicode/utf8"
)

// admit returns a configuration as templates see it: a copy without what the
// schema does not have, with its defaults, checked.
func admit(schema, config map[string]any, pruneUnknown bool) (map[string]any, error) {
	if schema == nil {
		if len(config) > 0 && !pruneUnknown {
			return nil, errors.New("config: the package takes none")
		}
		return map[string]any{}, nil
	}
	copied, _ := plainValue(config).(map[string]any)
	if copied == nil {
		copied = map[string]any{}
	}
	a := admission{pruneUnknown: pruneUnknown}
	value := a.complete(schema, copied, false)
	a.check(schema, value, "config")
	return value.(map[string]any), errors.Join(a.faults...)
}

// plainValue copies a value, with all whole Go numbers as int64.
func plainValue(value any) any {
	switch value := value.(type) {
	case map[string]any:
		copied := map[string]any{}
		for key, field := range value {
			copied[key] = plainValue(field)
		}
		return copied
	case []any:
		copied := []any{}
		for _, item := range value {
			copied = append(copied, plainValue(item))
		}
		return copied
	case int:
		return int64(value)
	default:
		return value
	}
}

type admission struct {
	pruneUnknown bool
	faults       []error
}

func (a *admission) fault(path, format string, arguments ...any) {
	a.faults = append(a.faults, fmt.Errorf("%s: %s", path, fmt.Sprintf(format, arguments...)))
}

// property returns the schema of a key, and whether there is one.
func property(schema map[string]any, key string) (map[string]any, bool) {
	if found, ok := at(schema, "properties", key).(map[string]any); ok {
		return found, true
	}
	switch more := schema["additionalProperties"].(type) {
	case map[string]any:
		return more, true
	case bool:
		return nil, more
	}
	return nil, false
}

// complete drops unknown keys and nulls and sets defaults. Below a schema that
// preserves unknown fields, they stay.
func (a *admission) complete(schema map[string]any, value any, preserved bool) any {
	preserved = preserved || schema["x-kubernetes-preserve-unknown-fields"] == true
	switch value := value.(type) {
	case map[string]any:
		for key, field := range value {
			child, known := property(schema, key)
			_, hasDefault := child["default"]
			switch {
			case !known && !preserved:
				delete(value, key)
				if !a.pruneUnknown {
					a.fault(key, "is unknown")
				}
			case known && field == nil && child != nil && child["nullable"] != true:
				delete(value, key)
				if hasDefault {
					value[key] = a.complete(child, deepCopy(child["default"]), false)
				}
			case known:
				value[key] = a.complete(child, field, false)
			}
		}
		properties, _ := schema["properties"].(map[string]any)
		for key := range properties {
			child, _ := property(schema, key)
			if fallback, ok := child["default"]; ok {
				if _, there := value[key]; !there {
					value[key] = a.complete(child, deepCopy(fallback), false)
				}
			}
		}
	case []any:
		items, _ := schema["items"].(map[string]any)
		for i, item := range value {
			value[i] = a.complete(items, item, preserved)
		}
	case float64:
		whole := schema["type"] == "integer" || schema["x-kubernetes-int-or-string"] == true
		if whole && value == math.Trunc(value) {
			return int64(value)
		}
	}
	return value
}

// check judges a value by its schema.
func (a *admission) check(schema map[string]any, value any, path string) {
	if value == nil && schema["nullable"] == true || schema == nil {
		return
	}
	if !a.hasType(schema, value) {
		a.fault(path, "has the wrong type")
		return
	}
	if choices, ok := schema["enum"].([]any); ok && !contains(choices, value) {
		a.fault(path, "is none of the choices")
	}
	number, isNumber := asNumber(value)
	text, isText := value.(string)
	list, isList := value.([]any)
	fields, isObject := value.(map[string]any)
	switch length := float64(utf8.RuneCountInString(text)); {
	case isNumber:
		a.within(schema, "minimum", "maximum", number, path)
		a.checkNumber(schema, number, path)
	case isText:
		a.within(schema, "minLength", "maxLength", length, path)
		if pattern, ok := schema["pattern"].(string); ok && !regexp.MustCompile(pattern).MatchString(text) {
			a.fault(path, "does not match")
		}
		if format, ok := schema["format"].(string); ok && !hasFormat(format, text) {
			a.fault(path, "is no %s", format)
		}
	case isList:
		a.within(schema, "minItems", "maxItems", float64(len(list)), path)
		a.checkItems(schema, list, path)
	case isObject:
		a.within(schema, "minProperties", "maxProperties", float64(len(fields)), path)
		a.checkFields(schema, fields, path)
	}
	a.checkJunctors(schema, value, path)
	rules, _ := schema["x-kubernetes-validations"].([]any)
	for _, rule := range rules {
		ok, err := evaluateCEL(at(rule, "rule").(string), map[string]any{"self": value})
		if err != nil || !ok {
			a.fault(path, "breaks the rule %v: %v", at(rule, "rule"), err)
		}
	}
}

func (a *admission) within(schema map[string]any, least, most string, value float64, path string) {
	if bound, ok := asNumber(schema[least]); ok && value < bound {
		a.fault(path, "is below %s", least)
	}
	if bound, ok := asNumber(schema[most]); ok && value > bound {
		a.fault(path, "is above %s", most)
	}
}

func (a *admission) checkItems(schema map[string]any, list []any, path string) {
	items, _ := schema["items"].(map[string]any)
	var seen []any
	for i, item := range list {
		a.check(items, item, fmt.Sprintf("%s[%d]", path, i))
		key := item
		switch schema["x-kubernetes-list-type"] {
		case "set":
		case "map":
			var keys []any
			for _, name := range schema["x-kubernetes-list-map-keys"].([]any) {
				keys = append(keys, at(item, name.(string)))
			}
			key = keys
		default:
			continue
		}
		if contains(seen, key) {
			a.fault(path, "has an item twice")
		}
		seen = append(seen, key)
	}
}

func (a *admission) checkFields(schema, fields map[string]any, path string) {
	required, _ := schema["required"].([]any)
	for _, name := range required {
		if _, ok := fields[name.(string)]; !ok {
			a.fault(path, "lacks %v", name)
		}
	}
	for key, field := range fields {
		child, _ := property(schema, key)
		a.check(child, field, path+"."+key)
	}
}
