package schema

import (
	"errors"
	"net/url"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/packstage/packstage/diagnostic"
)

// Validator judges values by a checked schema. It is immutable and safe for
// concurrent use.
type Validator struct {
	schema   *Schema
	compiled *jsonschema.Schema
}

// Finding is one thing that is wrong with a value.
type Finding struct {
	Code          diagnostic.Code
	Path          *Path
	Message, Hint string
	// Blocking is set where rules (x-kubernetes-validations) cannot be judged
	// any more: a missing key, a wrong type or format, a value that is too long.
	Blocking bool
}

// NewValidator compiles a schema that [Check] has nothing against.
func NewValidator(s *Schema) *Validator { return &Validator{schema: s, compiled: s.compile()} }

// Validate returns what is wrong with a pruned and defaulted value, in no
// particular order.
func (v *Validator) Validate(value any, at *Path) []Finding {
	var findings []Finding
	report := func(f Finding) { findings = append(findings, f) }
	err := v.compiled.Validate(value)
	var invalid *jsonschema.ValidationError
	switch {
	case errors.As(err, &invalid):
		v.collect(invalid, value, at, report)
	case err != nil: // a value that is not plain: cannot come out of a Copier
		report(Finding{Code: diagnostic.ConfigInvalid, Path: at, Message: err.Error(), Blocking: true})
	}
	checkEmbedded(v.schema, value, at, false, report)
	checkLists(v.schema, value, at, false, report)
	return findings
}

// EachDefault calls visit for each node that has a default, in a fixed order, with
// a validator for values of that node.
func (v *Validator) EachDefault(at *Path, visit func(node *Schema, validator *Validator, at *Path)) {
	if v.schema.Default != nil {
		visit(v.schema, v, at)
	}
	if compiled, ok := v.compiled.Items.(*jsonschema.Schema); ok {
		items := &Validator{v.schema.Items, compiled}
		items.EachDefault(at.Child("items"), visit)
	}
	if compiled, ok := v.compiled.AdditionalProperties.(*jsonschema.Schema); ok {
		additional := &Validator{v.schema.AdditionalProperties.Schema, compiled}
		additional.EachDefault(at.Child("additionalProperties"), visit)
	}
	for _, name := range v.schema.names {
		property := &Validator{v.schema.Properties[name], v.compiled.Properties[name]}
		property.EachDefault(at.Child("properties").Child(name), visit)
	}
}

// collect turns a tree of errors into findings: one for each leaf, and one for
// each junctor that does not let its branches speak for themselves.
func (v *Validator) collect(e *jsonschema.ValidationError, value any, at *Path, report func(Finding)) {
	keyword := lastToken(e.KeywordLocation)
	if keyword == "anyOf" || keyword == "oneOf" || len(e.Causes) == 0 {
		place := v.locate(e.InstanceLocation, value, at)
		for _, f := range v.explain(e, keyword, place) {
			report(f)
		}
		return
	}
	for _, cause := range e.Causes {
		v.collect(cause, value, at, report)
	}
}

// place is a value with all that is known about it.
type place struct {
	root      any
	rootPath  *Path
	value     any
	path      *Path
	schema    *Schema
	sensitive bool
}

// locate follows a JSON pointer through the value and the schema.
func (v *Validator) locate(pointer string, value any, at *Path) place {
	p := place{root: value, rootPath: at, value: value, path: at, schema: v.schema, sensitive: v.schema.Sensitive}
	for _, token := range tokens(pointer) {
		switch container := p.value.(type) {
		case map[string]any:
			p = p.child(p.path.Child(token), container[token], p.schema.Property(token))
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(container) {
				return p
			}
			p = p.child(p.path.Index(i), container[i], p.schema.items())
		}
	}
	return p
}

// child returns the place of a part of the value; what is sensitive stays so below.
func (p place) child(path *Path, value any, s *Schema) place {
	p.path, p.value, p.schema = path, value, s
	p.sensitive = p.sensitive || s != nil && s.Sensitive
	return p
}

// node returns the node that a keyword stands in: structural or inside a junctor.
func (v *Validator) node(keywordLocation string) *Schema {
	node := v.schema
	path := tokens(keywordLocation)
	for i := 0; i+1 < len(path) && node != nil; i++ {
		var list []*Schema
		switch path[i] {
		case keywordJunctors:
			continue
		case "properties":
			i++
			node = node.Properties[path[i]]
			continue
		case "items":
			node = node.Items
			continue
		case "additionalProperties":
			node = node.AdditionalProperties.Schema
			continue
		case "not":
			node = node.Not
			continue
		case "allOf":
			list = node.AllOf
		case "anyOf":
			list = node.AnyOf
		case "oneOf":
			list = node.OneOf
		default:
			return node
		}
		i++
		if index, err := strconv.Atoi(path[i]); err == nil && index < len(list) {
			node = list[index]
		}
	}
	return node
}

// tokens splits a JSON pointer as the library writes it: percent-encoded.
func tokens(pointer string) []string {
	if pointer == "" {
		return nil
	}
	parts := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, part := range parts {
		if decoded, err := url.PathUnescape(part); err == nil {
			part = decoded
		}
		parts[i] = strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
	}
	return parts
}

func lastToken(pointer string) string { return pointer[strings.LastIndexByte(pointer, '/')+1:] }
