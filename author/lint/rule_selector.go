package lint

import (
	"fmt"
	"maps"
	"slices"
)

// selectorRules are about label selectors.
func selectorRules() []Rule {
	return []Rule{{
		Code: "selector-mismatch", Severity: errorSeverity,
		Summary:     "a workload whose selector does not match its own pods",
		Explanation: "The API server refuses it: a Deployment, StatefulSet, DaemonSet or ReplicaSet must select the labels of its own pod template.",
		Example:     "spec:\n  selector: {matchLabels: {app: api}}\n  template: {metadata: {labels: {app: shop-api}}}",
		Cure:        "spec:\n  selector: {matchLabels: {app: api}}\n  template: {metadata: {labels: {app: api}}}",
		Check:       EachInstance(selectorMismatch),
	}, {
		Code: "selector-matches-nothing", Severity: warningSeverity,
		Summary: "a Service, PodDisruptionBudget, NetworkPolicy or monitor that selects nothing of the package",
		Explanation: "Often one label differs, and requests go nowhere. Packages with custom resources or their definitions, " +
			"with other packages, or as a component may select what is made elsewhere: there, it is a finding only where one " +
			"label is nearly that of a workload in the namespace. Labels that controllers of Kubernetes give to pods match, and " +
			"so do those that no pod has yet where the package may change pods: the program may give them.",
		Example: "kind: Service\nspec:\n  selector: {app: api, tier: web}  # the pods have tier: backend",
		Cure:    "kind: Service\nspec:\n  selector: {app: api, tier: backend}",
		Check:   EachInstance(selectorMatchesNothing),
	}}
}

func selectorMismatch(i *Instance) []Finding {
	var found []Finding
	for _, w := range i.workloads() {
		if !longRunning(w.Kind()) || w.Kind() == "ReplicationController" {
			continue
		}
		selector := mapAt(w.Content(), "spec", "selector")
		switch {
		case len(mapAt(selector, "matchLabels"))+len(listAt(selector, "matchExpressions")) == 0:
			found = append(found, i.FindKey(w.Object, "has no selector", "select the labels of its pod template", "spec", "selector"))
		case !matches(selector, w.labels):
			found = append(found, i.FindKey(w.Object, "its selector does not match the labels of its own pod template",
				fmt.Sprintf("the pods have %s", describeLabels(w.labels)), "spec", "selector"))
		}
	}
	return found
}

func describeLabels(labels map[string]string) string {
	if len(labels) == 0 {
		return "no labels"
	}
	text := ""
	for k, key := range slices.Sorted(maps.Keys(labels)) {
		if k > 0 {
			text += ", "
		}
		text += key + ": " + quote(labels[key])
	}
	return text
}

// candidate is something that a selector may be meant for.
type candidate struct {
	object Object
	labels map[string]string
	given  []string // keys of labels that it gets besides
}

// isSelected tells whether a selector may select the candidate.
func (c candidate) isSelected(selector map[string]any) bool {
	if !slices.ContainsFunc(c.given, func(key string) bool { return asksFor(selector, key) }) {
		return matches(selector, c.labels)
	}
	return matches(map[string]any{
		"matchLabels": maps.Collect(func(yield func(string, any) bool) {
			for key, value := range mapAt(selector, "matchLabels") {
				if !slices.Contains(c.given, key) && !yield(key, value) {
					return
				}
			}
		}),
		"matchExpressions": slices.DeleteFunc(slices.Clone(listAt(selector, "matchExpressions")), func(expression any) bool {
			return slices.Contains(c.given, textAt(expression, "key"))
		}),
	}, c.labels)
}

// asksFor tells whether a selector says something about a label.
func asksFor(selector map[string]any, key string) bool {
	_, asks := mapAt(selector, "matchLabels")[key]
	return asks || slices.ContainsFunc(listAt(selector, "matchExpressions"), func(expression any) bool { return textAt(expression, "key") == key })
}

