package schema

import (
	"strings"

	"github.com/packstage/packstage/diagnostic"
)

// ruleReasons are the values of a rule's reason.
var ruleReasons = []string{"FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"}

// rules checks the form of x-kubernetes-validations; the expressions are
// compiled elsewhere.
func (c *checker) rules(s *Schema, at *Path) {
	for i, rule := range s.Rules {
		where := at.Child("x-kubernetes-validations").Index(i)
		invalid := func(field, hint, format string, args ...any) {
			c.add(diagnostic.SchemaInvalidRule, where.Child(field), hint, format, args...)
		}
		message := strings.TrimSpace(rule.Message)
		switch {
		case strings.TrimSpace(rule.Rule) == "":
			invalid("rule", "", "is required")
		case rule.Message != "" && message == "":
			invalid("message", "", "must not be blank")
		case hasLineBreak(message):
			invalid("message", "", "must not have line breaks")
		case hasLineBreak(strings.TrimSpace(rule.Rule)) && message == "":
			invalid("message", "", "is required for a rule with line breaks")
		}
		if rule.MessageExpression != "" && strings.TrimSpace(rule.MessageExpression) == "" {
			invalid("messageExpression", "", "must not be blank")
		}
		if rule.Reason != "" && !isOneOf(rule.Reason, ruleReasons) {
			invalid("reason", "", "must be %s, is %q", enumerate(ruleReasons, "or"), rule.Reason)
		}
		if rule.FieldPath == "" {
			continue
		}
		if strings.TrimSpace(rule.FieldPath) == "" || hasLineBreak(rule.FieldPath) {
			invalid("fieldPath", "", "must be one line and not blank")
		} else if _, err := s.ResolveFieldPath(rule.FieldPath); err != "" {
			invalid("fieldPath", `write it like ".a.b" or ".m['a key']"`, "%s", err)
		}
	}
}

func hasLineBreak(text string) bool { return strings.ContainsAny(text, "\r\n") }

// ResolveFieldPath returns the keys that a rule's fieldPath names, such as
// .a['b c'].d, or says what is wrong with it: only properties and entries of
// maps can be named.
func (s *Schema) ResolveFieldPath(text string) (keys []string, problem string) {
	node := s
	for rest := text; rest != ""; {
		var key string
		var ok bool
		switch rest[0] {
		case '.':
			rest = rest[1:]
			end := strings.IndexAny(rest, ".[]")
			if end < 0 {
				end = len(rest)
			}
			key, rest = rest[:end], rest[end:]
			ok = key != "" && !strings.HasPrefix(key, "'")
		case '[':
			key, rest, ok = quotedKey(rest[1:])
		}
		if !ok {
			return nil, "is no path of keys"
		}
		switch {
		case node.Properties != nil:
			child, known := node.Properties[key]
			if !known {
				return nil, "names " + Show(key) + ", which is no property"
			}
			node = child
		case node.AdditionalProperties != nil && node.AdditionalProperties.Schema != nil:
			node = node.AdditionalProperties.Schema
		default:
			return nil, "names " + Show(key) + " in a value that is no object"
		}
		keys = append(keys, key)
	}
	return keys, ""
}

// quotedKey reads 'key'] with the escapes of CEL's strings.
func quotedKey(text string) (key, rest string, ok bool) {
	if !strings.HasPrefix(text, "'") {
		return "", "", false
	}
	escapes := map[byte]byte{'a': '\a', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v', '\'': '\'', '\\': '\\'}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\'':
			rest, ok = strings.CutPrefix(text[i+1:], "]")
			return b.String(), rest, ok
		case '\\':
			if i++; i == len(text) || escapes[text[i]] == 0 {
				return "", "", false
			}
			b.WriteByte(escapes[text[i]])
		default:
			b.WriteByte(text[i])
		}
	}
	return "", "", false
}
