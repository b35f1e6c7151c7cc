package kubernetes

import (
	"fmt"
	"slices"
	"strings"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/openapischema"
	"github.com/packstage/packstage/internal/schema"
)

// walk checks a value as the API server decodes and judges what is of a kind of
// its own. There, null is as if the field were not there.
type walk struct {
	faults
	definitions *definitions
	// secret tells that values must not show.
	secret bool
	// decodeOnly is set in the status of an object: it has to decode, and is
	// dropped when the object is created.
	decodeOnly bool
	// dropped is set where the API server drops unknown fields in silence, however
	// strict it is.
	dropped bool
	// failed is what kept a definition from being decoded.
	failed error
}

// zeroIsValid are required fields that an API server does not miss: it takes what
// is not there as an empty value, and that is valid.
var zeroIsValid = map[string][]string{
	"io.k8s.api.apps.v1.StatefulSetSpec":             {"serviceName"},
	"io.k8s.api.networking.v1.NetworkPolicySpec":     {"podSelector"},
	"io.k8s.api.scheduling.v1.PriorityClass":         {"value"},
	"io.k8s.api.core.v1.HTTPHeader":                  {"value"},
	"io.k8s.api.core.v1.LimitRangeSpec":              {"limits"},
	"io.k8s.api.discovery.v1.EndpointSlice":          {"endpoints"},
	openapischema.CustomResourceVersionDefinition:    {"served", "storage"},
	"io.k8s.api.core.v1.PreferredSchedulingTerm":     {"preference"},
	"io.k8s.api.batch.v1.PodFailurePolicy":           {"rules"},
	"io.k8s.api.rbac.v1.RoleRef":                     {"apiGroup"},
	"io.k8s.api.core.v1.ISCSIVolumeSource":           {"lun"},
	"io.k8s.api.core.v1.ISCSIPersistentVolumeSource": {"lun"},
	"io.k8s.api.core.v1.Sysctl":                      {"value"},
}

// definition walks a value by the definition of a name.
func (w *walk) definition(name string, value any) {
	if value == nil {
		return
	}
	node, err := w.definitions.get(name)
	if err != nil {
		w.failed = err
		return
	}
	if node != nil {
		w.value(node, value, name)
	}
}

// value walks a value; definition is the name of the node's definition, or "".
func (w *walk) value(node *openapischema.Node, value any, definition string) {
	switch {
	case value == nil:
		return
	case node.Ref != "":
		w.definition(node.Ref, value)
		return
	}
	switch node.Format {
	case openapischema.SchemaOrBool, openapischema.SchemaOrArray, openapischema.SchemaOrStringArray:
		w.schemaOr(node.Format, value)
		return
	case openapischema.IntOrString, openapischema.Quantity:
		w.scalar(node, value)
		return
	}
	switch node.Type {
	case "":
	case "object":
		if object, ok := value.(map[string]any); ok {
			w.object(node, object, definition)
		} else {
			w.wrongType("an object", value)
		}
	case "array":
		if list, ok := value.([]any); ok {
			w.list(node, list)
		} else {
			w.wrongType("a list", value)
		}
	default:
		w.scalar(node, value)
	}
}

func (w *walk) object(node *openapischema.Node, object map[string]any, definition string) {
	for key, value := range object {
		property, known := node.Properties[key]
		w.enter(key)
		switch {
		case known && key == "status" && len(w.path) == 1:
			w.decodeOnly = true
			w.value(property, value, "")
			w.decodeOnly = false
		case known:
			w.value(property, value, "")
		case node.Additional != nil:
			w.value(node.Additional, value, "")
		default:
			w.unknown(key, node)
		}
		w.leave()
	}
	if w.decodeOnly {
		return
	}
	for _, key := range node.Required {
		if object[key] == nil && !slices.Contains(zeroIsValid[definition], key) {
			w.enter(key)
			w.add(diagnostic.ObjectRequiredField, key+" is required").atKey = true
			w.leave()
		}
	}
}

func (w *walk) unknown(key string, node *openapischema.Node) {
	found := w.add(diagnostic.ObjectUnknownField, fmt.Sprintf("unknown field %q", key))
	found.atKey = true
	var known []string
	for name := range node.Properties {
		known = append(known, name)
	}
	found.hint = diagnostic.DidYouMean(key, known)
	if len(known) == 0 {
		found.hint = "there are no fields here"
	}
	if w.dropped {
		found.severity = diagnostic.Warning
		found.hint = strings.TrimSuffix("the API server drops it in silence; "+found.hint, "; ")
	}
}

// schemaOr walks a part of the schema in a CustomResourceDefinition that is a
// schema or something else. The API server does not insist on its fields.
func (w *walk) schemaOr(format string, value any) {
	switch value := value.(type) {
	case map[string]any:
		before := w.dropped
		w.dropped = true
		w.definition(openapischema.SchemaDefinition, value)
		w.dropped = before
		return
	case bool:
		if format == openapischema.SchemaOrBool {
			return
		}
	case []any:
		if format == openapischema.SchemaOrBool {
			break
		}
		for i, item := range value {
			w.enterItem(i)
			_, isText := item.(string)
			switch {
			case format == openapischema.SchemaOrArray:
				w.schemaOr(openapischema.SchemaOrBool, item)
			case !isText:
				w.wrongType("a string", item)
			}
			w.leave()
		}
		return
	}
	w.wrongType(map[string]string{
		openapischema.SchemaOrBool:        "a schema or a boolean",
		openapischema.SchemaOrArray:       "a schema or a list of schemas",
		openapischema.SchemaOrStringArray: "a schema or a list of strings",
	}[format], value)
}

// shown is a value as it may stand in a message, or "".
func (w *walk) shown(value any) string {
	if w.secret {
		return ""
	}
	return schema.Show(value)
}
