package compare

import (
	"slices"

	"github.com/packstage/packstage/internal/schema"
)

// types compares types and reports whether the keywords of both can be compared.
func (c *schemaComparison) types(at schemaPlace, a, b *schema.Schema) bool {
	before, after := typeName(a), typeName(b)
	if before == after {
		return true
	}
	wide := widens(before, after)
	switch {
	case wide && c.flavor == crdFlavor:
		c.emit(at, TypeChanged, Breaking, before, after, "is %s where it was %s: OLM refuses such an upgrade, though every value fits", after, before)
	case wide:
		c.emit(at, TypeWidened, Compatible, before, after, "is %s where it was %s: every value fits", after, before)
	default:
		c.emit(at, TypeChanged, Breaking, before, after, "is %s where it was %s", after, before)
	}
	return wide && after != anyType && before != intOrString
}

const (
	anyType     = "anything"
	intOrString = "integer or string"
)

// typeName is the type of a node in words.
func typeName(s *schema.Schema) string {
	switch {
	case s.IntOrString:
		return intOrString
	case s.Type == "":
		return anyType
	default:
		return s.Type
	}
}

// widens reports whether every value of one type is one of the other.
func widens(before, after string) bool {
	switch after {
	case anyType:
		return true
	case "number":
		return before == "integer"
	case intOrString:
		return before == "integer" || before == "string"
	default:
		return false
	}
}

func (c *schemaComparison) enums(at schemaPlace, a, b *schema.Schema) {
	switch {
	case a.Enum == nil && b.Enum == nil:
		return
	case a.Enum == nil:
		c.emit(at, EnumAdded, Breaking, nil, b.Enum, "takes only certain values now: %s", c.shownAll(at, b.Enum))
		return
	case b.Enum == nil:
		c.emit(at, EnumRemoved, Compatible, a.Enum, nil, "is not bound to certain values any more")
		return
	}
	if gone := missing(a.Enum, b.Enum); len(gone) > 0 {
		c.emit(at, EnumShrunk, Breaking, a.Enum, b.Enum, "does not take %s any more", c.shownAll(at, gone))
	}
	if added := missing(b.Enum, a.Enum); len(added) > 0 {
		c.emit(at, EnumGrown, Compatible, a.Enum, b.Enum, "takes %s, too", c.shownAll(at, added))
	}
}

func (c *schemaComparison) shownAll(at schemaPlace, values []any) string {
	if at.sensitive {
		return masked
	}
	return quoteAll(values, show)
}

// missing returns the items of one list that the other does not have.
func missing(of, in []any) []any {
	there := make(map[string]bool, len(in))
	for _, item := range in {
		there[canonical(item)] = true
	}
	var gone []any
	for _, item := range of {
		if !there[canonical(item)] {
			gone = append(gone, item)
		}
	}
	return gone
}

func (c *schemaComparison) defaults(at schemaPlace, a, b *schema.Schema) {
	effect := Notable
	if c.flavor == crdFlavor {
		effect = Breaking
	}
	// The default of an object holds those of its properties.
	at.sensitive = at.sensitive || a.HasSensitive() || b.HasSensitive()
	switch {
	case equal(a.Default, b.Default):
	case a.Default == nil:
		c.emit(at, DefaultAdded, effect, nil, b.Default, "is %s where it is left out, and was not there before", c.shown(at, b.Default))
	case b.Default != nil:
		c.emit(at, DefaultChanged, effect, a.Default, b.Default, "is %s where it is left out, and was %s before", c.shown(at, b.Default), c.shown(at, a.Default))
	case at.required:
		c.emit(at, DefaultRemoved, Breaking, a.Default, nil, "has no default any more (it was %s) and is required: what does not have it is refused", c.shown(at, a.Default))
	default:
		c.emit(at, DefaultRemoved, effect, a.Default, nil, "is absent where it is left out, and was %s before", c.shown(at, a.Default))
	}
}

