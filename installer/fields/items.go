package fields

import "sigs.k8s.io/structured-merge-diff/v6/fieldpath"

// itemsOf tells how the server tells the items of a list apart: by these fields, by
// their values, or, where both are not set, by nothing that the owners show.
func (o *ownership) itemsOf(at path) (keys []string, isSet bool) {
	for _, entry := range o.read() {
		list, ok := below(entry.fields, at)
		if !ok {
			continue
		}
		look := func(name fieldpath.PathElement) {
			switch {
			case name.Value != nil:
				isSet = true
			case name.Key != nil && keys == nil:
				for _, field := range *name.Key {
					keys = append(keys, field.Name)
				}
			}
		}
		list.Members.Iterate(look)
		list.Children.Iterate(look)
		if keys != nil || isSet {
			return keys, isSet
		}
	}
	return nil, false
}

// below returns what is owned below a field.
func below(fields *fieldpath.Set, at path) (*fieldpath.Set, bool) {
	for _, step := range at {
		name, ok := step.owned()
		if !ok {
			return nil, false
		}
		if fields, ok = fields.Children.Get(name); !ok {
			return nil, false
		}
	}
	return fields, true
}
