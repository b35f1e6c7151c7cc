package validate

import (
	"fmt"
	"slices"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/schema"
	"github.com/packstage/packstage/packagetypes"
)

// ConfigSchema is the compiled schema of a package's configuration. It is
// immutable and safe for concurrent use.
type ConfigSchema struct {
	// root is nil where the package takes no configuration.
	root      *schema.Schema
	validator *schema.Validator
	rules     *configRules
	limits    packagetypes.Limits
}

// ConfigSchemaOptions are the options of [CompileConfigSchema]; the zero value
// has the default limits.
type ConfigSchemaOptions struct {
	// Limits bounds the schema and each configuration: YAMLDepth the nesting,
	// Config the size of a configuration, File the size of the schema, CELCost
	// the evaluation of one rule.
	Limits packagetypes.Limits
	// Shared is what the schema has in common with others that are compiled with it;
	// nil shares nothing.
	Shared *Shared
}

// CompileConfigSchema checks content, the value of spec.config.openAPIV3Schema,
// against Kubernetes' rules for structural schemas of custom resources, and
// compiles it. A nil content means that the package takes no configuration:
// every key is unknown then. content is copied.
//
// Findings have a Field, such as "spec.config.openAPIV3Schema.properties.a.type",
// and no position. Their codes are [diagnostic.SchemaInvalid],
// [diagnostic.SchemaUnknownKeyword] (a warning; Kubernetes ignores such keywords,
// or reads them without regard to case), [diagnostic.SchemaInvalidPattern],
// [diagnostic.SchemaInvalidDefault], [diagnostic.SchemaInvalidRule] and
// [diagnostic.LimitExceeded]. The schema is nil where at least one finding is an
// error.
//
// docs/admission-differences.md lists where the result differs from Kubernetes.
func CompileConfigSchema(content map[string]any, options ConfigSchemaOptions) (*ConfigSchema, diagnostic.Diagnostics) {
	limits := options.Limits.WithDefaults()
	if content == nil {
		return &ConfigSchema{limits: limits}, nil
	}
	at := schema.NewPath("spec", "config", "openAPIV3Schema")
	copier := &configCopier{code: diagnostic.SchemaInvalid, depth: limits.YAMLDepth, bytes: limits.File, limit: "File"}
	copied, ok := copier.copy(content, at, 0).(map[string]any)
	if !ok || copier.findings.HasErrors() {
		return nil, copier.findings.Sorted()
	}
	root, findings := schema.Parse(copied, at)
	if !findings.HasErrors() {
		findings = append(findings, schema.Check(root, at)...)
	}
	if findings.HasErrors() {
		return nil, findings.Sorted()
	}
	compiled := &ConfigSchema{root: root, limits: limits}
	findings = append(findings, compiled.compile(at, options.Shared)...)
	if findings.HasErrors() {
		return nil, findings.Sorted()
	}
	return compiled, findings.Sorted()
}

// compile builds what judges values, and checks the defaults with it.
func (s *ConfigSchema) compile(at *schema.Path, shared *Shared) diagnostic.Diagnostics {
	var findings diagnostic.Diagnostics
	s.validator = schema.NewValidator(s.root)
	s.rules, findings = compileConfigRules(s.root, at, s.limits, shared)
	if findings.HasErrors() {
		return findings
	}
	return append(findings, s.checkDefaults(at)...)
}