func (c *schemaComparison) nullable(at schemaPlace, a, b *schema.Schema) {
	switch {
	case a.Nullable == b.Nullable:
	case b.Nullable:
		c.emit(at, NullableAdded, Compatible, false, true, "may be null")
	case at.item:
		c.emit(at, NullableRemoved, Breaking, true, false, "must not be null any more")
	case at.required && b.Default == nil:
		c.emit(at, NullableRemoved, Breaking, true, false, "must not be null any more, and is required")
	case c.flavor == crdFlavor:
		c.emit(at, NullableRemoved, Breaking, true, false, "must not be null any more: nulls that are stored are dropped")
	default:
		c.emit(at, NullableRemoved, Notable, true, false, "must not be null any more: a null counts as left out")
	}
}

// rules compares x-kubernetes-validations by their expressions.
func (c *schemaComparison) rules(at schemaPlace, a, b *schema.Schema) {
	for _, rule := range b.Rules {
		if !hasRule(a.Rules, rule.Rule) {
			c.emit(at, RuleAdded, Breaking, nil, rule.Rule, "has to keep the rule %s now", show(rule.Rule))
		}
	}
	for _, rule := range a.Rules {
		if !hasRule(b.Rules, rule.Rule) {
			c.emit(at, RuleRemoved, Compatible, rule.Rule, nil, "need not keep the rule %s any more", show(rule.Rule))
		}
	}
}

func hasRule(rules []schema.Rule, expression string) bool {
	return slices.ContainsFunc(rules, func(r schema.Rule) bool { return r.Rule == expression })
}

// lists compares how lists and maps are merged, which says what may be in them, too.
func (c *schemaComparison) lists(at schemaPlace, a, b *schema.Schema) {
	before, after := listType(a), listType(b)
	switch {
	case before == after:
	case after == "atomic" && c.flavor == configFlavor:
		c.emit(at, ListTypeChanged, Compatible, before, after, "is a list in which items may be there twice")
	case after == "atomic":
		c.emit(at, ListTypeChanged, Notable, before, after, "is a list with one owner (%s), where several could own items (%s)", after, before)
	default:
		c.emit(at, ListTypeChanged, Breaking, before, after, "is a list of type %s where it was %s: what is there twice is refused", after, before)
	}
	if before, after := mapType(a), mapType(b); before != after {
		effect := Notable
		if c.flavor == configFlavor {
			effect = Compatible
		}
		c.emit(at, MapTypeChanged, effect, before, after, "is merged as %s where it was %s", after, before)
	}
	switch {
	case a.EmbeddedResource == b.EmbeddedResource:
	case b.EmbeddedResource:
		c.emit(at, EmbeddedChanged, Breaking, false, true, "has to be a whole object now, with apiVersion, kind and valid metadata")
	default:
		c.emit(at, EmbeddedChanged, Notable, true, false, "need not be a whole object any more")
	}
}

func listType(s *schema.Schema) string {
	switch {
	case s.ListType == nil || *s.ListType == "":
		return "atomic"
	case *s.ListType == "map":
		return "map by " + quoteAll(s.ListMapKeys, func(key string) string { return key })
	default:
		return *s.ListType
	}
}

func mapType(s *schema.Schema) string {
	if s.MapType == nil || *s.MapType == "" {
		return "granular"
	}
	return *s.MapType
}

// remarks compares what is said to people and to printers.
func (c *schemaComparison) remarks(at schemaPlace, a, b *schema.Schema) {
	if c.flavor == configFlavor && a.Sensitive != b.Sensitive {
		if b.Sensitive {
			c.emit(at, SensitivityAdded, Compatible, false, true, "is masked in messages")
		} else {
			c.emit(at, SensitivityRemoved, Notable, true, false, "is not masked in messages any more")
		}
	}
	if a.Description != b.Description || a.Title != b.Title {
		c.emit(at, DocumentationChanged, Compatible, nil, nil, "is described in other words")
	}
	for _, rule := range b.Rules {
		i := slices.IndexFunc(a.Rules, func(r schema.Rule) bool { return r.Rule == rule.Rule })
		if i >= 0 && (a.Rules[i].Message != rule.Message || a.Rules[i].MessageExpression != rule.MessageExpression) {
			c.emit(at, DocumentationChanged, Compatible, nil, nil, "says something else where the rule %s is broken", show(rule.Rule))
		}
	}
}
