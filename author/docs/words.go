package docs

import (
	"maps"
	"slices"
	"strings"

	"github.com/packstage/packstage/manifest"
)

// DescribeConstraint says in words where a package may be installed: "platform
// OpenShift, Kubernetes >=1.28.0, unique in its scope". It is empty for a constraint
// that says nothing.
func DescribeConstraint(constraint manifest.Constraint) string {
	var parts []string
	if len(constraint.Platform) > 0 {
		var names []string
		for _, platform := range constraint.Platform {
			names = append(names, string(platform))
		}
		parts = append(parts, "platform "+strings.Join(names, ", "))
	}
	if version := constraint.PlatformVersion; version != nil {
		parts = append(parts, string(version.Name)+" "+version.Range)
	}
	if constraint.UniqueInScope != nil {
		parts = append(parts, "unique in its scope")
	}
	return strings.Join(parts, ", ")
}

func describeProbe(probe manifest.AvailabilityProbe) Probe {
	described := Probe{Selects: "every object"}
	if kind := probe.Selector.Kind; kind != nil {
		described.Selects = "every " + code(groupKind(kind.Group, kind.Kind))
	}
	if labels := describeSelector(probe.Selector.Selector); labels != "" {
		described.Selects += " with " + labels
	}
	for _, check := range probe.Probes {
		switch {
		case check.Condition != nil:
			described.Checks = append(described.Checks, "condition "+code(check.Condition.Type)+" is "+code(check.Condition.Status))
		case check.FieldsEqual != nil:
			described.Checks = append(described.Checks, code(check.FieldsEqual.FieldA)+" equals "+code(check.FieldsEqual.FieldB))
		case check.FieldValue != nil:
			described.Checks = append(described.Checks, code(check.FieldValue.FieldPath)+" is "+code(check.FieldValue.Value))
		case check.CEL != nil:
			text := code(check.CEL.Rule)
			if check.CEL.Message != "" {
				text += ", otherwise: " + check.CEL.Message
			}
			described.Checks = append(described.Checks, text)
		}
	}
	return described
}

// describeSelector says in words which labels a selector wants.
func describeSelector(selector *manifest.LabelSelector) string {
	if selector == nil {
		return ""
	}
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(selector.MatchLabels)) {
		parts = append(parts, "label "+code(key+"="+selector.MatchLabels[key]))
	}
	for _, wanted := range selector.MatchExpressions {
		text := "label " + code(wanted.Key) + " " + wanted.Operator
		if len(wanted.Values) > 0 {
			text += " " + code(strings.Join(wanted.Values, ", "))
		}
		parts = append(parts, text)
	}
	return joinWords(parts)
}

// code marks a part of a text as code. A mark inside it would end it: such a text
// stays without.
func code(text string) string {
	if text == "" || strings.Contains(text, codeMark) {
		return text
	}
	return codeMark + text + codeMark
}

func groupKind(group, kind string) string {
	if group == "" {
		return kind
	}
	return kind + "." + group
}

// joinWords writes "a", "a and b", "a, b and c".
func joinWords(words []string) string {
	switch len(words) {
	case 0:
		return ""
	case 1:
		return words[0]
	default:
		return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
	}
}
