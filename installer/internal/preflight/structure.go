package preflight

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/packstage/packstage/diagnostic"
)

// checkStructure finds what keeps content from being a Kubernetes object that all
// other checks can read: types of fields, and names of group, version and kind that
// mean something else in a path of the API.
func checkStructure(content map[string]any) diagnostic.Diagnostics {
	c := structureCheck{}
	c.identity(content)
	metadata, ok := content["metadata"].(map[string]any)
	if !ok || metadata == nil {
		c.add(diagnostic.ObjectInvalid, "must be a mapping", "metadata")
		return c.found
	}
	for _, field := range [...]string{"name", "namespace", "generateName"} {
		if _, ok := metadata[field].(string); !ok && metadata[field] != nil {
			c.add(diagnostic.ObjectInvalid, "must be a string", "metadata", field)
		}
	}
	for _, field := range [...]string{"labels", "annotations"} {
		c.texts(metadata[field], "metadata", field)
	}
	c.value(content, nil)
	return c.found
}

type structureCheck struct{ found diagnostic.Diagnostics }

func (c *structureCheck) add(code diagnostic.Code, message string, path ...any) {
	c.found = append(c.found, diagnostic.Diagnostic{Code: code, Field: diagnostic.FieldPath(path...), Message: message})
}

func (c *structureCheck) identity(content map[string]any) {
	apiVersion, _ := content["apiVersion"].(string)
	parsed, err := schema.ParseGroupVersion(apiVersion)
	switch {
	case apiVersion == "":
		c.add(diagnostic.ObjectInvalid, "is missing, or no string", "apiVersion")
	case err != nil || parsed.String() != apiVersion ||
		parsed.Group != "" && len(validation.IsDNS1123Subdomain(parsed.Group)) > 0 ||
		len(validation.IsDNS1035Label(parsed.Version)) > 0:
		c.add(diagnostic.ObjectInvalid, fmt.Sprintf("%q is not version or group/version", apiVersion), "apiVersion")
	}
	kind, _ := content["kind"].(string)
	switch {
	case kind == "":
		c.add(diagnostic.ObjectInvalid, "is missing, or no string", "kind")
	case len(validation.IsDNS1035Label(strings.ToLower(kind))) > 0:
		c.add(diagnostic.ObjectInvalid, fmt.Sprintf("%q is no name of a kind", kind), "kind")
	}
}

// texts wants a mapping of strings. What is not one would be invisible to whoever
// asks for labels.
func (c *structureCheck) texts(value any, path ...any) {
	if value == nil {
		return
	}
	entries, ok := value.(map[string]any)
	if !ok {
		c.add(diagnostic.ObjectInvalidMetadata, "must be a mapping", path...)
		return
	}
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		if _, ok := entries[key].(string); !ok {
			c.add(diagnostic.ObjectInvalidMetadata, "must be a string", append(slices.Clone(path), key)...)
		}
	}
}

// value wants values as from JSON: others cannot be sent, and some libraries panic
// at them.
func (c *structureCheck) value(value any, path []any) {
	switch value := value.(type) {
	case nil, string, bool, int64:
	case float64:
		if math.IsNaN(value) || math.IsInf(value, 0) {
			c.add(diagnostic.ObjectInvalid, "is no number that JSON has", path...)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			c.value(value[key], append(path, key))
		}
	case []any:
		for i, item := range value {
			c.value(item, append(path, i))
		}
	default:
		c.add(diagnostic.ObjectInvalid, fmt.Sprintf("has a value of the type %T, which is none of JSON's", value), path...)
	}
}