// Admit returns the configuration as templates see it, or nil and what is wrong
// with it. It copies config and never changes it, turns values of Go types
// (int, map[string]string, json.Number, ...) into plain ones, treats unknown
// keys as unknown says, drops nulls and sets defaults as Kubernetes does when a
// custom resource is created, and checks values, lists and rules. Of a nil
// config, it admits what the defaults make of an empty one.
//
// In the result, integers are int64, other numbers float64; a whole float where
// the schema wants an integer has become one.
//
// Findings name their place in Field, as [diagnostic.FieldPath] writes it:
// "config.b.c", "config.l[1].z". Codes: [diagnostic.ConfigUnknownKey],
// [diagnostic.ConfigRequired], [diagnostic.ConfigInvalid],
// [diagnostic.ConfigRuleFailed], [diagnostic.LimitExceeded]. Messages show values
// cut to 60 characters, and never those of properties with "format: password" or
// "x-packstage-sensitive: true", nor anything below them.
//
// All findings come at once, with two exceptions, as in Kubernetes: values that
// cannot be copied hide all else, and rules are evaluated only where nothing is
// missing and types, formats, enums and maximum lengths are right.
func (s *ConfigSchema) Admit(config map[string]any, unknown packagetypes.UnknownConfig) (map[string]any, diagnostic.Diagnostics) {
	at := schema.NewPath("config")
	copier := &configCopier{code: diagnostic.ConfigInvalid, depth: s.limits.YAMLDepth, bytes: s.limits.Config, limit: "Config"}
	if config == nil {
		config = map[string]any{}
	}
	admitted, ok := copier.copy(config, at, 0).(map[string]any)
	if !ok || copier.findings.HasErrors() {
		return nil, copier.findings.Sorted()
	}
	findings := unknownKeys(s.root.Prune(admitted, at), unknown)
	if s.root == nil {
		return admittedUnlessErrors(admitted, findings)
	}
	s.root.DropNulls(admitted)
	s.root.ApplyDefaults(admitted)

	blocked := false
	for _, f := range s.validator.Validate(admitted, at) {
		blocked = blocked || f.Blocking
		findings = append(findings, diagnostic.Diagnostic{
			Code: f.Code, Field: f.Path.String(), Message: f.Message, Hint: f.Hint,
		})
	}
	if !blocked {
		findings = append(findings, s.rules.evaluate(admitted, at)...)
	}
	return admittedUnlessErrors(admitted, findings)
}

func admittedUnlessErrors(admitted map[string]any, findings diagnostic.Diagnostics) (map[string]any, diagnostic.Diagnostics) {
	if findings.HasErrors() {
		return nil, findings.Sorted()
	}
	return admitted, findings.Sorted()
}

// unknownKeys reports keys that the schema does not have, never their values.
func unknownKeys(keys []schema.Unknown, unknown packagetypes.UnknownConfig) diagnostic.Diagnostics {
	if unknown == packagetypes.PruneUnknownConfig {
		return nil
	}
	severity := diagnostic.Error
	if unknown == packagetypes.WarnUnknownConfig {
		severity = diagnostic.Warning
	}
	var findings diagnostic.Diagnostics
	for _, key := range keys {
		hint := diagnostic.DidYouMean(key.Key, key.Known)
		if len(key.Known) == 0 {
			hint = "no keys are known here"
		}
		findings = append(findings, diagnostic.Diagnostic{
			Code: diagnostic.ConfigUnknownKey, Severity: severity, Field: key.Path.String(),
			Message: fmt.Sprintf("unknown key %q", key.Key), Hint: hint,
		})
	}
	return findings
}

// SensitiveValues returns the literal values of the sensitive properties in
// config, whether it would be admitted or not: strings that are not empty, and
// numbers as JSON writes them; sorted, each once. Whoever prints anything that
// was made from config masks them, and their base64.
func (s *ConfigSchema) SensitiveValues(config map[string]any) []string {
	if !s.root.HasSensitive() {
		return nil
	}
	at := schema.NewPath("config")
	copier := &configCopier{code: diagnostic.ConfigInvalid, depth: s.limits.YAMLDepth, bytes: s.limits.Config, limit: "Config"}
	values := s.root.SensitiveValues(copier.copy(config, at, 0))
	slices.Sort(values)
	return slices.Compact(values)
}

// ValueType is the type that a schema gives to a value.
type ValueType string

// The types of values. TypeUnknown stands for keys that the schema does not have
// or says nothing about.
const (
	TypeUnknown     ValueType = "unknown"
	TypeString      ValueType = "string"
	TypeInteger     ValueType = "integer"
	TypeNumber      ValueType = "number"
	TypeBoolean     ValueType = "boolean"
	TypeArray       ValueType = "array"
	TypeObject      ValueType = "object"
	TypeIntOrString ValueType = "int-or-string"
)

// TypeOf returns the type of the value at a path of keys; items of lists are
// named by their number. An empty path is the configuration itself.
func (s *ConfigSchema) TypeOf(path []string) ValueType {
	node := s.root
	for _, key := range path {
		if node != nil && node.Type == "array" {
			if !isItemNumber(key) {
				return TypeUnknown
			}
			node = node.Items
			continue
		}
		node = node.Property(key)
	}
	switch {
	case node == nil:
		return TypeUnknown
	case node.IntOrString:
		return TypeIntOrString
	case node.Type == "":
		return TypeUnknown
	default:
		return ValueType(node.Type)
	}
}

func isItemNumber(key string) bool {
	for i := range len(key) {
		if key[i] < '0' || key[i] > '9' {
			return false
		}
	}
	return key != ""
}
