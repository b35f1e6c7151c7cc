package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
)

// probeRules are about how an installer, and Kubernetes, know that something works.
func probeRules() []Rule {
	return []Rule{{
		Code: "workload-without-probe", Severity: warningSeverity,
		Summary: "a workload that no availability probe selects",
		Explanation: "What no probe selects counts as available as soon as it exists: the next phase begins, and the " +
			"package is reported as available, before a single pod runs. A Job is a finding only where a phase follows " +
			"that would have to wait for it.",
		Example: "spec:\n  availabilityProbes: []  # with a Deployment in the package",
		Cure: "spec:\n  availabilityProbes:\n  - selector: {kind: {group: apps, kind: Deployment}}\n" +
			"    probes:\n    - condition: {type: Available, status: \"True\"}\n    - fieldsEqual: {fieldA: .status.updatedReplicas, fieldB: .status.replicas}",
		Check: EachInstance(workloadWithoutProbe),
	}, {
		Code: "probe-matches-nothing", Severity: warningSeverity,
		Summary: "an availability probe that selects no object in any case",
		Explanation: "A misspelled kind, group or label: nothing waits for what the probe was meant for. If the objects " +
			"are rendered only with some configuration, add a test case that has it.",
		Example: "availabilityProbes:\n- selector: {kind: {group: \"\", kind: Deployment}}",
		Cure:    "availabilityProbes:\n- selector: {kind: {group: apps, kind: Deployment}}",
		Check:   probeMatchesNothing,
	}, {
		Code: "probe-impossible-condition", Severity: errorSeverity,
		Summary: "an availability probe for a condition that objects of the kind never have",
		Explanation: "StatefulSets, DaemonSets, ConfigMaps and others have no conditions at all, and others have fixed ones: " +
			"the probe never succeeds, and the installation never gets past the phase.",
		Example: "selector: {kind: {group: apps, kind: StatefulSet}}\nprobes:\n- condition: {type: Available, status: \"True\"}",
		Cure:    "selector: {kind: {group: apps, kind: StatefulSet}}\nprobes:\n- fieldsEqual: {fieldA: .status.readyReplicas, fieldB: .status.replicas}",
		Check:   impossibleCondition,
	}, {
		Code: "readiness-probe-missing", Severity: infoSeverity,
		Summary: "a container behind a Service without a readiness probe",
		Explanation: "The Service sends requests as soon as the process runs, whether it can answer or not, and an update " +
			"that does not start is taken for a success. Only workloads whose pods have no readiness probe in any container are findings.",
		Example: "containers:\n- name: api\n  image: registry.example.com/api:v1",
		Cure:    "containers:\n- name: api\n  image: registry.example.com/api:v1\n  readinessProbe: {httpGet: {path: /ready, port: 8080}}",
		Check:   EachInstance(readinessMissing),
	}}
}

func workloadWithoutProbe(i *Instance) []Finding {
	last := 0
	for _, object := range i.Objects {
		last = max(last, object.PhaseIndex)
	}
	var found []Finding
	for _, w := range i.workloads() {
		waitedFor := longRunning(w.Kind()) || w.Kind() == "Pod" || w.Kind() == "Job" && w.PhaseIndex < last
		if !waitedFor || i.probed(w.Object) {
			continue
		}
		message := "no availability probe selects it"
		if w.Kind() == "Job" {
			message += fmt.Sprintf(", so what follows the phase %q does not wait for it", w.Phase)
		}
		found = append(found, i.FindKey(w.Object, message, probeProposal(w.Object), "kind"))
	}
	return found
}

// probeProposal says which probe fits a kind.
func probeProposal(object Object) string {
	probe := `fieldsEqual {fieldA: .status.readyReplicas, fieldB: .status.replicas}`
	switch object.Kind() {
	case "Deployment":
		probe = `condition {type: Available, status: "True"}`
	case "DaemonSet":
		probe = `fieldsEqual {fieldA: .status.numberReady, fieldB: .status.desiredNumberScheduled}`
	case "Job":
		probe = `condition {type: Complete, status: "True"}`
	case "Pod":
		probe = `condition {type: Ready, status: "True"}`
	}
	return fmt.Sprintf("add to spec.availabilityProbes one for group %q, kind %q, such as %s", object.GroupVersionKind().Group, object.Kind(), probe)
}

