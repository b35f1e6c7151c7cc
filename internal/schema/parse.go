package schema

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/packstage/packstage/diagnostic"
)

// Parse reads a schema from plain values. Keywords are matched as Kubernetes
// matches them: exactly, or else without regard to case, which is reported.
//
// Findings: [diagnostic.SchemaUnknownKeyword] as a warning for each keyword that
// is not known or is written in another case (it then counts as the known one);
// [diagnostic.SchemaInvalid] for each value that does not have the form of its
// keyword. The schema is usable only where no finding is an error.
func Parse(content map[string]any, at *Path) (*Schema, diagnostic.Diagnostics) {
	p := &parser{}
	root := p.schema(content, at)
	root.markSensitive()
	return root, p.findings
}

type parser struct {
	findings diagnostic.Diagnostics
}

func (p *parser) invalid(at *Path, hint, format string, args ...any) {
	p.findings = append(p.findings, diagnostic.Diagnostic{
		Code: diagnostic.SchemaInvalid, Field: at.String(), Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}

func (p *parser) schema(content map[string]any, at *Path) *Schema {
	s := &Schema{}
	for _, key := range slices.Sorted(maps.Keys(content)) {
		value := content[key]
		name, known := p.keyword(key, at)
		if !known || value == nil { // null is the same as absent
			continue
		}
		where := at.Child(key)
		switch {
		case isOneOf(name, forbiddenKeywords):
			if !countsAsUnset(name, value) {
				s.forbidden = append(s.forbidden, name)
			}
		case strings.HasPrefix(name, "x-"):
			p.extension(s, name, value, where)
		default:
			p.standard(s, name, value, where)
		}
	}
	s.names = slices.Sorted(maps.Keys(s.Properties))
	return s
}

// countsAsUnset reports whether Kubernetes takes the value of a forbidden keyword
// for an absent one.
func countsAsUnset(name string, value any) bool {
	switch name {
	case "id", "$schema":
		return value == ""
	case "definitions", "patternProperties":
		content, ok := value.(map[string]any)
		return ok && len(content) == 0
	default:
		return false
	}
}

// keyword returns the keyword that key stands for.
func (p *parser) keyword(key string, at *Path) (string, bool) {
	if isOneOf(key, keywords) || isOneOf(key, forbiddenKeywords) {
		return key, true
	}
	finding := diagnostic.Diagnostic{
		Code: diagnostic.SchemaUnknownKeyword, Severity: diagnostic.Warning, Field: at.Child(key).String(),
	}
	for _, list := range [][]string{keywords, forbiddenKeywords} {
		for _, name := range list {
			if strings.EqualFold(name, key) {
				finding.Message = fmt.Sprintf("keyword %q is written %q", name, key)
				finding.Hint = fmt.Sprintf("did you mean %q? It is read as that, as Kubernetes does", name)
				p.findings = append(p.findings, finding)
				return name, true
			}
		}
	}
	finding.Message = fmt.Sprintf("unknown keyword %q, which has no effect", key)
	if nearest, ok := diagnostic.Suggest(key, keywords); ok {
		finding.Hint = fmt.Sprintf("did you mean %q?", nearest)
	}
	p.findings = append(p.findings, finding)
	return "", false
}

// standard reads a keyword of JSON Schema.
func (p *parser) standard(s *Schema, name string, value any, at *Path) {
	switch name {
	case "type":
		s.Type = p.text(value, at)
	case "format":
		s.Format = p.text(value, at)
	case "title":
		s.Title = p.text(value, at)
	case "description":
		s.Description = p.text(value, at)
	case "pattern":
		s.Pattern = p.text(value, at)
	case "nullable":
		s.Nullable = p.boolean(value, at)
	case "default":
		s.Default = value
	case "enum":
		s.Enum = p.list(value, at)
	case "minimum":
		s.Minimum = p.number(value, at)
	case "maximum":
		s.Maximum = p.number(value, at)
	case "multipleOf":
		s.MultipleOf = p.number(value, at)
	case "exclusiveMinimum":
		s.ExclusiveMinimum = p.boolean(value, at)
	case "exclusiveMaximum":
		s.ExclusiveMaximum = p.boolean(value, at)
	case "minLength":
		s.MinLength = p.count(value, at)
	case "maxLength":
		s.MaxLength = p.count(value, at)
	case "minItems":
		s.MinItems = p.count(value, at)
	case "maxItems":
		s.MaxItems = p.count(value, at)
	case "minProperties":
		s.MinProperties = p.count(value, at)
	case "maxProperties":
		s.MaxProperties = p.count(value, at)
	case "uniqueItems":
		s.UniqueItems = p.boolean(value, at)
	case "required":
		s.Required = p.texts(value, at)
	case "items":
		if _, isList := value.([]any); isList {
			s.itemsList = true
		} else {
			s.Items = p.child(value, at)
		}
	case "properties":
		s.Properties = p.children(value, at)
	case "additionalProperties":
		s.AdditionalProperties = p.additional(value, at)
	case "allOf":
		s.AllOf = p.alternatives(value, at)
	case "anyOf":
		s.AnyOf = p.alternatives(value, at)
	case "oneOf":
		s.OneOf = p.alternatives(value, at)
	case "not":
		s.Not = p.child(value, at)
	case "externalDocs":
		if _, ok := value.(map[string]any); !ok {
			p.wrongType(at, "an object", value)
		}
	}
}

// extension reads a keyword of Kubernetes or of packstage.
func (p *parser) extension(s *Schema, name string, value any, at *Path) {
	switch name {
	case "x-kubernetes-preserve-unknown-fields":
		s.PreserveUnknownFields = p.boolean(value, at)
		s.preserveFalse = value == false
	case "x-kubernetes-embedded-resource":
		s.EmbeddedResource = p.boolean(value, at)
	case "x-kubernetes-int-or-string":
		s.IntOrString = p.boolean(value, at)
	case "x-kubernetes-list-type":
		text := p.text(value, at)
		s.ListType = &text
	case "x-kubernetes-map-type":
		text := p.text(value, at)
		s.MapType = &text
	case "x-kubernetes-list-map-keys":
		s.ListMapKeys = p.texts(value, at)
	case "x-kubernetes-validations":
		s.Rules = p.rules(value, at)
	case "x-packstage-sensitive":
		s.Sensitive = p.boolean(value, at)
	}
}

func (p *parser) wrongType(at *Path, want string, value any) {
	p.invalid(at, "", "must be %s, is %s", want, Describe(value))
}

func (p *parser) text(value any, at *Path) string {
	text, ok := value.(string)
	if !ok {
		p.wrongType(at, "a string", value)
	}
	return text
}

func (p *parser) boolean(value any, at *Path) bool {
	b, ok := value.(bool)
	if !ok {
		p.wrongType(at, "true or false", value)
	}
	return b
}

func (p *parser) list(value any, at *Path) []any {
	list, ok := value.([]any)
	if !ok {
		p.wrongType(at, "a list", value)
	}
	return list
}

func (p *parser) texts(value any, at *Path) []string {
	var texts []string
	for i, item := range p.list(value, at) {
		texts = append(texts, p.text(item, at.Index(i)))
	}
	return texts
}

func (p *parser) number(value any, at *Path) any {
	switch number := value.(type) {
	case int64:
		return number
	case float64:
		if !math.IsNaN(number) && !math.IsInf(number, 0) {
			return number
		}
	}
	p.wrongType(at, "a number", value)
	return nil
}

func (p *parser) count(value any, at *Path) *int64 {
	switch number := value.(type) {
	case int64:
		return &number
	case float64:
		if whole, ok := wholeNumber(number); ok {
			return &whole
		}
	}
	p.wrongType(at, "an integer", value)
	return nil
}

func (p *parser) child(value any, at *Path) *Schema {
	content, ok := value.(map[string]any)
	if !ok {
		p.wrongType(at, "a schema", value)
	}
	return p.schema(content, at)
}

func (p *parser) children(value any, at *Path) map[string]*Schema {
	content, ok := value.(map[string]any)
	if !ok {
		p.wrongType(at, "an object with a schema for each property", value)
	}
	children := make(map[string]*Schema, len(content))
	for _, name := range slices.Sorted(maps.Keys(content)) {
		child := content[name]
		if child == nil { // decodes as an empty schema
			child = map[string]any{}
		}
		children[name] = p.child(child, at.Child(name))
	}
	return children
}

func (p *parser) alternatives(value any, at *Path) []*Schema {
	var alternatives []*Schema
	for i, item := range p.list(value, at) {
		if item == nil {
			item = map[string]any{}
		}
		alternatives = append(alternatives, p.child(item, at.Index(i)))
	}
	return alternatives
}

func (p *parser) additional(value any, at *Path) *Additional {
	if allowed, ok := value.(bool); ok {
		return &Additional{Allowed: allowed}
	}
	return &Additional{Schema: p.child(value, at), Allowed: true}
}

func (p *parser) rules(value any, at *Path) []Rule {
	var rules []Rule
	for i, item := range p.list(value, at) {
		where := at.Index(i)
		content, ok := item.(map[string]any)
		if !ok {
			p.wrongType(where, "an object with a rule", item)
			continue
		}
		rules = append(rules, p.rule(content, where))
	}
	return rules
}

func (p *parser) rule(content map[string]any, at *Path) Rule {
	var rule Rule
	for _, key := range slices.Sorted(maps.Keys(content)) {
		value, where := content[key], at.Child(key)
		if value == nil {
			continue
		}
		switch key {
		case "rule":
			rule.Rule = p.text(value, where)
		case "message":
			rule.Message = p.text(value, where)
		case "messageExpression":
			rule.MessageExpression = p.text(value, where)
		case "reason":
			rule.Reason = p.text(value, where)
		case "fieldPath":
			rule.FieldPath = p.text(value, where)
		case "optionalOldSelf":
			optional := p.boolean(value, where)
			rule.OptionalOldSelf = &optional
		default:
			p.findings = append(p.findings, diagnostic.Diagnostic{
				Code: diagnostic.SchemaUnknownKeyword, Severity: diagnostic.Warning, Field: where.String(),
				Message: fmt.Sprintf("unknown field %q of a rule, which has no effect", key),
				Hint:    diagnostic.DidYouMean(key, ruleFields),
			})
		}
	}
	return rule
}

// wholeNumber returns the integer that a float is, where it is one that JSON
// carries without loss.
func wholeNumber(f float64) (int64, bool) {
	const largest = 1<<53 - 1
	if f != math.Trunc(f) || math.Abs(f) > largest {
		return 0, false
	}
	return int64(f), true
}
