package fields

import (
	"slices"
	"strings"
)

// listKeys are the fields by which Kubernetes tells the items of a list apart, by the
// name of the list: those of the merge keys of its types, and those by which people
// do it where it has none. Of several the first that fits all items is taken.
func listKeys(list string) [][]string {
	switch list {
	case "ports":
		return [][]string{{"containerPort", "protocol"}, {"port", "protocol"}, {"name"}}
	case "volumeMounts":
		return [][]string{{"mountPath"}}
	case "volumeDevices":
		return [][]string{{"devicePath"}}
	case "hostAliases", "podIPs", "hostIPs":
		return [][]string{{"ip"}}
	case "topologySpreadConstraints":
		return [][]string{{"topologyKey", "whenUnsatisfiable"}}
	case "conditions", "addresses":
		return [][]string{{"type"}}
	case "ownerReferences":
		return [][]string{{"uid"}, {"kind", "name"}}
	case "reservedFor":
		return [][]string{{"uid"}}
	case "storageVersions":
		return [][]string{{"apiServerID"}}
	case "resizePolicy":
		return [][]string{{"resourceName"}}
	case "items":
		return [][]string{{"key"}, {"path"}, {"name"}}
	case "subjects":
		return [][]string{{"kind", "name", "namespace"}, {"kind", "name"}}
	case "matchExpressions", "matchLabelExpressions", "matchFields", "tolerations", "taints":
		return nil // a key may come several times
	case "tls":
		return [][]string{{"secretName"}}
	case "rules":
		return [][]string{{"name"}, {"host"}}
	case "paths":
		return [][]string{{"path", "pathType"}}
	}
	return [][]string{{"name"}}
}

// isSet tells whether the list is one of values of which each comes once.
func (p path) isSet() bool { return p.is("metadata", "finalizers") }

// isUnordered tells whether the order of the items means nothing to anybody.
func (p path) isUnordered() bool {
	return p.isSet() || p.is("metadata", "ownerReferences")
}

// keyedItems are the items of a list by key; the keys are in the list's order.
type keyedItems struct {
	keys  []string
	items map[string]keyedItem
}

type keyedItem struct {
	at    element
	value any
}

// byKeys sorts items by those fields; false where an item lacks them, or shares them
// with another one.
func byKeys(list []any, names []string) (keyedItems, bool) {
	return collect(list, func(item any) (element, bool) {
		object, ok := item.(map[string]any)
		if !ok {
			return element{}, false
		}
		e := element{kind: byKey, keys: make([]keyField, 0, len(names))}
		for _, name := range names {
			value := object[name]
			if value == nil && name == "protocol" && len(names) > 1 {
				value = "TCP" // the default of Kubernetes
			}
			if !isScalar(value) {
				return element{}, false
			}
			e.keys = append(e.keys, keyField{name: name, value: value})
		}
		slices.SortFunc(e.keys, func(a, b keyField) int { return strings.Compare(a.name, b.name) })
		return e, true
	})
}

// byValues sorts items by what they are; false where one comes twice.
func byValues(list []any) (keyedItems, bool) {
	return collect(list, func(item any) (element, bool) {
		return element{kind: byValue, value: item}, isScalar(item)
	})
}

func collect(list []any, name func(item any) (element, bool)) (keyedItems, bool) {
	result := keyedItems{keys: make([]string, 0, len(list)), items: make(map[string]keyedItem, len(list))}
	for _, item := range list {
		at, ok := name(item)
		if !ok {
			return keyedItems{}, false
		}
		key := path{at}.String()
		if _, twice := result.items[key]; twice {
			return keyedItems{}, false
		}
		result.keys = append(result.keys, key)
		result.items[key] = keyedItem{at: at, value: item}
	}
	return result, true
}
