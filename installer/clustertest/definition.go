package clustertest

import (
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/version"
	mergeschema "sigs.k8s.io/structured-merge-diff/v6/schema"
	"sigs.k8s.io/structured-merge-diff/v6/typed"
)

// definition is what a CustomResourceDefinition says of its kind's objects.
type definition struct {
	types   map[string]typed.ParseableType
	schemas map[string]map[string]any
}

// definedKind reads a CustomResourceDefinition. ok is false where it serves nothing.
func definedKind(object *unstructured.Unstructured) (kind *kindRules, ok bool) {
	text := func(fields ...string) string {
		found, _, _ := unstructured.NestedString(object.Object, fields...)
		return found
	}
	kind = &kindRules{
		group: text("spec", "group"), kind: text("spec", "names", "kind"), resource: text("spec", "names", "plural"),
		namespaced: text("spec", "scope") == "Namespaced", generation: true,
		definition: &definition{types: map[string]typed.ParseableType{}, schemas: map[string]map[string]any{}},
	}
	versions, _, _ := unstructured.NestedSlice(object.Object, "spec", "versions")
	for _, one := range versions {
		declared, isMap := one.(map[string]any)
		name, _, _ := unstructured.NestedString(declared, "name")
		if served, _, _ := unstructured.NestedBool(declared, "served"); !isMap || !served || name == "" {
			continue
		}
		kind.versions = append(kind.versions, name)
		if _, found, _ := unstructured.NestedMap(declared, "subresources", "status"); found {
			kind.status = true
		}
		structure, _, _ := unstructured.NestedMap(declared, "schema", "openAPIV3Schema")
		kind.definition.schemas[name] = structure
		kind.definition.types[name] = customType(structure)
	}
	slices.SortFunc(kind.versions, func(a, b string) int { return version.CompareKubeAwareVersionStrings(b, a) })
	return kind, kind.group != "" && kind.kind != "" && kind.resource != "" && len(kind.versions) > 0
}

// customType returns how objects of a structural schema are merged.
func customType(structure map[string]any) typed.ParseableType {
	root := referenceOf(structure)
	if root.Inlined.Map == nil {
		return (&typed.Parser{Schema: mergeschema.Schema{Types: commonTypes()}}).Type(objectType)
	}
	untyped := mergeschema.Untyped
	scalar := mergeschema.TypeRef{Inlined: mergeschema.Atom{Scalar: &untyped}}
	own := map[string]mergeschema.TypeRef{"apiVersion": scalar, "kind": scalar, "metadata": named(metadataType)}
	var fields []mergeschema.StructField
	for _, one := range root.Inlined.Fields {
		if _, replaced := own[one.Name]; !replaced {
			fields = append(fields, one)
		}
	}
	for _, name := range []string{"apiVersion", "kind", "metadata"} {
		fields = append(fields, field(name, own[name]))
	}
	const name = "Custom"
	types := append(commonTypes(), mergeschema.TypeDef{Name: name, Atom: mergeschema.Atom{Map: &mergeschema.Map{
		Fields: fields, ElementType: root.Inlined.Map.ElementType,
	}}})
	return (&typed.Parser{Schema: mergeschema.Schema{Types: types}}).Type(name)
}

// referenceOf translates a structural schema into the terms of the merge.
func referenceOf(structure map[string]any) mergeschema.TypeRef {
	kind, _ := structure["type"].(string)
	nullable, _ := structure["nullable"].(bool)
	scalar := func(of mergeschema.Scalar) mergeschema.TypeRef {
		return mergeschema.TypeRef{Nullable: nullable, Inlined: mergeschema.Atom{Scalar: &of}}
	}
	if either, _ := structure["x-kubernetes-int-or-string"].(bool); either {
		return scalar(mergeschema.Untyped)
	}
	switch kind {
	case "object":
		return mergeschema.TypeRef{Nullable: nullable, Inlined: mergeschema.Atom{Map: mapOf(structure)}}
	case "array":
		return mergeschema.TypeRef{Nullable: nullable, Inlined: mergeschema.Atom{List: elementsOf(structure)}}
	case "string":
		return scalar(mergeschema.String)
	case "boolean":
		return scalar(mergeschema.Boolean)
	case "integer", "number":
		return scalar(mergeschema.Numeric)
	}
	return named(anyType)
}

