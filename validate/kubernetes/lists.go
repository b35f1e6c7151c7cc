package kubernetes

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/openapischema"
)

func (w *walk) list(node *openapischema.Node, list []any) {
	for i, item := range list {
		if item == nil && node.Items != nil && node.Items.Ref != "" {
			item = map[string]any{} // null is the empty value, where values are objects
			if w.isScalar(node.Items) {
				continue
			}
		}
		w.enterItem(i)
		w.value(node.Items, item, "")
		w.leave()
	}
	if node.ListType != "" && !w.decodeOnly && len(list) > 1 {
		w.duplicates(node, list)
	}
}

// isScalar tells whether values of a node are no objects.
func (w *walk) isScalar(node *openapischema.Node) bool {
	resolved, err := w.definitions.get(node.Ref)
	return err != nil || resolved == nil || resolved.Type != "object"
}

// duplicates reports items of a list that have the same keys.
func (w *walk) duplicates(node *openapischema.Node, list []any) {
	seen := make(map[string]bool, len(list))
	for i, item := range list {
		identity, ok := w.identity(node, item)
		if !ok {
			continue
		}
		if seen[identity] {
			w.enterItem(i)
			found := w.add(diagnostic.ObjectDuplicateItem, "another item has the same "+w.identityText(node, item))
			found.severity, found.atKey = diagnostic.Warning, true
			found.hint = "server-side apply refuses the object; of two such items one gets lost in later changes"
			w.leave()
		}
		seen[identity] = true
	}
}

// identity returns what tells an item of a list from others. What cannot be shown in
// any part is not compared.
func (w *walk) identity(node *openapischema.Node, item any) (identity string, ok bool) {
	if node.ListType == "set" {
		identity, ok = item.(string)
		return identity, ok
	}
	object, isObject := item.(map[string]any)
	if !isObject || w.secret {
		return "", false
	}
	var all []byte
	for _, key := range node.MapKeys {
		value := w.keyValue(node, object, key)
		switch value := value.(type) {
		case string:
			all = append(append(all, "string "...), value...)
		case int64:
			all = strconv.AppendInt(append(all, "int64 "...), value, 10)
		default:
			all = fmt.Appendf(all, "%T %v", value, value)
		}
		all = append(all, '\n')
		ok = ok || isShown(value)
	}
	return string(all), ok
}

// identityText says what tells an item from others.
func (w *walk) identityText(node *openapischema.Node, item any) string {
	object, isObject := item.(map[string]any)
	if !isObject {
		return "value " + w.shown(item)
	}
	var texts []string
	for _, key := range node.MapKeys {
		if shown := w.shown(w.keyValue(node, object, key)); shown != "" {
			texts = append(texts, key+" "+shown)
		}
	}
	return strings.Join(texts, " and ")
}

func (w *walk) keyValue(node *openapischema.Node, object map[string]any, key string) any {
	if value := object[key]; value != nil {
		return value
	}
	return w.keyDefault(node.Items, key)
}

// isShown tells whether a value can be shown in a message: lists and objects cannot.
func isShown(value any) bool {
	switch value.(type) {
	case map[string]any, []any:
		return false
	}
	return true
}

// keyDefault returns the default of a key of the items of a list.
func (w *walk) keyDefault(items *openapischema.Node, key string) any {
	if items != nil && items.Ref != "" {
		items, _ = w.definitions.get(items.Ref)
	}
	if items == nil || items.Properties[key] == nil {
		return nil
	}
	return items.Properties[key].Default
}
