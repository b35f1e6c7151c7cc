package compare

import (
	"fmt"
	"slices"
	"strings"

	"github.com/packstage/packstage/internal/linediff"
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

// plainList compares lists without keys: equal items are found as lines of a diff
// are, and what stands between the same equal ones is compared one by one.
func (w *fieldWalk) plainList(at fieldPlace, a, b []any) {
	gone, added := unequalItems(a, b)
	if (at.last() == "args" || at.last() == "command") && max(len(gone), len(added)) > 1 {
		w.argumentsChanged(at, a, b)
		return
	}
	for len(gone) > 0 || len(added) > 0 {
		switch {
		case len(added) == 0 || len(gone) > 0 && gone[0].gap < added[0].gap:
			w.value(at.item(gone[0].index, gone[0].index, max(len(b)-1, 0)), a[gone[0].index], nil)
			gone = gone[1:]
		case len(gone) == 0 || added[0].gap < gone[0].gap:
			w.value(at.item(added[0].index, max(len(a)-1, 0), added[0].index), nil, b[added[0].index])
			added = added[1:]
		default:
			w.value(at.item(added[0].index, gone[0].index, added[0].index), a[gone[0].index], b[added[0].index])
			gone, added = gone[1:], added[1:]
		}
	}
}

// unequalItem is an item that has no equal one in the other list. Items of both
// lists with the same gap stand between the same equal ones.
type unequalItem struct{ index, gap int }

func unequalItems(a, b []any) (gone, added []unequalItem) {
	text := func(items []any) []byte {
		var lines []byte
		for _, item := range items {
			lines = append(append(lines, canonical(item)...), '\n') // JSON holds no line break
		}
		return lines
	}
	gap := 0
	for _, hunk := range linediff.Hunks(text(a), text(b)) {
		i, j := hunk.OldStart-1, hunk.NewStart-1
		if hunk.OldCount == 0 {
			i++ // it then names the line before
		}
		if hunk.NewCount == 0 {
			j++
		}
		gap++
		for _, line := range hunk.Lines {
			switch line.Kind {
			case linediff.Removed:
				gone = append(gone, unequalItem{i, gap})
				i++
			case linediff.Added:
				added = append(added, unequalItem{j, gap})
				j++
			default:
				gap++
				i++
				j++
			}
		}
	}
	return gone, added
}

// argumentsChanged says of the arguments of a program which are new and which gone,
// which reads better than items that moved.
func (w *fieldWalk) argumentsChanged(at fieldPlace, a, b []any) {
	gone, added := missing(a, b), missing(b, a)
	var parts []string
	if len(added) > 0 {
		parts = append(parts, "new are "+quoteAll(added, show))
	}
	if len(gone) > 0 {
		parts = append(parts, "gone are "+quoteAll(gone, show))
	}
	if len(parts) == 0 {
		parts = append(parts, "the order is another")
	}
	w.changes = append(w.changes, Change{
		Code: FieldChanged, Effect: Notable, Object: w.object, Field: fieldText(at.text), Before: a, After: b,
		Message: fmt.Sprintf("is another list: %s", strings.Join(parts, "; ")), pathA: at.pathA, pathB: at.pathB,
	})
}
