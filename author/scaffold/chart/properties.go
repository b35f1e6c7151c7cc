package chart

import (
	"slices"
	"strings"

	"github.com/packstage/packstage/author/scaffold"
)

const (
	nameExpression      = ".package.metadata.name"
	namespaceExpression = ".package.metadata.namespace"
)

// facts are the parameters that every release has.
func facts(release Release) []*parameter {
	like := func(base string, number int) []any {
		// The name of the chart stays in the name: charts ask whether it is in there.
		return []any{"zq" + marks(number) + "-" + base + "-qz", "zx" + marks(number) + "-" + base + "-xqz"}
	}
	return []*parameter{
		{
			name: "the name of the release", base: release.Name, tried: like(release.Name, 1), expression: nameExpression,
			set: func(r *Release, value any) { r.Name, _ = value.(string) },
		},
		{
			name: "the namespace of the release", base: release.Namespace, tried: like(release.Namespace, 2), expression: namespaceExpression,
			set: func(r *Release, value any) { r.Namespace, _ = value.(string) },
		},
	}
}

// newValue makes a parameter of a value.
func newValue(path []string, base any, schema map[string]any, asked bool) *parameter {
	p := &parameter{
		name: strings.Join(path, "."), path: path, asked: asked, base: base, stated: schema,
		expression: scaffold.ConfigExpression(path...),
		property:   &scaffold.Property{Path: path, Schema: schema, Default: base},
	}
	p.empty, p.hasEmpty = emptyOf(base, schema)
	if !truthy(base) {
		p.empty, p.hasEmpty = base, true
	}
	p.set = func(r *Release, value any) {
		r.Values = withValue(r.Values, path, replacing(base, value))
	}
	return p
}

// replacing is a value that takes the place of another, which a chart would join
// with it: null takes away what the other has more.
func replacing(base, value any) any {
	before, isMap := base.(map[string]any)
	after, both := value.(map[string]any)
	if !isMap || !both {
		return value
	}
	result := map[string]any{}
	for key := range before {
		result[key] = nil
	}
	for key, value := range after {
		result[key] = replacing(before[key], value)
	}
	return result
}

// plainSchema is the schema of a value that no schema describes.
func plainSchema(value any) map[string]any {
	switch value := value.(type) {
	case bool:
		return map[string]any{"type": "boolean"}
	case int64:
		return map[string]any{"type": "integer"}
	case float64:
		return map[string]any{"type": "number"}
	case []any:
		items := map[string]any{"x-kubernetes-preserve-unknown-fields": true}
		if len(value) > 0 {
			first := plainSchema(value[0])["type"]
			same := all(value, func(item any) bool { return plainSchema(item)["type"] == first })
			if same && slices.Contains([]any{"string", "boolean", "integer", "number"}, first) {
				items = plainSchema(value[0])
			} else if same && first == "object" {
				items["type"] = "object"
			}
		}
		return map[string]any{"type": "array", "items": items}
	case map[string]any:
		return map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}
	default:
		return map[string]any{"type": "string"}
	}
}
