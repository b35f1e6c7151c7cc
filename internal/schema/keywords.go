package schema

import "slices"

// keywords are those of Kubernetes' JSONSchemaProps that a structural schema
// may use, and packstage's own.
var keywords = []string{
	"additionalProperties", "allOf", "anyOf", "default", "description", "enum", "example",
	"exclusiveMaximum", "exclusiveMinimum", "externalDocs", "format", "items", "maxItems",
	"maxLength", "maxProperties", "maximum", "minItems", "minLength", "minProperties", "minimum",
	"multipleOf", "not", "nullable", "oneOf", "pattern", "properties", "required", "title", "type",
	"uniqueItems",
	"x-kubernetes-embedded-resource", "x-kubernetes-int-or-string", "x-kubernetes-list-map-keys",
	"x-kubernetes-list-type", "x-kubernetes-map-type", "x-kubernetes-preserve-unknown-fields",
	"x-kubernetes-validations",
	"x-packstage-sensitive",
}

// forbiddenKeywords are those that Kubernetes knows and refuses.
var forbiddenKeywords = []string{
	"$ref", "$schema", "additionalItems", "definitions", "dependencies", "id", "patternProperties",
}

// ruleFields are the fields of an entry of x-kubernetes-validations.
var ruleFields = []string{"fieldPath", "message", "messageExpression", "optionalOldSelf", "reason", "rule"}

// valueTypes are the types that a node may have.
var valueTypes = []string{"array", "boolean", "integer", "number", "object", "string"}

func isOneOf(name string, names []string) bool { return slices.Contains(names, name) }
