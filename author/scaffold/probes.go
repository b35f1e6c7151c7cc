package scaffold

import (
	"fmt"

	"github.com/packstage/packstage/manifest"
)

// proposeProbes says for each kind of the package when its objects are available.
func (m *maker) proposeProbes() {
	m.properties = map[string]*Property{}
	m.config.byExpression(m.properties)
	m.probes = append(m.probes, m.input.Probes...)
	selected := map[groupKind]bool{}
	for _, probe := range m.input.Probes {
		if kind := probe.Selector.Kind; kind != nil {
			selected[groupKind{kind.Group, kind.Kind}] = true
		}
	}
	waiting := map[groupKind]bool{}
	for _, o := range m.objects {
		if selected[o.kind] {
			continue
		}
		probes, reason := m.probesFor(o.kind)
		if probes == nil {
			if o.kind == (groupKind{"", "PersistentVolumeClaim"}) && !waiting[o.kind] {
				m.decide(Decision{Topic: TopicProbe, Message: "no probe for PersistentVolumeClaim",
					Reason: "many classes bind a claim only when a pod uses it: to wait for it before there are pods would be for ever"})
			}
			waiting[o.kind] = true
			continue
		}
		selected[o.kind] = true
		m.probes = append(m.probes, manifest.AvailabilityProbe{
			Selector: manifest.ProbeSelector{Kind: &manifest.ProbeSelectorKind{Group: o.kind.group, Kind: o.kind.kind}},
			Probes:   probes,
		})
		m.decide(Decision{Topic: TopicProbe, Field: "spec.availabilityProbes", Message: o.kind.kind + ": " + reason})
	}
}

func condition(name string) []manifest.Probe {
	return []manifest.Probe{{Condition: &manifest.ProbeCondition{Type: name, Status: "True"}}}
}

func celProbe(rule, message string) manifest.Probe {
	return manifest.Probe{CEL: &manifest.ProbeCEL{Rule: rule, Message: message}}
}

// probesFor returns the probes of a kind, and what they wait for.
func (m *maker) probesFor(kind groupKind) (probes []manifest.Probe, reason string) {
	switch kind {
	case groupKind{"apps", "Deployment"}:
		available := condition("Available")
		if m.canBeZero(kind) {
			// Without pods the status has no numbers to compare.
			return append(available, celProbe(
				"self.spec.replicas == 0 || has(self.status.updatedReplicas) && self.status.updatedReplicas == self.status.replicas",
				"not all pods are of the new template")), "Available, and all pods are of the new template"
		}
		return append(available, manifest.Probe{FieldsEqual: &manifest.ProbeFieldsEqual{
			FieldA: ".status.updatedReplicas", FieldB: ".status.replicas",
		}}), "Available, and all pods are of the new template"
	case groupKind{"apps", "StatefulSet"}:
		if m.canBeZero(kind) || m.keepsOldPods(kind) {
			return []manifest.Probe{celProbe(
				"self.spec.replicas == 0 || has(self.status.readyReplicas) && self.status.readyReplicas == self.spec.replicas",
				"not all pods are ready")}, "all pods are ready"
		}
		return []manifest.Probe{
			{FieldsEqual: &manifest.ProbeFieldsEqual{FieldA: ".status.readyReplicas", FieldB: ".spec.replicas"}},
			{FieldsEqual: &manifest.ProbeFieldsEqual{FieldA: ".status.updatedReplicas", FieldB: ".spec.replicas"}},
		}, "all pods are ready and of the new template"
	case groupKind{"apps", "DaemonSet"}:
		const ready = "has(self.status) && has(self.status.desiredNumberScheduled) && self.status.numberReady == self.status.desiredNumberScheduled"
		if m.keepsOldPods(kind) {
			return []manifest.Probe{celProbe(ready, "not all pods are ready")}, "the pods of all nodes are ready"
		}
		// Without nodes the status has no number of pods of the new template.
		const updated = " && (self.status.desiredNumberScheduled == 0 || " +
			"has(self.status.updatedNumberScheduled) && self.status.updatedNumberScheduled == self.status.desiredNumberScheduled)"
		return []manifest.Probe{celProbe(ready+updated, "not all pods are ready and of the new template")},
			"the pods of all nodes are ready and of the new template"
	case groupKind{"apps", "ReplicaSet"}, groupKind{"", "ReplicationController"}:
		return []manifest.Probe{celProbe(
			"self.spec.replicas == 0 || has(self.status.readyReplicas) && self.status.readyReplicas == self.spec.replicas",
			"not all pods are ready")}, "all pods are ready"
	}
	return statusProbes(kind)
}

// statusProbes are those of kinds that say it in one field.
func statusProbes(kind groupKind) (probes []manifest.Probe, reason string) {
	switch kind {
	case groupKind{"", "Namespace"}:
		return []manifest.Probe{{FieldValue: &manifest.ProbeFieldValue{FieldPath: ".status.phase", Value: "Active"}}}, "Active"
	case groupKind{"", "Pod"}:
		return condition("Ready"), "Ready"
	case groupKind{"batch", "Job"}:
		return condition("Complete"), "Complete"
	case groupKind{"apiextensions.k8s.io", "CustomResourceDefinition"}:
		return condition("Established"), "Established"
	case groupKind{"apiregistration.k8s.io", "APIService"}:
		return condition("Available"), "Available"
	case groupKind{"cert-manager.io", "Certificate"}, groupKind{"cert-manager.io", "Issuer"}, groupKind{"cert-manager.io", "ClusterIssuer"}:
		return condition("Ready"), "Ready"
	}
	return nil, ""
}

// canBeZero reports whether objects of a kind may have no pods at all.
func (m *maker) canBeZero(kind groupKind) bool {
	for _, o := range m.objects {
		replicas, found := lookup(o.Content, "spec", "replicas")
		if o.kind == kind && (found && (replicas == int64(0) || o.substituted([]any{"spec", "replicas"}) && !m.atLeastOne(o))) {
			return true
		}
	}
	return false
}

// atLeastOne reports whether the schema keeps replicas above zero.
func (m *maker) atLeastOne(o *object) bool {
	for _, s := range o.Substitutions {
		if len(s.Path) != 2 || s.Path[1] != "replicas" || len(s.Parts) != 1 {
			continue
		}
		if p := m.properties[s.Parts[0].Expression]; p != nil {
			if minimum, ok := p.Schema["minimum"].(int64); ok {
				return minimum > 0
			}
		}
	}
	return false
}

// keepsOldPods reports whether a StatefulSet or DaemonSet does not replace its pods by
// itself.
func (m *maker) keepsOldPods(kind groupKind) bool {
	for _, o := range m.objects {
		strategy, _ := lookup(o.Content, "spec", "updateStrategy", "type")
		partition, _ := lookup(o.Content, "spec", "updateStrategy", "rollingUpdate", "partition")
		if o.kind == kind && (strategy == "OnDelete" || partition != nil && partition != int64(0)) {
			return true
		}
	}
	return false
}

// byExpression adds the properties by the expressions that read them.
func (t *configTree) byExpression(found map[string]*Property) {
	if t.property != nil {
		found[t.property.Expression()] = t.property
	}
	for _, child := range t.children {
		child.byExpression(found)
	}
}

// reportSubstitutions prints what converters said about theirs.
func (m *maker) reportSubstitutions() {
	for _, o := range m.objects {
		for _, s := range o.Substitutions {
			if s.Reason != "" {
				m.decide(o.aboutField(TopicConfig, s.Path, fmt.Sprintf("is %s", textExpression(s.Parts)), s.Reason))
			}
		}
	}
}
