package validate

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/packagetypes"
)

// benchSchema is a schema of 100 properties of mixed types, with or without rules.
func benchSchema(rules bool) map[string]any {
	properties := map[string]any{}
	for i := range 20 {
		properties[fmt.Sprintf("s%d", i)] = map[string]any{"type": "string", "maxLength": int64(63), "pattern": "^[a-z]", "default": "a"}
		properties[fmt.Sprintf("i%d", i)] = map[string]any{"type": "integer", "minimum": int64(0)}
		properties[fmt.Sprintf("b%d", i)] = map[string]any{"type": "boolean", "default": true}
		properties[fmt.Sprintf("e%d", i)] = map[string]any{"type": "string", "enum": []any{"x", "y"}}
		properties[fmt.Sprintf("l%d", i)] = map[string]any{"type": "array", "items": map[string]any{"type": "string"}}
	}
	content := map[string]any{"type": "object", "properties": properties}
	if rules {
		content["x-kubernetes-validations"] = []any{map[string]any{"rule": "!has(self.i0) || self.i0 < 10"}}
	}
	return content
}

func BenchmarkCompileConfigSchema(b *testing.B) {
	small := map[string]any{
		"type": "object", "properties": map[string]any{"count": map[string]any{"type": "integer"}},
		"x-kubernetes-validations": []any{map[string]any{"rule": "!has(self.count) || self.count < 10"}},
	}
	for _, bench := range []struct {
		name    string
		content map[string]any
		options ConfigSchemaOptions
	}{
		{"100 properties", benchSchema(false), ConfigSchemaOptions{}},
		{"100 properties and a rule", benchSchema(true), ConfigSchemaOptions{}},
		{"100 properties and a rule, shared", benchSchema(true), ConfigSchemaOptions{Shared: NewShared()}},
		{"1 property and a rule", small, ConfigSchemaOptions{}},
		{"1 property and a rule, shared", small, ConfigSchemaOptions{Shared: NewShared()}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, findings := CompileConfigSchema(bench.content, bench.options); findings != nil {
					b.Fatal(findings)
				}
			}
		})
	}
}

func BenchmarkAdmit(b *testing.B) {
	small := configSchema(b, `
type: object
required: [name]
properties:
  name: {type: string, minLength: 2}
  replicas: {type: integer, default: 3, minimum: 1}
  resources: {type: object, default: {}, properties: {cpu: {x-kubernetes-int-or-string: true, default: 1}, memory: {type: string, default: 1Gi}}}
  hosts: {type: array, items: {type: string}}
`)
	large, findings := CompileConfigSchema(benchSchema(false), ConfigSchemaOptions{})
	require.Empty(b, findings)
	withRule, findings := CompileConfigSchema(benchSchema(true), ConfigSchemaOptions{})
	require.Empty(b, findings)
	for _, bench := range []struct {
		name   string
		schema *ConfigSchema
		config map[string]any
	}{
		{"small", small, map[string]any{"name": "shop", "hosts": []any{"a", "b"}}},
		{"100 properties", large, map[string]any{"i0": int64(5)}},
		{"100 properties and a rule", withRule, map[string]any{"i0": int64(5)}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, findings := bench.schema.Admit(bench.config, packagetypes.RejectUnknownConfig); findings != nil {
					b.Fatal(findings)
				}
			}
		})
	}
}

// BenchmarkAdmitList shows that time grows linearly with the length of lists.
func BenchmarkAdmitList(b *testing.B) {
	s := configSchema(b, `
type: object
properties:
  l: {type: array, x-kubernetes-list-type: set, items: {type: string, x-kubernetes-validations: [{rule: self != 'x'}]}}
`)
	for _, length := range []int{1_000, 10_000} {
		items := make([]any, length)
		for i := range items {
			items[i] = fmt.Sprint("item", i)
		}
		b.Run(fmt.Sprint(length), func(b *testing.B) {
			for b.Loop() {
				if _, findings := s.Admit(map[string]any{"l": items}, packagetypes.RejectUnknownConfig); findings != nil {
					b.Fatal(findings)
				}
			}
		})
	}
}
