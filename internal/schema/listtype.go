package schema

import (
	"encoding/json"
	"fmt"

	"github.com/packstage/packstage/diagnostic"
)

// checkLists reports items of lists with x-kubernetes-list-type set or map that
// occur twice. Each repeated item is reported once, however often it occurs.
// sensitive is set below sensitive nodes: no item is shown there.
func checkLists(s *Schema, value any, at *Path, sensitive bool, report func(Finding)) {
	if s == nil {
		return
	}
	sensitive = sensitive || s.Sensitive
	switch v := value.(type) {
	case map[string]any:
		for key, item := range v {
			checkLists(s.Property(key), item, at.Child(key), sensitive, report)
		}
	case []any:
		if s.ListType != nil {
			switch *s.ListType {
			case "set":
				checkSet(v, at, sensitive || s.HasSensitive(), report)
			case "map":
				checkListMap(s, v, at, report)
			}
		}
		if s.Items != nil {
			for i, item := range v {
				checkLists(s.Items, item, at.Index(i), sensitive, report)
			}
		}
	}
}

func checkSet(items []any, at *Path, sensitive bool, report func(Finding)) {
	for i, first := range repeated(items) {
		message := fmt.Sprintf("must not repeat item %d of the list", first)
		if shown := Show(items[i]); shown != "" && !sensitive {
			message += ", is " + shown
		}
		report(Finding{
			Code: diagnostic.ConfigInvalid, Path: at.Index(i), Message: message, Hint: "the items of this list are unique",
		})
	}
}

func checkListMap(s *Schema, items []any, at *Path, report func(Finding)) {
	keys := make([]any, len(items))
	for i, item := range items {
		if item == nil {
			keys[i] = map[string]any{}
			continue
		}
		object, ok := item.(map[string]any)
		if !ok {
			return // the type has been reported
		}
		key := make(map[string]any, len(s.ListMapKeys))
		for _, name := range s.ListMapKeys {
			if value, ok := object[name]; ok {
				key[name] = value
			}
		}
		keys[i] = key
	}
	for i, first := range repeated(keys) {
		report(Finding{
			Code: diagnostic.ConfigInvalid, Path: at.Index(i),
			Message: fmt.Sprintf("must not have the same %s as item %d of the list", enumerate(s.ListMapKeys, "and"), first),
			Hint:    "items of this list are told apart by " + enumerate(s.ListMapKeys, "and"),
		})
	}
}

// compound is the JSON of a list or object, kept apart from strings.
type compound string

// repeated returns the first repetition of each value that occurs more than once,
// with the place of its first occurrence. It takes linear time.
func repeated(items []any) map[int]int {
	type occurrence struct {
		first    int
		reported bool
	}
	found := map[int]int{}
	seen := make(map[any]*occurrence, len(items))
	for i, item := range items {
		key := item
		switch item.(type) {
		case map[string]any, []any:
			encoded, err := json.Marshal(item) // sorts keys
			if err != nil {
				continue // plain values always encode
			}
			key = compound(encoded)
		}
		before, ok := seen[key]
		switch {
		case !ok:
			seen[key] = &occurrence{first: i}
		case !before.reported:
			before.reported = true
			found[i] = before.first
		}
	}
	return found
}
