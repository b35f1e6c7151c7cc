package schema

import (
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/packstage/packstage/diagnostic"
)

// explain returns the findings for one error of the library.
func (v *Validator) explain(e *jsonschema.ValidationError, keyword string, p place) []Finding {
	node := v.node(e.KeywordLocation)
	if keyword == "required" {
		return missing(node, p)
	}
	if keyword == "additionalProperties" {
		return notAllowed(node, p)
	}
	f := Finding{Code: diagnostic.ConfigInvalid, Path: p.path}
	switch keyword {
	case "anyOf":
		f.Message = "must have one of the allowed forms" + p.shown()
		f.Hint, f.Blocking = v.alternatives(e, p)
	case "oneOf":
		f.Message = "must have exactly one of the allowed forms"
		if len(e.Causes) == 0 {
			f.Message += ", has more than one"
		} else {
			f.Message += p.shown()
			f.Hint, f.Blocking = v.alternatives(e, p)
		}
	case "not":
		f.Message = "has a form that is not allowed" + p.shown()
	default:
		f.Message, f.Hint = requirement(keyword, node, p)
		f.Message += p.actual(keyword)
		f.Blocking = isOneOf(keyword, []string{"type", keywordFormat, keywordEnum, "maxLength", "maxItems", "maxProperties", keywordNever})
	}
	return []Finding{f}
}

// requirement says what a keyword asks for.
func requirement(keyword string, s *Schema, p place) (message, hint string) {
	switch keyword {
	case "type":
		return "must be " + kindNames(s.kinds()), ""
	case keywordEnum:
		return members(s.Enum, p)
	case keywordFormat:
		return "must be " + formatName(s.Format), ""
	case "pattern":
		return fmt.Sprintf("must match the pattern %q", s.Pattern), ""
	case "minimum":
		return "must be at least " + Show(s.Minimum), ""
	case "exclusiveMinimum":
		return "must be more than " + Show(s.Minimum), ""
	case "maximum":
		return "must be at most " + Show(s.Maximum), ""
	case "exclusiveMaximum":
		return "must be less than " + Show(s.Maximum), ""
	case "multipleOf":
		return "must be a multiple of " + Show(s.MultipleOf), ""
	case "minLength":
		return atLeastOf(s.MinLength, "character"), ""
	case "maxLength":
		return atMostOf(s.MaxLength, "character"), ""
	case "minItems":
		return atLeastOf(s.MinItems, "item"), ""
	case "maxItems":
		return atMostOf(s.MaxItems, "item"), ""
	case "minProperties":
		return atLeastOf(s.MinProperties, "key"), ""
	case "maxProperties":
		return atMostOf(s.MaxProperties, "key"), ""
	case keywordNumber:
		switch s.Format {
		case "int32":
			return "must be an integer of 32 bits", "from -2147483648 to 2147483647"
		case "float":
			return "must be a number of 32 bits", ""
		default:
			return "must be an integer of 64 bits", ""
		}
	case keywordNever:
		return "can have no value: the schema allows none in " + enumerate(s.impossible(), "and"), ""
	default:
		return "breaks " + keyword, ""
	}
}

func atLeastOf(count *int64, unit string) string { return "must have at least " + amount(*count, unit) }

func atMostOf(count *int64, unit string) string { return "must have at most " + amount(*count, unit) }

func amount(count int64, unit string) string {
	if count != 1 {
		unit += "s"
	}
	return fmt.Sprintf("%d %s", count, unit)
}

// actual says what the value is, as far as that helps and may be said.
func (p place) actual(keyword string) string {
	switch keyword {
	case "type":
		return ", is " + Describe(p.value)
	case "minLength", "maxLength":
		if text, ok := p.value.(string); ok && !p.sensitive {
			return fmt.Sprintf(", has %d", len([]rune(text)))
		}
	case "minItems", "maxItems":
		if items, ok := p.value.([]any); ok {
			return fmt.Sprintf(", has %d", len(items))
		}
	case "minProperties", "maxProperties":
		if object, ok := p.value.(map[string]any); ok {
			return fmt.Sprintf(", has %d", len(object))
		}
	default:
		return p.shown()
	}
	return ""
}

