package celenv

import (
	"encoding/json"
	"fmt"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"

	"github.com/packstage/packstage/internal/schema"
)

// keyedList is a list with x-kubernetes-list-type set or map: the order of its
// items does not count for "==", and "+" merges. Items are told apart by a key.
type keyedList struct {
	traits.Lister
	key func(item ref.Val) string
}

// newListValue returns the CEL value of a list.
func newListValue(items []any, s *schema.Schema) ref.Val {
	values := make([]ref.Val, len(items))
	for i, item := range items {
		values[i] = selfValue(item, s.Items)
	}
	list := types.NewRefValList(types.DefaultTypeAdapter, values)
	switch {
	case s.ListType == nil:
		return list
	case *s.ListType == "set":
		return &keyedList{list, itemKey}
	case *s.ListType == "map":
		return &keyedList{list, func(item ref.Val) string { return mapKey(item, s.ListMapKeys) }}
	default:
		return list
	}
}

// itemKey is the same for equal items and differs for others.
func itemKey(item ref.Val) string {
	if object, ok := item.Value().(map[string]any); ok {
		encoded, err := json.Marshal(object)
		if err == nil {
			return string(encoded)
		}
	}
	if list, ok := item.(traits.Lister); ok {
		key := "["
		for it := list.Iterator(); it.HasNext() == types.True; {
			key += itemKey(it.Next()) + ","
		}
		return key + "]"
	}
	return fmt.Sprintf("%s %v", item.Type().TypeName(), item.Value())
}

// mapKey is made of the values of the key properties of an item.
func mapKey(item ref.Val, names []string) string {
	object, ok := item.(traits.Mapper)
	if !ok {
		return itemKey(item)
	}
	key := ""
	for _, name := range names {
		if escaped, ok := Escape(name); ok {
			name = escaped
		}
		if value, found := object.Find(types.String(name)); found {
			key += itemKey(value)
		}
		key += "\x00"
	}
	return key
}

// Equal ignores the order of the items.
func (l *keyedList) Equal(other ref.Val) ref.Val {
	list, ok := other.(traits.Lister)
	if !ok {
		return types.MaybeNoSuchOverloadErr(other)
	}
	if l.Size() != list.Size() {
		return types.False
	}
	mine := map[string]ref.Val{}
	for it := l.Iterator(); it.HasNext() == types.True; {
		item := it.Next()
		mine[l.key(item)] = item
	}
	seen := map[string]bool{}
	for it := list.Iterator(); it.HasNext() == types.True; {
		item := it.Next()
		key := l.key(item)
		same, found := mine[key]
		if !found {
			return types.False
		}
		if equal := same.Equal(item); equal != types.True {
			return equal
		}
		seen[key] = true
	}
	return types.Bool(len(seen) == len(mine))
}

// Add puts the items of the other list in the places of those with the same key,
// and appends the rest.
func (l *keyedList) Add(other ref.Val) ref.Val {
	list, ok := other.(traits.Lister)
	if !ok {
		return types.MaybeNoSuchOverloadErr(other)
	}
	var items []ref.Val
	places := map[string]int{}
	for _, source := range []traits.Lister{l, list} {
		for it := source.Iterator(); it.HasNext() == types.True; {
			item := it.Next()
			key := l.key(item)
			place, known := places[key]
			if !known {
				places[key] = len(items)
				items = append(items, item)
			} else {
				items[place] = item
			}
		}
	}
	return &keyedList{types.NewRefValList(types.DefaultTypeAdapter, items), l.key}
}
