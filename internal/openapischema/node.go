package openapischema

// Node is the schema of one value. A node with a Ref is the definition of that
// name, and has nothing else. The zero value describes any value.
type Node struct {
	Ref string `json:"r,omitempty"`
	// Type is "object", "array", "string", "integer", "number", "boolean", or
	// empty for any value.
	Type string `json:"t,omitempty"`
	// Format is one of OpenAPI ("int32", "int64", "double", "byte", "date-time"),
	// or one of [MicroTime], [IntOrString], [Quantity], [SchemaOrBool], [SchemaOrArray] and
	// [SchemaOrStringArray], which say it all, without a type.
	Format string `json:"f,omitempty"`

	Properties map[string]*Node `json:"p,omitempty"`
	Required   []string         `json:"q,omitempty"`
	// Additional describes the values of a map; nil where the object has the
	// properties alone.
	Additional *Node `json:"a,omitempty"`
	Items      *Node `json:"i,omitempty"`

	// Enum holds the values that a string may have. The empty one is always
	// allowed beside them: it is as if the field were not there.
	Enum []string `json:"e,omitempty"`
	// ListType is "map" or "set", or empty for a list that is taken as a whole.
	ListType string   `json:"l,omitempty"`
	MapKeys  []string `json:"k,omitempty"`
	// Default of a field that is among the MapKeys of a list.
	Default any `json:"d,omitempty"`
}

// Formats that OpenAPI does not have, most of them of values of several types.
const (
	// MicroTime is a date and time with six digits behind the second.
	MicroTime   = "micro-time"
	IntOrString = "int-or-string"
	Quantity    = "quantity"
	// SchemaOrBool, SchemaOrArray and SchemaOrStringArray are parts of the schema
	// in a CustomResourceDefinition: another schema, or else.
	SchemaOrBool        = "schema-or-bool"
	SchemaOrArray       = "schema-or-array"
	SchemaOrStringArray = "schema-or-string-array"
)

// CustomResourceVersionDefinition is the name of the definition of a version in a
// CustomResourceDefinition.
const CustomResourceVersionDefinition = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionVersion"

// SchemaDefinition is the name of the definition of the schema in a
// CustomResourceDefinition.
const SchemaDefinition = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps"

// MetadataDefinition is the name of the definition of the metadata of objects.
const MetadataDefinition = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
