package rollout_test

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
)

// readiness returns when an object of an instance is available: an own reading of the
// package's probes, and of what the kinds that have none mean, so that nothing of the
// installer judges itself.
func readiness(instance *packagetypes.Instance, object packagetypes.Object, withoutKindRules bool) (func(map[string]any) bool, error) {
	kind := object.GroupVersionKind()
	var probes []manifest.Probe
	selected := false
	for _, entry := range instance.AvailabilityProbes {
		if entry.Selector.Kind == nil || entry.Selector.Kind.Kind != kind.Kind || entry.Selector.Kind.Group != kind.Group {
			continue
		}
		if labels := entry.Selector.Selector; labels != nil {
			if len(labels.MatchExpressions) > 0 {
				return nil, fmt.Errorf("no reading of label expressions, for %s", kind)
			}
			if !hasLabels(object, labels.MatchLabels) {
				continue
			}
		}
		selected = true
		probes = append(probes, entry.Probes...)
	}
	for _, probe := range probes {
		if probe.CEL != nil && rules[squeezed(probe.CEL.Rule)] == nil {
			return nil, fmt.Errorf("no reading of the rule %q", probe.CEL.Rule)
		}
	}
	return func(state map[string]any) bool {
		if text(state, "metadata", "deletionTimestamp") != "" {
			return false
		}
		if !selected {
			return withoutKindRules || kindReady(kind.GroupKind().String(), state)
		}
		for _, probe := range probes {
			if !holds(probe, state) {
				return false
			}
		}
		return observed(state)
	}, nil
}

func hasLabels(object packagetypes.Object, labels map[string]string) bool {
	for key, want := range labels {
		if text(object.Content(), "metadata", "labels", key) != want {
			return false
		}
	}
	return true
}

// observed tells whether the status is about the object as it is.
func observed(state map[string]any) bool {
	seen, ok := number(value(state, "status", "observedGeneration"))
	generation, _ := number(value(state, "metadata", "generation"))
	return !ok || seen == generation
}

func holds(probe manifest.Probe, state map[string]any) bool {
	switch {
	case probe.Condition != nil:
		return hasCondition(state, probe.Condition.Type, probe.Condition.Status)
	case probe.FieldsEqual != nil:
		a, b := value(state, fieldPath(probe.FieldsEqual.FieldA)...), value(state, fieldPath(probe.FieldsEqual.FieldB)...)
		return a != nil && reflect.DeepEqual(a, b)
	case probe.FieldValue != nil:
		found := value(state, fieldPath(probe.FieldValue.FieldPath)...)
		return found != nil && fmt.Sprint(found) == probe.FieldValue.Value
	default:
		return rules[squeezed(probe.CEL.Rule)](state)
	}
}

// rules are readings of the CEL rules of packages.
var rules = map[string]func(map[string]any) bool{
	`has(self.status) && has(self.status.conditions) && self.status.conditions.exists(c, c.type == "Reachable" && c.status == "True")`: func(state map[string]any) bool {
		return hasCondition(state, "Reachable", "True")
	},
	`has(self.status) && has(self.status.loadBalancer) && has(self.status.loadBalancer.ingress) && self.status.loadBalancer.ingress.size() > 0`: func(state map[string]any) bool {
		addresses, _ := value(state, "status", "loadBalancer", "ingress").([]any)
		return len(addresses) > 0
	},
}

func squeezed(rule string) string { return strings.Join(strings.Fields(rule), " ") }

func fieldPath(path string) []string { return strings.Split(strings.TrimPrefix(path, "."), ".") }

// kindReady is what kinds mean that no probe selects.
func kindReady(kind string, state map[string]any) bool {
	switch kind {
	case "Deployment.apps":
		want, _ := number(value(state, "spec", "replicas"))
		updated, _ := number(value(state, "status", "updatedReplicas"))
		_, seen := number(value(state, "status", "observedGeneration"))
		return seen && observed(state) && hasCondition(state, "Available", "True") && updated >= want
	case "StatefulSet.apps":
		want, _ := number(value(state, "spec", "replicas"))
		ready, _ := number(value(state, "status", "readyReplicas"))
		_, seen := number(value(state, "status", "observedGeneration"))
		return seen && observed(state) && ready >= want
	case "Job.batch":
		return hasCondition(state, "Complete", "True")
	case "CustomResourceDefinition.apiextensions.k8s.io":
		return hasCondition(state, "Established", "True")
	case "Namespace":
		return text(state, "status", "phase") == "Active"
	default:
		return true
	}
}

func hasCondition(state map[string]any, kind, status string) bool {
	conditions, _ := value(state, "status", "conditions").([]any)
	for _, item := range conditions {
		condition, _ := item.(map[string]any)
		if condition["type"] != kind {
			continue
		}
		if seen, ok := number(condition["observedGeneration"]); ok {
			if generation, _ := number(value(state, "metadata", "generation")); seen != generation {
				return false
			}
		}
		return condition["status"] == status
	}
	return false
}

func number(found any) (float64, bool) {
	switch found := found.(type) {
	case int64:
		return float64(found), true
	case float64:
		return found, true
	default:
		return 0, false
	}
}
