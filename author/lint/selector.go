package lint

import (
	"slices"
	"strconv"

	"github.com/packstage/packstage/manifest"
)

func quote(text string) string { return strconv.Quote(text) }

// matchesAll tells whether labels have all pairs.
func matchesAll(labels, pairs map[string]string) bool {
	for key, value := range pairs {
		if have, ok := labels[key]; !ok || have != value {
			return false
		}
	}
	return true
}

// matches tells whether a label selector of Kubernetes, as plain values, selects
// labels. An empty one selects everything.
func matches(selector map[string]any, labels map[string]string) bool {
	if !matchesAll(labels, labelsAt(selector, "matchLabels")) {
		return false
	}
	for i := range listAt(selector, "matchExpressions") {
		expression := mapAt(selector, "matchExpressions", i)
		if !matchesExpression(textAt(expression, "key"), textAt(expression, "operator"), textsAt(expression, "values"), labels) {
			return false
		}
	}
	return true
}

func matchesExpression(key, operator string, values []string, labels map[string]string) bool {
	value, there := labels[key]
	switch operator {
	case "In":
		return there && slices.Contains(values, value)
	case "NotIn":
		return !there || !slices.Contains(values, value)
	case "Exists":
		return there
	case "DoesNotExist":
		return !there
	}
	return true // validation refuses others
}

// selects tells whether a probe's selector selects an object.
func selects(selector manifest.ProbeSelector, object Object) bool {
	if kind := selector.Kind; kind != nil && !object.Is(kind.Group, kind.Kind) {
		return false
	}
	if selector.Selector == nil {
		return true
	}
	labels := labelsAt(object.Content(), "metadata", "labels")
	if !matchesAll(labels, selector.Selector.MatchLabels) {
		return false
	}
	for _, expression := range selector.Selector.MatchExpressions {
		if !matchesExpression(expression.Key, expression.Operator, expression.Values, labels) {
			return false
		}
	}
	return true
}

// probed tells whether an installer waits for an object before it goes on.
func (i *Instance) probed(object Object) bool {
	return slices.ContainsFunc(i.AvailabilityProbes, func(probe manifest.AvailabilityProbe) bool {
		return len(probe.Probes) > 0 && selects(probe.Selector, object)
	})
}
