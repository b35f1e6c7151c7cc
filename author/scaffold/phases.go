package scaffold

import (
	"fmt"
	"slices"
	"strings"

	"github.com/packstage/packstage/manifest"
)

// choosePhases puts each object into a phase: the one that it asks for, or that of its
// kind.
func (m *maker) choosePhases() {
	count := map[string]int{}
	var asked []string // phases that are none of ours, as they come up
	for _, o := range m.objects {
		o.phase = o.Phase
		if annotated, ok := lookup(o.Content, "metadata", "annotations", phaseAnnotation); ok && o.phase == "" {
			if text, isText := annotated.(string); isText && text != "" {
				o.phase = text
			}
		}
		if o.phase == "" {
			o.phase = m.phaseOf(o.kind)
		}
		if count[o.phase] == 0 && !slices.Contains(phaseOrder(), o.phase) {
			asked = append(asked, o.phase)
		}
		count[o.phase]++
	}
	order := m.mergePhases(asked)
	for _, phase := range order {
		if count[phase] > 0 {
			m.phases = append(m.phases, manifest.Phase{Name: phase})
			m.decide(Decision{Topic: TopicPhase, Field: "spec.phases", Message: fmt.Sprintf("%s: %s", phase, m.kindsIn(phase)), Reason: phaseReason(phase)})
		}
	}
}

// phaseOf is the phase of a kind in this package. Where the package defines the kind it has
// the controller, too, most likely: to wait for its objects before the workloads run
// would be for ever.
func (m *maker) phaseOf(kind groupKind) string {
	if m.defined[kind] {
		return PhaseCustomResources
	}
	return phaseOfKind(kind)
}

// mergePhases puts phases that the source asks for where its objects have them: in the
// order in which they come up, before the first of ours that comes up after them.
func (m *maker) mergePhases(asked []string) []string {
	order := phaseOrder()
	for _, phase := range slices.Backward(asked) {
		at := len(order)
		seen := false
		for _, o := range m.objects {
			if o.phase == phase {
				seen = true
			} else if i := slices.Index(order, o.phase); seen && i >= 0 {
				at = min(at, i)
			}
		}
		order = slices.Insert(order, at, phase)
	}
	return order
}

// kindsIn counts the kinds of a phase: "2 ConfigMap, 1 Secret".
func (m *maker) kindsIn(phase string) string {
	count := map[string]int{}
	var kinds []string
	for _, o := range m.objects {
		if o.phase != phase {
			continue
		}
		if count[o.kind.kind] == 0 {
			kinds = append(kinds, o.kind.kind)
		}
		count[o.kind.kind]++
	}
	slices.Sort(kinds)
	for i, kind := range kinds {
		kinds[i] = fmt.Sprintf("%d %s", count[kind], kind)
	}
	return strings.Join(kinds, ", ")
}

func phaseReason(phase string) string {
	switch phase {
	case PhaseNamespaces:
		return "everything else is in them"
	case PhaseCRDs:
		return "their kinds must be served before there are objects of them"
	case PhaseRBAC:
		return "pods do not start without their service accounts"
	case PhaseConfiguration:
		return "pods read it when they start"
	case PhaseStorage:
		return "pods mount it"
	case PhaseServices:
		return "pods look for one another by them before they are ready"
	case PhaseWorkloads:
		return "all that pods need is there"
	case PhaseNetworking:
		return "what lets users in comes when there is something to reach"
	case PhaseWebhooks:
		return "before their pods answer they would refuse everything"
	case PhaseCustomResources:
		return "their controllers run now"
	}
	return "the source says so"
}
