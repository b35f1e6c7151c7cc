package scaffold

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/packstage/packstage/internal/schema"
)

// configTree is the schema of the configuration in the making.
type configTree struct {
	property *Property // of a leaf
	children map[string]*configTree
}

func newConfigTree() *configTree { return &configTree{children: map[string]*configTree{}} }

// add puts a property into the tree. The same property again is none of the errors: two
// names for different things are.
func (t *configTree) add(p Property) error {
	if len(p.Path) == 0 {
		return fmt.Errorf("a configuration property has no path")
	}
	at := t
	for i, key := range p.Path {
		if at.property != nil {
			return fmt.Errorf("the configuration property %s is inside of %s, which is no group of properties",
				strings.Join(p.Path, "."), strings.Join(p.Path[:i], "."))
		}
		child := at.children[key]
		if child == nil {
			child = newConfigTree()
			at.children[key] = child
		}
		at = child
	}
	if at.property != nil || len(at.children) > 0 {
		return fmt.Errorf("the configuration property %s is there twice", strings.Join(p.Path, "."))
	}
	at.property = &p
	return nil
}

// has reports whether something is at a path, or above it.
func (t *configTree) has(path []string) bool {
	for _, key := range path {
		if t.property != nil {
			return true
		}
		if t = t.children[key]; t == nil {
			return false
		}
	}
	return true
}

// endsAbove reports whether a path leads into a property, which has nothing below it.
func (t *configTree) endsAbove(path []string) bool {
	for _, key := range path {
		if t = t.children[key]; t == nil {
			return false
		}
		if t.property != nil {
			return true
		}
	}
	return false
}

func (t *configTree) empty() bool { return len(t.children) == 0 }

// schema returns the structural schema of the tree.
func (t *configTree) schema(root bool) map[string]any {
	if t.property != nil {
		return t.property.schema()
	}
	schema := map[string]any{"type": "object"}
	properties := map[string]any{}
	var required []any
	for _, key := range slices.Sorted(maps.Keys(t.children)) {
		properties[key] = t.children[key].schema(false)
		if t.children[key].required() {
			required = append(required, key)
		}
	}
	if len(properties) > 0 {
		schema["properties"] = properties
	}
	if required != nil {
		schema["required"] = required
	} else if !root {
		schema["default"] = map[string]any{} // makes the group, then its defaults fill it
	}
	return schema
}

func (t *configTree) required() bool {
	if t.property != nil {
		return t.property.Required
	}
	for _, child := range t.children {
		if child.required() {
			return true
		}
	}
	return false
}

func (p *Property) schema() map[string]any {
	result := map[string]any{}
	if p.Schema != nil {
		result = schema.DeepCopy(p.Schema).(map[string]any)
	}
	if p.Description != "" {
		result["description"] = p.Description
	}
	if p.Default != nil {
		result["default"] = schema.DeepCopy(p.Default)
	}
	return result
}
