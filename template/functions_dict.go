package template

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
)

const (
	// entrySize is what one entry of a map takes while the map grows.
	entrySize = 64
	// mapSize is what the smallest map takes.
	mapSize = 320
)

func buildDict(e *execution, sprig any) any {
	f := sprig.(func(...any) map[string]any)
	return func(pairs ...any) (map[string]any, error) {
		if err := e.charge(mapSize + int64(len(pairs)/2)*entrySize); err != nil {
			return nil, err
		}
		for i := 0; i < len(pairs); i += 2 {
			if _, ok := pairs[i].(string); ok {
				continue
			}
			if err := e.chargeValue(pairs[i]); err != nil {
				return nil, err
			}
		}
		return f(pairs...), nil
	}
}

func buildSet(e *execution, _ any) any {
	return func(d map[string]any, key string, v any) (map[string]any, error) {
		if d == nil {
			return nil, &functionError{message: "set needs a map, and this one is null"}
		}
		if err := e.charge(entrySize); err != nil {
			return nil, err
		}
		inside, err := e.holds(v, reflect.ValueOf(d).Pointer())
		if err != nil {
			return nil, err
		}
		if inside {
			return nil, &functionError{message: "set would put the map into itself", hint: "deepCopy makes a copy that can go there"}
		}
		d[key] = v
		return d, nil
	}
}

func buildPluck(e *execution, sprig any) any {
	f := sprig.(func(string, ...map[string]any) []any)
	return func(key string, dicts ...map[string]any) ([]any, error) {
		if err := e.chargeProduct(int64(len(dicts)), elementSize); err != nil {
			return nil, err
		}
		return f(key, dicts...), nil
	}
}

func buildPickOrOmit(e *execution, sprig any) any {
	f := sprig.(func(map[string]any, ...string) map[string]any)
	return func(dict map[string]any, keys ...string) (map[string]any, error) {
		if err := e.charge(mapSize + int64(len(dict)+len(keys))*entrySize); err != nil {
			return nil, err
		}
		return f(dict, keys...), nil
	}
}

// buildKeys sorts the keys of each map, the maps in the order given.
func buildKeys(e *execution, _ any) any {
	return func(dicts ...map[string]any) ([]string, error) {
		keys := []string{}
		for _, dict := range dicts {
			if err := e.chargeProduct(int64(len(dict)), elementSize); err != nil {
				return nil, err
			}
			keys = append(keys, slices.Sorted(maps.Keys(dict))...)
		}
		return keys, nil
	}
}

func buildValues(e *execution, _ any) any {
	return func(dict map[string]any) ([]any, error) {
		if err := e.chargeProduct(int64(len(dict)), 2*elementSize); err != nil {
			return nil, err
		}
		values := make([]any, 0, len(dict))
		for _, key := range slices.Sorted(maps.Keys(dict)) {
			values = append(values, dict[key])
		}
		return values, nil
	}
}

// buildMerge copies the sources first: merged as they are, they would share maps
// with the target, and a merge of what is shared can tie a knot while it runs.
func buildMerge(e *execution, sprig any) any {
	return func(target map[string]any, sources ...map[string]any) (any, error) {
		if target == nil && len(sources) > 0 {
			return nil, &functionError{message: "merge needs a map to merge into, and this one is null"}
		}
		if _, err := e.measure(target); err != nil {
			return nil, err
		}
		copies := make([]map[string]any, len(sources))
		for i, source := range sources {
			if err := e.chargeValue(source); err != nil {
				return nil, err
			}
			copies[i], _ = copyData(source).(map[string]any)
		}
		return try("the maps cannot be merged", func() (any, error) {
			switch f := sprig.(type) {
			case func(map[string]any, ...map[string]any) any:
				return f(target, copies...), nil
			default:
				return sprig.(func(map[string]any, ...map[string]any) (any, error))(target, copies...)
			}
		})
	}
}

func buildDeepCopy(e *execution, sprig any) any {
	return func(v any) (any, error) {
		if err := e.chargeValue(v); err != nil {
			return nil, err
		}
		switch v.(type) {
		case map[string]any, []any:
			return copyData(v), nil
		}
		return try("the value cannot be copied", func() (any, error) {
			switch f := sprig.(type) {
			case func(any) any:
				return f(v), nil
			default:
				return sprig.(func(any) (any, error))(v)
			}
		})
	}
}

func buildDig(_ *execution, sprig any) any {
	f := sprig.(func(...any) (any, error))
	return func(arguments ...any) (any, error) {
		if len(arguments) < 3 {
			return nil, &functionError{message: "dig needs at least three arguments: keys, a default and a map"}
		}
		return try("dig needs keys that are text, and a map at each of them", func() (any, error) { return f(arguments...) })
	}
}

func buildFromJSON(e *execution, sprig any) any {
	return func(text string) (any, error) {
		values := strings.Count(text, ",") + strings.Count(text, "[") + strings.Count(text, "{") + 1
		if err := e.reserve(int64(values)*2*nodeSize + int64(len(text))); err != nil {
			return nil, err
		}
		// Text that is no JSON makes nothing, but is read.
		if err := e.read(len(text) * 16); err != nil {
			return nil, err
		}
		var v any
		err := json.Unmarshal([]byte(text), &v)
		if err != nil {
			if _, strict := sprig.(func(string) (any, error)); strict {
				return nil, &functionError{message: "mustFromJson: the text is no JSON"}
			}
		}
		return v, e.chargeValue(v)
	}
}
