// Package kubeschemas compares what packstage says about objects with what the
// decoder of the API server does with them.
package kubeschemas

import (
	"fmt"
	"maps"
	"slices"
)

// replacements are the values that each field gets in turn.
func replacements() []any {
	return []any{
		"text", "", "12", "500m", "2024-01-02T03:04:05Z", "aGVsbG8=", "a b", int64(1), int64(-1), int64(3_000_000_000), 1.5, 2.0, true, nil,
		[]any{}, []any{"text"}, []any{nil}, []any{map[string]any{}}, map[string]any{}, map[string]any{"unknown": "text"}, map[string]any{"unknown": int64(1)},
	}
}

// mutant is a changed object.
type mutant struct {
	name   string
	object map[string]any
}

// mutants returns an object with each of its fields changed in each way: another
// value, another name, another case, gone.
func mutants(object map[string]any) []mutant {
	var all []mutant
	var visit func(value any, path string, rebuild func(any) map[string]any)
	visit = func(value any, path string, rebuild func(any) map[string]any) {
		for i, replacement := range replacements() {
			all = append(all, mutant{fmt.Sprintf("%s = %d", path, i), rebuild(replacement)})
		}
		switch value := value.(type) {
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(value)) {
				with := func(change func(map[string]any)) map[string]any {
					changed := maps.Clone(value)
					change(changed)
					return rebuild(changed)
				}
				all = append(all,
					mutant{path + "." + key + " gone", with(func(m map[string]any) { delete(m, key) })},
					mutant{path + "." + key + " renamed", with(func(m map[string]any) { m[key+"x"] = m[key]; delete(m, key) })},
					mutant{path + "." + key + " in another case", with(func(m map[string]any) { m[otherCase(key)] = m[key]; delete(m, key) })},
				)
				visit(value[key], path+"."+key, func(v any) map[string]any { return with(func(m map[string]any) { m[key] = v }) })
			}
		case []any:
			for i := range value {
				visit(value[i], fmt.Sprintf("%s[%d]", path, i), func(v any) map[string]any {
					changed := slices.Clone(value)
					changed[i] = v
					return rebuild(changed)
				})
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if key == "apiVersion" || key == "kind" {
			continue // they say what it is
		}
		set := func(v any) map[string]any {
			changed := maps.Clone(object)
			changed[key] = v
			return changed
		}
		renamed := maps.Clone(object)
		renamed[key+"x"] = renamed[key]
		delete(renamed, key)
		all = append(all, mutant{key + " renamed", renamed})
		visit(object[key], key, set)
	}
	return all
}

// otherCase is a key with its first letter in another case.
func otherCase(key string) string {
	first := key[0]
	if first >= 'a' && first <= 'z' || first >= 'A' && first <= 'Z' {
		first ^= 0x20
	}
	return string(first) + key[1:]
}
