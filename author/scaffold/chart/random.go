package chart

import "reflect"

// A randomPlace is a value that the chart makes up anew at each render. It is kept as it
// was at first.
type randomPlace struct {
	template   string
	kind, name any
	path       []any
	value      any
}

// randomPlaces compares two renders of one release.
func randomPlaces(first, second []Object) []randomPlace {
	var places []randomPlace
	for i := range min(len(first), len(second)) {
		if !sameOrigin(first[i], second[i]) {
			continue
		}
		metadata, _ := first[i].Content["metadata"].(map[string]any)
		differing(first[i].Content, second[i].Content, nil, func(path []any, value any) {
			places = append(places, randomPlace{first[i].Template, first[i].Content["kind"], metadata["name"], path, value})
		})
	}
	return places
}

// differing calls found for each scalar, or list or mapping of another shape, in which b
// differs from a.
func differing(a, b any, path []any, found func(path []any, value any)) {
	switch before := a.(type) {
	case map[string]any:
		if after, ok := b.(map[string]any); ok && sameKeys(before, after) {
			for _, key := range sortedKeys(before) {
				differing(before[key], after[key], append(path[:len(path):len(path)], key), found)
			}
			return
		}
	case []any:
		if after, ok := b.([]any); ok && len(before) == len(after) {
			for i := range before {
				differing(before[i], after[i], append(path[:len(path):len(path)], i), found)
			}
			return
		}
	}
	if !reflect.DeepEqual(a, b) {
		found(path, a)
	}
}

func sameKeys(a, b map[string]any) bool {
	for key := range a {
		if _, ok := b[key]; !ok {
			return false
		}
	}
	return len(a) == len(b)
}

// apply puts the first value into the objects of a later render.
func (r randomPlace) apply(objects []Object) {
	for _, object := range objects {
		if object.Template != r.template || object.Content["kind"] != r.kind {
			continue
		}
		var at any = object.Content
		for i, step := range r.path {
			last := i == len(r.path)-1
			switch step := step.(type) {
			case string:
				mapping, ok := at.(map[string]any)
				if !ok {
					break
				}
				if last {
					if _, ok := mapping[step]; ok {
						mapping[step] = r.value
					}
				}
				at = mapping[step]
			case int:
				list, ok := at.([]any)
				if !ok || step >= len(list) {
					break
				}
				if last {
					list[step] = r.value
				}
				at = list[step]
			}
		}
	}
}