func selectorMatchesNothing(i *Instance) []Finding {
	var found []Finding
	for _, object := range i.Objects {
		selector, path, ofServices := selectorOf(object)
		if selector == nil || len(mapAt(selector, "matchLabels"))+len(listAt(selector, "matchExpressions")) == 0 {
			continue
		}
		if !ofServices && i.selectsOwn(object, selector) {
			continue
		}
		candidates := i.candidates(object, ofServices)
		if slices.ContainsFunc(candidates, func(c candidate) bool { return c.isSelected(selector) }) {
			continue
		}
		pairs := labelsAt(selector, "matchLabels")
		near, alike := nearest(pairs, candidates)
		switch {
		case len(candidates) == 0, i.othersMakeObjects() && !misspelled(pairs, candidates):
			continue // others may make it
		case !ofServices && alike > 0 && i.changesPods() && lacks(near.labels, pairs):
			continue // the program may label its pods, such as the one that leads
		}
		what, hint := "no pod", ""
		if ofServices {
			what = "no Service"
		}
		if alike > 0 {
			hint = fmt.Sprintf("the nearest is %s, with %s", near.object, describeLabels(near.labels))
		} else {
			hint = fmt.Sprintf("there is %s, with %s", candidates[0].object, describeLabels(candidates[0].labels))
		}
		found = append(found, i.FindKey(object, "selects "+what+" of the package", hint, path...))
	}
	return found
}

// selectsOwn tells whether a selector that has labels only selects pods of the
// object's own namespace: the usual case, without any work.
func (i *Instance) selectsOwn(object Object, selector map[string]any) bool {
	pairs := labelsAt(selector, "matchLabels")
	if len(listAt(selector, "matchExpressions")) > 0 {
		return false
	}
	namespace := i.namespaceOf(object)
	return slices.ContainsFunc(i.workloads(), func(w workload) bool {
		return matchesAll(w.labels, w.withoutGiven(pairs)) && i.namespaceOf(w.Object) == namespace
	})
}

// selectorOf returns the label selector of an object for pods, or for Services, in
// the form with matchLabels.
func selectorOf(object Object) (selector map[string]any, path []any, ofServices bool) {
	content := object.Content()
	switch {
	case object.Is("", "Service"):
		return map[string]any{"matchLabels": at(content, "spec", "selector")}, []any{"spec", "selector"}, false
	case object.Is("policy", "PodDisruptionBudget"), object.Is("monitoring.coreos.com", "PodMonitor"):
		return mapAt(content, "spec", "selector"), []any{"spec", "selector"}, false
	case object.Is("networking.k8s.io", "NetworkPolicy"):
		return mapAt(content, "spec", "podSelector"), []any{"spec", "podSelector"}, false
	case object.Is("monitoring.coreos.com", "ServiceMonitor"):
		return mapAt(content, "spec", "selector"), []any{"spec", "selector"}, true
	}
	return nil, nil, false
}

// candidates returns the pods, or Services, in the namespaces that an object
// selects from.
func (i *Instance) candidates(object Object, services bool) []candidate {
	namespaces := []string{i.namespaceOf(object)}
	everywhere := false
	if object.GroupVersionKind().Group == "monitoring.coreos.com" {
		if names := textsAt(object.Content(), "spec", "namespaceSelector", "matchNames"); len(names) > 0 {
			namespaces = names
		}
		everywhere = boolAt(object.Content(), "spec", "namespaceSelector", "any")
	}
	within := func(o Object) bool { return everywhere || slices.Contains(namespaces, i.namespaceOf(o)) }
	var found []candidate
	if services {
		for _, o := range i.ofKind("", "Service") {
			if within(o) {
				found = append(found, candidate{object: o, labels: labelsAt(o.Content(), "metadata", "labels")})
			}
		}
		return found
	}
	for _, w := range i.workloads() {
		if within(w.Object) {
			found = append(found, candidate{w.Object, w.labels, w.given})
		}
	}
	return found
}

// nearest returns the candidate that has most of the pairs, and how many it has.
func nearest(pairs map[string]string, candidates []candidate) (best candidate, alike int) {
	for _, c := range candidates {
		same := 0
		for key, value := range pairs {
			if have, ok := c.labels[key]; ok && have == value {
				same++
			}
		}
		if same > alike {
			best, alike = c, same
		}
	}
	return best, alike
}
