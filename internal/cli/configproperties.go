package cli

import (
	"maps"
	"slices"
)

// configProperty describes a configuration key for "inspect".
type configProperty struct {
	// Path of the key: "a.b", "list[].name" for the items of lists and "map.*"
	// for keys of any name.
	Path        string `json:"path"`
	Type        string `json:"type,omitempty"`
	Required    bool   `json:"required"`
	Default     any    `json:"default,omitempty"`
	Enum        []any  `json:"enum,omitempty"`
	Description string `json:"description,omitempty"`
}

// configProperties lists the keys of a configuration schema, as the manifest
// holds it, in the order of their names.
func configProperties(schema map[string]any) []configProperty {
	return propertiesBelow("", schema)
}

func propertiesBelow(path string, schema map[string]any) []configProperty {
	var listed []configProperty
	properties, _ := schema["properties"].(map[string]any)
	required, _ := schema["required"].([]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		property, _ := properties[name].(map[string]any)
		at := name
		if path != "" {
			at = path + "." + name
		}
		description, _ := property["description"].(string)
		enum, _ := property["enum"].([]any)
		listed = append(listed, configProperty{
			Path: at, Type: propertyType(property), Required: slices.Contains(required, any(name)),
			Default: property["default"], Enum: enum, Description: description,
		})
		listed = append(listed, propertiesBelow(at, property)...)
	}
	if items, ok := schema["items"].(map[string]any); ok {
		listed = append(listed, propertiesBelow(path+"[]", items)...)
	}
	if values, ok := schema["additionalProperties"].(map[string]any); ok {
		listed = append(listed, propertiesBelow(path+".*", values)...)
	}
	return listed
}

func propertyType(property map[string]any) string {
	if either, _ := property["x-kubernetes-int-or-string"].(bool); either {
		return "int-or-string"
	}
	name, _ := property["type"].(string)
	if name != "array" {
		return name
	}
	items, _ := property["items"].(map[string]any)
	if of := propertyType(items); of != "" {
		return "array of " + of
	}
	return name
}
