package kubernetes

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/validate"
)

// customKind is a kind that a CustomResourceDefinition defines.
type customKind struct {
	name     schema.GroupKind
	versions []*customVersion
}

// customVersion is one version of a custom kind.
type customVersion struct {
	name   string
	served bool
	// schema is nil where there is none: then anything is valid.
	schema map[string]any
	// path leads to the schema in the CustomResourceDefinition.
	path []any
	// dropsStatus tells that the status is dropped when an object is created.
	dropsStatus bool

	compile func() (*validate.ConfigSchema, diagnostic.Diagnostics)
}

const extensionsGroup = "apiextensions.k8s.io"

// isDefinition tells whether an object is a CustomResourceDefinition.
func isDefinition(content map[string]any) bool {
	apiVersion, _ := content["apiVersion"].(string)
	version, err := schema.ParseGroupVersion(apiVersion)
	return err == nil && version.Group == extensionsGroup && content["kind"] == "CustomResourceDefinition"
}

// newCustomKind reads a CustomResourceDefinition, as far as it is one; nil where
// group or kind are missing. Its schemas are compiled with the options.
func newCustomKind(content map[string]any, options validate.ConfigSchemaOptions) *customKind {
	spec, _ := content["spec"].(map[string]any)
	names, _ := spec["names"].(map[string]any)
	group, _ := spec["group"].(string)
	kind, _ := names["kind"].(string)
	if group == "" || kind == "" {
		return nil
	}
	custom := &customKind{name: schema.GroupKind{Group: group, Kind: kind}}
	versions, _ := spec["versions"].([]any)
	for i, item := range versions {
		version, _ := item.(map[string]any)
		name, _ := version["name"].(string)
		served, _ := version["served"].(bool)
		custom.add(name, served, version, options, "spec", "versions", i)
	}
	// Versions of apiextensions.k8s.io/v1beta1 may share what stands above them.
	if name, ok := spec["version"].(string); ok && len(versions) == 0 {
		custom.add(name, true, spec, options, "spec")
	}
	for _, version := range custom.versions {
		if shared, path := openAPISchema(spec); version.schema == nil && shared != nil {
			version.schema, version.path = shared, append([]any{"spec"}, path...)
		}
	}
	return custom
}

func (k *customKind) add(name string, served bool, version map[string]any, options validate.ConfigSchemaOptions, at ...any) {
	content, path := openAPISchema(version)
	subresources, _ := version["subresources"].(map[string]any)
	_, dropsStatus := subresources["status"]
	added := &customVersion{name: name, served: served, schema: content, path: append(at, path...), dropsStatus: dropsStatus}
	added.compile = sync.OnceValues(func() (*validate.ConfigSchema, diagnostic.Diagnostics) {
		return validate.CompileConfigSchema(forObjects(added.schema), options)
	})
	k.versions = append(k.versions, added)
}

// openAPISchema returns the schema in a version, and its path there.
func openAPISchema(version map[string]any) (content map[string]any, path []any) {
	for _, key := range []string{"schema", "validation"} {
		if holder, ok := version[key].(map[string]any); ok {
			if content, ok := holder["openAPIV3Schema"].(map[string]any); ok {
				return content, []any{key, "openAPIV3Schema"}
			}
		}
	}
	return nil, nil
}

// version returns a version of the kind, or nil.
func (k *customKind) version(name string) *customVersion {
	for _, version := range k.versions {
		if version.name == name {
			return version
		}
	}
	return nil
}

// servedVersions are the names of the versions that are served.
func (k *customKind) servedVersions() []string {
	var names []string
	for _, version := range k.versions {
		if version.served {
			names = append(names, version.name)
		}
	}
	return names
}

// nameKeys are the fields of metadata that a schema may speak of.
var nameKeys = []string{"name", "generateName"}

// forObjects returns a schema as it holds for whole objects: apiVersion, kind and
// metadata are there whether the schema speaks of them or not, and metadata is
// judged apart but for what the schema says about names.
func forObjects(root map[string]any) map[string]any {
	root = maps.Clone(root)
	properties, _ := root["properties"].(map[string]any)
	properties = maps.Clone(properties)
	if properties == nil {
		properties = map[string]any{}
	}
	for _, key := range []string{"apiVersion", "kind"} {
		if properties[key] == nil {
			properties[key] = map[string]any{"type": "string"}
		}
	}
	metadata, _ := properties["metadata"].(map[string]any)
	said, _ := metadata["properties"].(map[string]any)
	names := map[string]any{}
	for _, key := range nameKeys {
		if names[key] = said[key]; said[key] == nil {
			names[key] = map[string]any{"type": "string"}
		}
	}
	properties["metadata"] = map[string]any{"type": "object", "properties": names}
	root["type"], root["properties"] = "object", properties
	return root
}

// objectCodes are the codes of findings about objects that say what those about
// configurations say.
var objectCodes = map[diagnostic.Code]diagnostic.Code{
	diagnostic.ConfigUnknownKey: diagnostic.ObjectUnknownField,
	diagnostic.ConfigRequired:   diagnostic.ObjectRequiredField,
	diagnostic.ConfigInvalid:    diagnostic.ObjectInvalidField,
	diagnostic.ConfigRuleFailed: diagnostic.ObjectRuleFailed,
}

// check checks an object of the version; label names the place of the schema.
func (v *customVersion) check(content map[string]any, label string) []fault {
	if v.schema == nil {
		return nil
	}
	compiled, faults := v.compile()
	if compiled == nil {
		first := slices.IndexFunc(faults, func(d diagnostic.Diagnostic) bool { return d.Severity == diagnostic.Error })
		problem := faults[max(first, 0)]
		where := strings.TrimPrefix(problem.Field, "spec.config.openAPIV3Schema.")
		return []fault{unusable(label, where+": "+problem.Message)}
	}
	content = maps.Clone(content)
	if metadata, ok := content["metadata"].(map[string]any); ok {
		names := map[string]any{}
		for _, key := range nameKeys {
			if metadata[key] != nil {
				names[key] = metadata[key]
			}
		}
		content["metadata"] = names
	}
	if v.dropsStatus {
		delete(content, "status")
	}
	_, findings := compiled.Admit(content, packagetypes.RejectUnknownConfig)
	var found []fault
	for _, d := range findings {
		f := fault{code: d.Code, severity: d.Severity, message: d.Message, hint: d.Hint}
		f.path = slices.Clone(diagnostic.ParseFieldPath(d.Field))
		if len(f.path) > 0 {
			f.path = f.path[1:] // "config"
		}
		if code, ok := objectCodes[d.Code]; ok {
			f.code = code
		}
		f.atKey = f.code == diagnostic.ObjectUnknownField || f.code == diagnostic.ObjectRequiredField
		if rest, ok := strings.CutPrefix(d.Message, "unknown key "); ok {
			f.message = "unknown field " + rest
		}
		if name, ok := lastKey(f.path); ok && f.code == diagnostic.ObjectRequiredField {
			f.message = name + " " + f.message
		}
		if f.hint == configHint {
			f.hint = ""
		}
		found = append(found, f)
	}
	return found
}

// configHint is what findings about configurations say that have nothing better
// to say.
const configHint = "the schema is in the manifest"

// lastKey returns the last key of a path, where it ends in one.
func lastKey(path []any) (string, bool) {
	if len(path) == 0 {
		return "", false
	}
	key, ok := path[len(path)-1].(string)
	return key, ok
}