// shown returns ", is <value>" for scalars that may be shown.
func (p place) shown() string {
	if p.sensitive {
		return ""
	}
	if text := Show(p.value); text != "" {
		return ", is " + text
	}
	return ""
}

func missing(node *Schema, p place) []Finding {
	object, _ := p.value.(map[string]any)
	var findings []Finding
	for _, name := range node.Required {
		if _, ok := object[name]; ok {
			continue
		}
		f := Finding{
			Code: diagnostic.ConfigRequired, Path: p.path.Child(name),
			Message: "is required", Blocking: true,
		}
		if child := p.schema.Property(name); child != nil && child.kinds() != nil {
			f.Hint = "expects " + kindNames(child.kinds())
		}
		findings = append(findings, f)
	}
	return findings
}

// notAllowed is for "additionalProperties: false", which Kubernetes enforces
// without pruning.
func notAllowed(node *Schema, p place) []Finding {
	object, _ := p.value.(map[string]any)
	var findings []Finding
	for name := range object {
		if _, ok := node.Properties[name]; !ok {
			findings = append(findings, Finding{
				Code: diagnostic.ConfigInvalid, Path: p.path.Child(name), Message: "is not allowed: the object must be empty",
			})
		}
	}
	return findings
}

// alternatives says what each branch of a junctor asks for, and whether one of
// them fails for something that keeps rules from being judged.
func (v *Validator) alternatives(e *jsonschema.ValidationError, p place) (hint string, blocking bool) {
	var wants []string
	for _, cause := range e.Causes {
		var branch []string
		v.collect(cause, p.root, p.rootPath, func(f Finding) {
			blocking = blocking || f.Blocking
			text := f.Message
			if before, _, found := strings.Cut(text, ", is "); found {
				text = before
			}
			if at := strings.TrimPrefix(f.Path.String(), p.path.String()); at != "" {
				at = strings.TrimPrefix(at, ".")
				text = at + " " + text
			}
			branch = append(branch, text)
		})
		slices.Sort(branch)
		if text := strings.Join(branch, " and "); text != "" && !slices.Contains(wants, text) {
			wants = append(wants, text)
		}
	}
	return strings.Join(wants, ", or "), blocking
}

// members says which values an enum allows.
func members(list []any, p place) (message, hint string) {
	var texts, names []string
	for _, value := range list {
		text := Show(value)
		if text == "" {
			text = Describe(value)
		}
		texts = append(texts, text)
		if name, ok := value.(string); ok {
			names = append(names, name)
		}
	}
	const most = 12
	if len(texts) > most {
		texts = append(texts[:most:most], fmt.Sprintf("%d others", len(list)-most))
	}
	if text, ok := p.value.(string); ok && !p.sensitive {
		if nearest, ok := diagnostic.Suggest(text, names); ok {
			hint = fmt.Sprintf("did you mean %q?", nearest)
		}
	}
	return "must be " + enumerate(texts, "or"), hint
}

// kindNames names types with their articles: "an integer or a string".
func kindNames(kinds []string) string {
	var names []string
	for _, kind := range kinds {
		switch kind {
		case "array":
			names = append(names, "a list")
		case "integer", "object":
			names = append(names, "an "+kind)
		case "null":
			names = append(names, "null")
		default:
			names = append(names, "a "+kind)
		}
	}
	return enumerate(names, "or")
}

func formatName(format string) string {
	switch strings.ReplaceAll(format, "-", "") {
	case "byte":
		return "base64"
	case "datetime":
		return `a time like "2026-01-31T12:00:00Z"`
	case "date":
		return `a date like "2026-01-31"`
	case "duration":
		return `a duration like "1h30m"`
	case "email":
		return "an email address"
	case "ipv4":
		return "an IPv4 address"
	case "ipv6":
		return "an IPv6 address"
	case "cidr":
		return `an address range like "10.0.0.0/8"`
	case "uri":
		return `a URI like "https://example.com/path"`
	default:
		return fmt.Sprintf("of the format %q", format)
	}
}

// enumerate joins names with commas and a last word: "a, b or c".
func enumerate(names []string, last string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " " + last + " " + names[len(names)-1]
}
