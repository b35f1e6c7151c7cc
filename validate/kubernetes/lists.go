package kubernetes

import (
	"fmt"
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
		w.in(i, func() { w.value(node.Items, item, "") })
	}
	if node.ListType != "" && !w.decodeOnly {
		w.duplicates(node, list)
	}
}

// isScalar tells whether values of a node are no objects.
func (w *walk) isScalar(node *openapischema.Node) bool {
	resolved, err := w.catalog.definition(w.release, node.Ref)
	return err != nil || resolved == nil || resolved.Type != "object"
}

// duplicates reports items of a list that have the same keys.
func (w *walk) duplicates(node *openapischema.Node, list []any) {
	seen := map[string]bool{}
	for i, item := range list {
		identity, text, ok := w.identity(node, item)
		if !ok {
			continue
		}
		if seen[identity] {
			w.in(i, func() {
				found := w.add(diagnostic.ObjectDuplicateItem, "another item has the same "+text)
				found.severity, found.atKey = diagnostic.Warning, true
				found.hint = "server-side apply refuses the object; of two such items one gets lost in later changes"
			})
		}
		seen[identity] = true
	}
}

// identity returns what tells an item of a list from others, and how to say it.
func (w *walk) identity(node *openapischema.Node, item any) (identity, text string, ok bool) {
	if node.ListType == "set" {
		if _, isText := item.(string); !isText {
			return "", "", false
		}
		return fmt.Sprintf("%q", item), "value " + w.shown(item), true
	}
	object, ok := item.(map[string]any)
	if !ok {
		return "", "", false
	}
	var texts []string
	for _, key := range node.MapKeys {
		value := object[key]
		if value == nil {
			value = w.keyDefault(node.Items, key)
		}
		identity += fmt.Sprintf("%T %v\n", value, value)
		if shown := w.shown(value); shown != "" {
			texts = append(texts, key+" "+shown)
		}
	}
	return identity, strings.Join(texts, " and "), len(texts) > 0
}

// keyDefault returns the default of a key of the items of a list.
func (w *walk) keyDefault(items *openapischema.Node, key string) any {
	if items != nil && items.Ref != "" {
		items, _ = w.catalog.definition(w.release, items.Ref)
	}
	if items == nil || items.Properties[key] == nil {
		return nil
	}
	return items.Properties[key].Default
}