func probeMatchesNothing(s *Subject) []Finding {
	if len(s.Instances) == 0 {
		return nil
	}
	var found []Finding
	for k, probe := range s.Package.Manifest.Spec.AvailabilityProbes {
		var kinds []string
		matched := false
		for _, instance := range s.Instances {
			for _, object := range instance.Objects {
				matched = matched || selects(probe.Selector, object)
				kinds = append(kinds, object.Kind())
			}
		}
		if matched {
			continue
		}
		hint := ""
		if kind := probe.Selector.Kind; kind != nil {
			slices.Sort(kinds)
			kinds = slices.Compact(kinds)
			near, similar := diagnostic.Suggest(kind.Kind, kinds)
			switch {
			case slices.Contains(kinds, kind.Kind):
				hint = fmt.Sprintf("there are objects of the kind %s; look at group and labels", kind.Kind)
			case similar:
				hint = fmt.Sprintf("did you mean %q?", near)
			}
		}
		if hint == "" {
			hint = "remove it, or add a test case that renders what it is for"
		}
		found = append(found, s.Find("no object is selected"+casesRendered(s), hint, "spec", "availabilityProbes", k, "selector"))
	}
	return found
}

func casesRendered(s *Subject) string {
	if len(s.Instances) == 1 {
		return ""
	}
	return fmt.Sprintf(" in any of %d cases", len(s.Instances))
}

// conditions are those that the objects of a kind can have; kinds of which nothing
// is known are not here.
func knownConditions(kind manifest.ProbeSelectorKind) ([]string, bool) {
	switch kind.Group + "/" + kind.Kind {
	case "apps/Deployment":
		return []string{"Available", "Progressing", "ReplicaFailure"}, true
	case "apps/StatefulSet", "apps/DaemonSet", "/ConfigMap", "/Secret", "/ServiceAccount", "/PersistentVolume", "networking.k8s.io/Ingress",
		"networking.k8s.io/NetworkPolicy", "batch/CronJob", rbacGroup + "/Role", rbacGroup + "/ClusterRole", rbacGroup + "/RoleBinding", rbacGroup + "/ClusterRoleBinding":
		return nil, true
	case "apps/ReplicaSet":
		return []string{"ReplicaFailure"}, true
	case "batch/Job":
		return []string{"Complete", "Failed", "Suspended", "FailureTarget", "SuccessCriteriaMet"}, true
	case "apiextensions.k8s.io/CustomResourceDefinition":
		return []string{"Established", "NamesAccepted", "NonStructuralSchema", "Terminating", "KubernetesAPIApprovalPolicyConformant", "StorageMigrating"}, true
	case "apiregistration.k8s.io/APIService":
		return []string{"Available"}, true
	case "/Namespace":
		return []string{"NamespaceDeletionDiscoveryFailure", "NamespaceDeletionContentFailure", "NamespaceDeletionGroupVersionParsingFailure", "NamespaceContentRemaining", "NamespaceFinalizersRemaining"}, true
	}
	return nil, false
}

func impossibleCondition(s *Subject) []Finding {
	var found []Finding
	for k, probe := range s.Package.Manifest.Spec.AvailabilityProbes {
		if probe.Selector.Kind == nil {
			continue
		}
		kind := probe.Selector.Kind.Kind
		conditions, ok := knownConditions(*probe.Selector.Kind)
		if !ok {
			continue
		}
		for j, one := range probe.Probes {
			if one.Condition == nil || slices.Contains(conditions, one.Condition.Type) || strings.Contains(one.Condition.Type, "/") {
				continue
			}
			message := fmt.Sprintf("a %s has no condition %q", kind, one.Condition.Type)
			hint := "use fieldsEqual, fieldValue or cel"
			if len(conditions) > 0 {
				hint = "its conditions are " + strings.Join(conditions, ", ")
			}
			found = append(found, s.Find(message+", so that the probe never succeeds", hint,
				"spec", "availabilityProbes", k, "probes", j, "condition", "type"))
		}
	}
	return found
}

func readinessMissing(i *Instance) []Finding {
	served := map[int]Object{}
	for _, object := range i.Objects {
		if object.Is("", "Service") && !boolAt(object.Content(), "spec", "publishNotReadyAddresses") {
			for _, w := range i.selectedBy(object) {
				if _, known := served[w.Index]; !known {
					served[w.Index] = object
				}
			}
		}
	}
	var found []Finding
	for _, w := range i.workloads() {
		service, ok := served[w.Index]
		probed := slices.ContainsFunc(w.containers, func(c container) bool { return len(mapAt(c.fields, "readinessProbe")) > 0 })
		if !ok || probed || !longRunning(w.Kind()) || len(w.containers) == 0 {
			continue
		}
		found = append(found, i.FindKey(w.Object, fmt.Sprintf("no container has a readiness probe, and the %s sends them requests", service),
			"add a readinessProbe to the container that answers", w.field("spec", "containers")...))
	}
	return found
}
