package compare

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/packstage/packstage/internal/schema"
)

// schemaFlavor is the prefix of the codes of a schema.
type schemaFlavor string

const (
	configFlavor schemaFlavor = "config-"
	crdFlavor    schemaFlavor = "crd-"
)

func (f schemaFlavor) code(kind SchemaKind) Code { return Code(string(f) + string(kind)) }

// ConfigSchemas compares two configuration schemas, the values of
// spec.config.openAPIV3Schema; nil is a package that takes no configuration.
// Changes have the field in the configuration ("config.web.replicas"), items of
// lists as "[]" and values of maps as "[*]".
//
// Breaking is what can refuse a configuration that A admits, where unknown keys are
// refused.
func ConfigSchemas(before, after map[string]any) []Change {
	c := &schemaComparison{flavor: configFlavor, area: AreaSchema, root: []any{"spec", "config", "openAPIV3Schema"}}
	switch {
	case before == nil && after == nil:
		return nil
	case before == nil:
		c.emit(schemaPlace{}, SchemaAdded, Compatible, nil, nil, "the package takes a configuration now")
		before = map[string]any{"type": "object"}
	case after == nil:
		c.emit(schemaPlace{}, SchemaRemoved, Breaking, nil, nil, "the package takes no configuration any more, so every key is refused")
		return c.changes
	}
	c.compare(schemaPlace{text: []any{"config"}}, parseSchema(before), parseSchema(after))
	return sortChanges(c.changes)
}

// parseSchema reads a schema as far as it can be read: what is wrong with it is for
// others to say.
func parseSchema(content map[string]any) *schema.Schema {
	parsed, _ := schema.Parse(content, schema.NewPath())
	return parsed
}

// schemaComparison walks two schemas side by side.
type schemaComparison struct {
	flavor schemaFlavor
	area   Area
	// root is the path of the schema inside the document.
	root    []any
	changes []Change
}

// schemaPlace is a node in both schemas.
type schemaPlace struct {
	// text is the field of the value, path that of the node below the root of the
	// schema.
	text, path []any
	// required is set where B wants the value to be there, item where it is an item
	// of a list or a value of a map.
	required, item bool
	sensitive      bool
	// keyword is the one that is compared, where the kind of change does not tell.
	keyword string
}

func (p schemaPlace) property(name string) schemaPlace {
	return schemaPlace{text: extend(p.text, name), path: extend(p.path, "properties", name), sensitive: p.sensitive}
}

func (c *schemaComparison) emit(at schemaPlace, kind SchemaKind, effect Effect, before, after any, format string, arguments ...any) {
	if at.sensitive {
		before, after = maskValue(before), maskValue(after)
	}
	path := slices.Concat(c.root, at.path)
	if keyword := cmp.Or(at.keyword, keywordOf(kind)); keyword != "" {
		path = append(path, keyword)
	}
	side := SideB
	if kind == PropertyRemoved || kind == SchemaRemoved {
		side = SideA
	}
	c.changes = append(c.changes, Change{
		Code: c.flavor.code(kind), Area: c.area, Effect: effect, Field: fieldText(at.text),
		Before: before, After: after, Message: fmt.Sprintf(format, arguments...), Side: side,
		pathA: path, pathB: path,
	})
}

// keywordOf is the keyword that a kind of change is about, or "".
func keywordOf(kind SchemaKind) string {
	switch kind {
	case TypeChanged, TypeWidened:
		return "type"
	case EnumAdded, EnumRemoved, EnumShrunk, EnumGrown:
		return "enum"
	case PatternAdded, PatternChanged, PatternRemoved:
		return "pattern"
	case FormatAdded, FormatChanged, FormatRemoved:
		return "format"
	case DefaultAdded, DefaultChanged, DefaultRemoved:
		return "default"
	case NullableAdded, NullableRemoved:
		return "nullable"
	case RuleAdded, RuleRemoved:
		return "x-kubernetes-validations"
	case ListTypeChanged:
		return "x-kubernetes-list-type"
	default:
		return ""
	}
}

// compare compares two nodes that both schemas have.
func (c *schemaComparison) compare(at schemaPlace, a, b *schema.Schema) {
	if a == nil || b == nil {
		return // only where a schema is broken
	}
	at.sensitive = at.sensitive || a.Sensitive || b.Sensitive
	if !c.types(at, a, b) {
		return // nothing below can be compared
	}
	c.enums(at, a, b)
	c.bounds(at, a, b)
	c.patterns(at, a, b)
	c.formats(at, a, b)
	c.defaults(at, a, b)
	c.nullable(at, a, b)
	c.rules(at, a, b)
	c.lists(at, a, b)
	c.combinations(at, a, b)
	c.remarks(at, a, b)
	c.unknownKeys(at, a, b)
	c.properties(at, a, b)
	if a.Items != nil && b.Items != nil {
		c.compare(schemaPlace{text: extend(at.text, listItem{}), path: extend(at.path, "items"), item: true, sensitive: at.sensitive}, a.Items, b.Items)
	}
}

// unknownKeys compares what is done with keys that no property describes.
func (c *schemaComparison) unknownKeys(at schemaPlace, a, b *schema.Schema) {
	before, after := allowsUnknown(a), allowsUnknown(b)
	left, right := additionalSchema(a), additionalSchema(b)
	if left != nil && right != nil {
		place := schemaPlace{text: extend(at.text, mapValue{}), path: extend(at.path, "additionalProperties"), item: true, sensitive: at.sensitive}
		c.compare(place, left, right)
		before, after = a.PreserveUnknownFields, b.PreserveUnknownFields
	}
	switch {
	case before && !after && right != nil:
		c.emit(at, UnknownKeysRefused, Breaking, nil, nil, "takes only values of one kind (%s) where it took anything", typeName(right))
	case before && !after && c.flavor == crdFlavor:
		c.emit(at, UnknownKeysRefused, Breaking, nil, nil, "drops keys that the schema does not have: stored objects lose them")
	case before && !after:
		c.emit(at, UnknownKeysRefused, Breaking, nil, nil, "refuses keys that the schema does not have")
	case !before && after && right != nil:
		c.emit(at, UnknownKeysAllowed, Compatible, nil, nil, "takes keys that the schema does not have, with values of one kind (%s)", typeName(right))
	case !before && after && left == nil:
		c.emit(at, UnknownKeysAllowed, Compatible, nil, nil, "takes keys that the schema does not have")
	case !before && after:
		c.emit(at, UnknownKeysAllowed, Compatible, nil, nil, "takes values of any kind")
	}
}

// allowsUnknown reports whether an object takes keys that no property describes.
func allowsUnknown(s *schema.Schema) bool {
	return s.PreserveUnknownFields || s.AdditionalProperties != nil && s.AdditionalProperties.Allowed
}

func additionalSchema(s *schema.Schema) *schema.Schema {
	if s.AdditionalProperties == nil {
		return nil
	}
	return s.AdditionalProperties.Schema
}

func (c *schemaComparison) shown(at schemaPlace, value any) string {
	if at.sensitive && value != nil {
		return masked
	}
	return show(value)
}
