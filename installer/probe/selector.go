package probe

import (
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
)

// selector tells which objects an entry is about.
type selector struct {
	kind   *manifest.ProbeSelectorKind
	labels labels.Selector
}

func (s selector) selects(object map[string]any) bool {
	if s.kind != nil {
		if group, kind := groupKind(object); group != s.kind.Group || kind != s.kind.Kind {
			return false
		}
	}
	return s.labels.Empty() || s.labels.Matches(labelsOf(mapAt(object, "metadata", "labels")))
}

// labelsOf reads labels where they lie; what is no text is no label.
type labelsOf map[string]any

// Has reports whether there is the label.
func (l labelsOf) Has(key string) bool { _, ok := l[key].(string); return ok }

// Get returns the value of the label.
func (l labelsOf) Get(key string) string { value, _ := l[key].(string); return value }

// Lookup returns the value of the label, and whether there is one.
func (l labelsOf) Lookup(key string) (string, bool) { value, ok := l[key].(string); return value, ok }

// operators are those of label selectors in objects.
var operators = map[string]selection.Operator{
	"In": selection.In, "NotIn": selection.NotIn, "Exists": selection.Exists, "DoesNotExist": selection.DoesNotExist,
}

func (c *compiler) selector(from manifest.ProbeSelector, field []any) selector {
	compiled := selector{labels: labels.Everything()}
	if from.Kind != nil {
		kind := *from.Kind
		compiled.kind = &kind
		c.required(kind.Kind, append(field, "selector", "kind", "kind"))
	}
	if from.Selector == nil {
		return compiled
	}
	field = append(field, "selector", "selector")
	field = field[:len(field):len(field)]
	for key, value := range from.Selector.MatchLabels { // requirements are sorted
		requirement, err := labels.NewRequirement(key, selection.Equals, []string{value})
		if err != nil {
			c.add(diagnostic.ManifestInvalidValue, inLine(err.Error()), err, append(field, "matchLabels", key)...)
			continue
		}
		compiled.labels = compiled.labels.Add(*requirement)
	}
	for i, expression := range from.Selector.MatchExpressions {
		at := append(field, "matchExpressions", i)
		operator, ok := operators[expression.Operator]
		if !ok {
			c.add(diagnostic.ManifestInvalidValue, quoted(expression.Operator)+" is none of In, NotIn, Exists, DoesNotExist", nil, append(at, "operator")...)
			continue
		}
		requirement, err := labels.NewRequirement(expression.Key, operator, expression.Values)
		if err != nil {
			c.add(diagnostic.ManifestInvalidValue, inLine(err.Error()), err, at...)
			continue
		}
		compiled.labels = compiled.labels.Add(*requirement)
	}
	return compiled
}
