package scaffold

import (
	"maps"
	"slices"
	"strings"

	"github.com/packstage/packstage/internal/schema"
)

// object is an object on its way into the package.
type object struct {
	InputObject
	kind groupKind
	// namespaced says whether the kind has namespaces; it is meaningless where that is
	// not known.
	namespaced, scopeKnown bool
	phase                  string
	path                   string
}

func newObject(input InputObject) *object {
	input.Content = schema.DeepCopy(input.Content).(map[string]any)
	input.Substitutions = slices.Clone(input.Substitutions)
	version, _ := input.Content["apiVersion"].(string)
	kind, _ := input.Content["kind"].(string)
	group, _, found := strings.Cut(version, "/")
	if !found {
		group = ""
	}
	return &object{InputObject: input, kind: groupKind{group, kind}}
}

func (o *object) name() string      { return metadataText(o.Content, "name") }
func (o *object) namespace() string { return metadataText(o.Content, "namespace") }

// title names the object for people: "Deployment shop/web".
func (o *object) title() string { return Title(o.Content) }

// Title names an object for people, as decisions do: "Deployment shop/web".
func Title(content map[string]any) string {
	kind, _ := content["kind"].(string)
	name := metadataText(content, "name")
	if name == "" {
		name = metadataText(content, "generateName") + "*"
	}
	if namespace := metadataText(content, "namespace"); namespace != "" {
		name = namespace + "/" + name
	}
	return kind + " " + name
}

func metadataText(content map[string]any, field string) string {
	metadata, _ := content["metadata"].(map[string]any)
	text, _ := metadata[field].(string)
	return text
}

// substituted reports whether a value, something inside of it or something around it
// is substituted already.
func (o *object) substituted(path []any) bool {
	return slices.ContainsFunc(o.Substitutions, func(s Substitution) bool {
		n := min(len(s.Path), len(path))
		return slices.Equal(s.Path[:n], path[:n])
	})
}

// substitute adds a substitution, unless the value has one already: what the converter
// said goes first.
func (o *object) substitute(s Substitution) bool {
	if o.Template != nil || o.substituted(s.Path) {
		return false
	}
	s.Path = slices.Clone(s.Path)
	o.Substitutions = append(o.Substitutions, s)
	return true
}

// lookup follows a path of keys and indexes.
func lookup(value any, path ...any) (any, bool) {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			mapping, ok := value.(map[string]any)
			if !ok {
				return nil, false
			}
			if value, ok = mapping[step]; !ok {
				return nil, false
			}
		case int:
			list, ok := value.([]any)
			if !ok || step < 0 || step >= len(list) {
				return nil, false
			}
			value = list[step]
		default:
			return nil, false
		}
	}
	return value, true
}

// replace sets the value at a path that exists.
func replace(root map[string]any, path []any, value any) {
	parent, _ := lookup(root, path[:len(path)-1]...)
	switch step := path[len(path)-1].(type) {
	case string:
		parent.(map[string]any)[step] = value
	case int:
		parent.([]any)[step] = value
	}
}

// walkText calls visit for each text in a value, in the order of the keys.
func walkText(value any, path []any, visit func(path []any, text string)) {
	switch value := value.(type) {
	case string:
		visit(path, value)
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			walkText(value[key], append(path, key), visit)
		}
	case []any:
		for i, child := range value {
			walkText(child, append(path, i), visit)
		}
	}
}
