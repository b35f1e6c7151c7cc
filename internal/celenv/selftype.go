package celenv

import (
	"maps"
	"slices"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"

	"github.com/packstage/packstage/internal/schema"
)

// declarations are the CEL types of the nodes of a schema, as Kubernetes declares
// them: objects have the fields that the schema lists, other keys do not exist;
// x-kubernetes-int-or-string is dynamic; what x-kubernetes-preserve-unknown-fields
// keeps is not visible; formats of strings are bytes, durations and timestamps.
type declarations struct {
	types.Provider
	objects map[string]*objectType
	nodes   map[*schema.Schema]*types.Type
}

// objectType is an object with fields, by their escaped names.
type objectType struct {
	self   *types.Type
	fields map[string]*types.Type
}

func declare(root *schema.Schema, underlying types.Provider) *declarations {
	d := &declarations{Provider: underlying, objects: map[string]*objectType{}, nodes: map[*schema.Schema]*types.Type{}}
	d.typeOf(root, "@self") // no expression can spell this name
	return d
}

// typeOf declares a node and those below it. It is nil for nodes that CEL does
// not see.
func (d *declarations) typeOf(s *schema.Schema, name string) *types.Type {
	if s == nil {
		return nil
	}
	kind := d.newType(s, name)
	d.nodes[s] = kind
	return kind
}

func (d *declarations) newType(s *schema.Schema, name string) *types.Type {
	switch {
	case s.IntOrString:
		return types.DynType
	case s.Type == "object":
		return d.object(s, name)
	case s.Type == "array":
		if items := d.typeOf(s.Items, name+".@items"); items != nil {
			return types.NewListType(items)
		}
		return nil
	case s.Type == "string":
		return stringType(s.Format)
	case s.Type == "integer":
		return types.IntType
	case s.Type == "number":
		return types.DoubleType
	case s.Type == "boolean":
		return types.BoolType
	default:
		return nil
	}
}

func stringType(format string) *types.Type {
	switch format {
	case "byte":
		return types.BytesType
	case "duration":
		return types.DurationType
	case "date", "date-time":
		return types.TimestampType
	default:
		return types.StringType
	}
}

func (d *declarations) object(s *schema.Schema, name string) *types.Type {
	if s.AdditionalProperties != nil && s.AdditionalProperties.Schema != nil {
		if values := d.typeOf(s.AdditionalProperties.Schema, name+".@values"); values != nil {
			return types.NewMapType(types.StringType, values)
		}
		return nil
	}
	object := &objectType{self: types.NewObjectType(name), fields: map[string]*types.Type{}}
	d.objects[name] = object
	properties := s.Properties
	if s.EmbeddedResource {
		properties = withObjectMeta(properties)
	}
	for _, property := range slices.Sorted(maps.Keys(properties)) {
		kind := d.typeOf(properties[property], name+"."+property)
		if escaped, ok := Escape(property); ok && kind != nil {
			object.fields[escaped] = kind
		}
	}
	return object.self
}

// withObjectMeta adds the fields that every Kubernetes object has.
func withObjectMeta(properties map[string]*schema.Schema) map[string]*schema.Schema {
	has := func(s *schema.Schema, kind string) bool { return s != nil && s.Type == kind }
	metadata := properties["metadata"]
	if has(properties["kind"], "string") && has(properties["apiVersion"], "string") && has(metadata, "object") &&
		has(metadata.Properties["name"], "string") && has(metadata.Properties["generateName"], "string") {
		return properties
	}
	text := &schema.Schema{Type: "string"}
	all := maps.Clone(properties)
	if all == nil {
		all = map[string]*schema.Schema{}
	}
	all["kind"], all["apiVersion"] = text, text
	all["metadata"] = &schema.Schema{
		Type: "object", Properties: map[string]*schema.Schema{"name": text, "generateName": text},
	}
	return all
}

// FindStructType returns the type of a name, for the type checker.
func (d *declarations) FindStructType(name string) (*types.Type, bool) {
	if object, ok := d.objects[name]; ok {
		return types.NewTypeTypeWithParam(object.self), true
	}
	return d.Provider.FindStructType(name)
}

// FindStructFieldNames returns the sorted fields of a type.
func (d *declarations) FindStructFieldNames(name string) ([]string, bool) {
	if object, ok := d.objects[name]; ok {
		return slices.Sorted(maps.Keys(object.fields)), true
	}
	return d.Provider.FindStructFieldNames(name)
}

// FindStructFieldType returns the type of a field.
func (d *declarations) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	if object, ok := d.objects[name]; ok {
		kind, ok := object.fields[field]
		if !ok {
			return nil, false
		}
		return &types.FieldType{Type: kind}, true
	}
	return d.Provider.FindStructFieldType(name, field)
}

// option makes an environment use the declarations.
func (d *declarations) option() cel.EnvOption { return cel.CustomTypeProvider(d) }
