package compare

import (
	"slices"
	"strings"
)

// mergeKeys are the fields by which Kubernetes tells the items of a list apart,
// where that is not "name". Of several, the first that fits all items is taken.
var mergeKeys = map[string][][]string{
	"ports":                     {{"name"}, {"containerPort", "protocol"}, {"port", "protocol"}, {"port"}},
	"volumeMounts":              {{"mountPath"}},
	"volumeDevices":             {{"devicePath"}},
	"hostAliases":               {{"ip"}},
	"topologySpreadConstraints": {{"topologyKey", "whenUnsatisfiable"}},
	"conditions":                {{"type"}},
	"ownerReferences":           {{"uid"}},
	"podIPs":                    {{"ip"}},
	"subjects":                  {{"kind", "namespace", "name"}},
	"tolerations":               {{"key", "operator", "value", "effect"}},
	"volumeClaimTemplates":      {{"metadata.name"}},
	"endpoints":                 {{"port"}, {"name"}},
	"sources":                   {{"name"}},
	"rules":                     {{"name"}, {"host"}},
	"tls":                       {{"secretName"}},
}

// keyDefaults are the values of merge keys that may be left out.
var keyDefaults = map[string]string{"protocol": "TCP", "operator": "Equal"}

// sets are lists whose order means nothing.
var sets = []string{
	"finalizers", "accessModes", "verbs", "resources", "apiGroups", "resourceNames", "nonResourceURLs", "add", "drop",
	"shortNames", "categories", "operations", "apiVersions", "policyTypes", "scopes",
}

func (w *fieldWalk) list(at fieldPlace, a, b []any) {
	custom, customKeys := w.custom.listType(at.text)
	if custom == "map" && haveKeys(a, customKeys) && haveKeys(b, customKeys) {
		w.keyedList(at, a, b, customKeys)
		return
	}
	if keys, ok := keysFor(at, a, b); ok {
		w.keyedList(at, a, b, keys)
		return
	}
	if (custom == "set" || slices.Contains(sets, at.last())) && areTexts(a) && areTexts(b) {
		gone, added := missing(a, b), missing(b, a)
		if len(gone) > 0 || len(added) > 0 {
			w.setChanged(at, a, b, gone, added)
		}
		return
	}
	w.plainList(at, a, b)
}

// keysFor returns the merge keys of a list, where all items have them and no two
// items of one list share them.
func keysFor(at fieldPlace, a, b []any) ([]string, bool) {
	candidates, known := mergeKeys[at.last()]
	if !known {
		candidates = [][]string{{"name"}}
	}
	for _, keys := range candidates {
		if haveKeys(a, keys) && haveKeys(b, keys) {
			return keys, true
		}
	}
	return nil, false
}

func haveKeys(items []any, keys []string) bool {
	seen := make(map[string]bool, len(items))
	for _, item := range items {
		key := keyOf(item, keys)
		if key == "" || seen[key] {
			return false
		}
		seen[key] = true
	}
	return true
}

// keyOf writes the merge keys of an item as "name=web", or returns "".
func keyOf(item any, keys []string) string {
	if _, ok := item.(map[string]any); !ok {
		return ""
	}
	var parts []string
	for _, key := range keys {
		value := valueAt(item, strings.Split(key, ".")...)
		if value == nil && len(keys) > 1 {
			if fallback, ok := keyDefaults[key]; ok {
				value = fallback
			}
		}
		switch value := value.(type) {
		case string:
			parts = append(parts, key+"="+value)
		case int64, float64:
			parts = append(parts, key+"="+canonical(value))
		case nil:
			if len(keys) == 1 || key == keys[0] && key != "key" {
				return ""
			}
		default:
			return ""
		}
	}
	return strings.Join(parts, ",")
}

// keyedList compares items of one key with one another.
func (w *fieldWalk) keyedList(at fieldPlace, a, b []any, keys []string) {
	indexB := make(map[string]int, len(b))
	for i, item := range b {
		indexB[keyOf(item, keys)] = i
	}
	indexA := make(map[string]int, len(a))
	last, ordered := -1, true
	for i, item := range a {
		key := keyOf(item, keys)
		indexA[key] = i
		j, ok := indexB[key]
		if !ok {
			w.value(at.item(itemKey(key), i, 0), item, nil)
			continue
		}
		ordered = ordered && j > last
		last = j
		if !equal(item, b[j]) {
			w.value(at.item(itemKey(key), i, j), item, b[j])
		}
	}
	for j, item := range b {
		key := keyOf(item, keys)
		if _, ok := indexA[key]; !ok {
			w.value(at.item(itemKey(key), 0, j), nil, item)
		}
	}
	if !ordered {
		w.reordered(at)
	}
}

func (w *fieldWalk) reordered(at fieldPlace) {
	effect, reason := Compatible, ""
	switch at.last() {
	case "initContainers":
		effect, reason = Notable, ": they run in this order"
	case "env":
		reason = ": it counts only where one refers to another"
	}
	w.changes = append(w.changes, Change{
		Code: FieldOrderChanged, Effect: effect, Object: w.object, Field: fieldText(at.text),
		Message: "has its items in another order" + reason, pathA: at.pathA, pathB: at.pathB,
	})
}

func areTexts(items []any) bool {
	for _, item := range items {
		if _, ok := item.(string); !ok {
			return false
		}
	}
	return true
}

func (w *fieldWalk) setChanged(at fieldPlace, a, b, gone, added []any) {
	effect, reason := fieldEffect(w.key, at, a, b)
	var parts []string
	if len(added) > 0 {
		parts = append(parts, "has "+quoteAll(added, show)+", too")
	}
	if len(gone) > 0 {
		parts = append(parts, "has "+quoteAll(gone, show)+" no more")
	}
	message := strings.Join(parts, ", and ")
	if reason != "" {
		message += ": " + reason
	}
	w.changes = append(w.changes, Change{
		Code: FieldChanged, Effect: effect, Object: w.object, Field: fieldText(at.text), Before: a, After: b,
		Message: message, pathA: at.pathA, pathB: at.pathB,
	})
}