func mapOf(structure map[string]any) *mergeschema.Map {
	result := &mergeschema.Map{ElementRelationship: mergeschema.Separable}
	if structure["x-kubernetes-map-type"] == "atomic" {
		result.ElementRelationship = mergeschema.Atomic
	}
	properties, _ := structure["properties"].(map[string]any)
	for _, name := range sortedKeys(properties) {
		property, _ := properties[name].(map[string]any)
		result.Fields = append(result.Fields, mergeschema.StructField{Name: name, Type: referenceOf(property), Default: property["default"]})
	}
	if embedded, _ := structure["x-kubernetes-embedded-resource"].(bool); embedded {
		for _, name := range []string{"apiVersion", "kind", "metadata"} {
			if _, declared := properties[name]; !declared {
				result.Fields = append(result.Fields, field(name, named(anyType)))
			}
		}
	}
	if preserves(structure) {
		result.ElementType = named(anyType)
	}
	switch additional := structure["additionalProperties"].(type) {
	case map[string]any:
		result.ElementType = referenceOf(additional)
	case bool:
		if additional {
			result.ElementType = named(anyType)
		}
	}
	return result
}

func elementsOf(structure map[string]any) *mergeschema.List {
	items, _ := structure["items"].(map[string]any)
	result := &mergeschema.List{ElementType: referenceOf(items), ElementRelationship: mergeschema.Atomic}
	switch structure["x-kubernetes-list-type"] {
	case "map":
		result.ElementRelationship = mergeschema.Associative
		result.Keys, _, _ = unstructured.NestedStringSlice(structure, "x-kubernetes-list-map-keys")
	case "set":
		result.ElementRelationship = mergeschema.Associative
	}
	return result
}

func preserves(structure map[string]any) bool {
	keeps, _ := structure["x-kubernetes-preserve-unknown-fields"].(bool)
	return keeps
}

// complete drops what the schema of a custom resource does not know and sets what
// it has defaults for, as the server does.
func (d *definition) complete(object *unstructured.Unstructured) {
	structure := d.schemas[object.GroupVersionKind().Version]
	if len(structure) == 0 {
		return
	}
	kept := map[string]any{}
	for _, name := range []string{"apiVersion", "kind", "metadata"} {
		if value, set := object.Object[name]; set {
			kept[name] = value
			delete(object.Object, name)
		}
	}
	completeMap(object.Object, structure)
	maps.Copy(object.Object, kept)
}

func completeValue(value any, structure map[string]any) {
	switch value := value.(type) {
	case []any:
		items, _ := structure["items"].(map[string]any)
		for _, item := range value {
			completeValue(item, items)
		}
	case map[string]any:
		completeMap(value, structure)
	}
}

func completeMap(value, structure map[string]any) {
	if len(structure) == 0 {
		return
	}
	properties, _ := structure["properties"].(map[string]any)
	additional, hasAdditional := structure["additionalProperties"]
	embedded, _ := structure["x-kubernetes-embedded-resource"].(bool)
	for name, inner := range value {
		if property, declared := properties[name].(map[string]any); declared {
			completeValue(inner, property)
			continue
		}
		if hasAdditional {
			if every, ok := additional.(map[string]any); ok {
				completeValue(inner, every)
			}
			continue
		}
		if preserves(structure) || embedded && slices.Contains([]string{"apiVersion", "kind", "metadata"}, name) {
			continue
		}
		delete(value, name)
	}
	for _, name := range sortedKeys(properties) {
		property, _ := properties[name].(map[string]any)
		standard, declared := property["default"]
		if _, set := value[name]; declared && !set {
			value[name] = runtime.DeepCopyJSONValue(standard)
			completeValue(value[name], property)
		}
	}
}
