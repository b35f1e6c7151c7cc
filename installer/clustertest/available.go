package clustertest

import (
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// makeAvailable writes the status that the controllers of a cluster come to, and
// returns false for kinds that have none.
func makeAvailable(object *unstructured.Unstructured, now time.Time) bool {
	at := now.UTC().Format(time.RFC3339)
	replicas, found, _ := unstructured.NestedInt64(object.Object, "spec", "replicas")
	if !found {
		replicas = 1
	}
	switch kind := object.GroupVersionKind(); kind.Group + "/" + kind.Kind {
	case "apps/Deployment":
		set(object, replicas, "replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
		setCondition(object, at, "Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
		setCondition(object, at, "Progressing", "True", "NewReplicaSetAvailable", "The new ReplicaSet has successfully progressed.")
		observe(object)
	case "apps/StatefulSet":
		set(object, replicas, "replicas", "updatedReplicas", "currentReplicas", "readyReplicas", "availableReplicas")
		set(object, object.GetName()+"-1", "currentRevision", "updateRevision")
		observe(object)
	case "apps/ReplicaSet", "/ReplicationController":
		set(object, replicas, "replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas")
		observe(object)
	case "apps/DaemonSet":
		set(object, int64(1), "desiredNumberScheduled", "currentNumberScheduled", "updatedNumberScheduled", "numberReady", "numberAvailable")
		set(object, int64(0), "numberMisscheduled")
		observe(object)
	case "batch/Job":
		completions, given, _ := unstructured.NestedInt64(object.Object, "spec", "completions")
		if !given {
			completions = 1
		}
		set(object, completions, "succeeded")
		set(object, at, "startTime", "completionTime")
		setCondition(object, at, "SuccessCriteriaMet", "True", "CompletionsReached", "Reached expected number of succeeded pods")
		setCondition(object, at, "Complete", "True", "CompletionsReached", "Reached expected number of succeeded pods")
	case "/Pod":
		set(object, "Running", "phase")
		for _, condition := range []string{"PodScheduled", "Initialized", "ContainersReady", "Ready"} {
			setCondition(object, at, condition, "True", "", "")
		}
		observe(object)
	case "/PersistentVolumeClaim":
		set(object, "Bound", "phase")
	case "/PersistentVolume":
		set(object, "Available", "phase")
	case "/Service":
		if kind, _, _ := unstructured.NestedString(object.Object, "spec", "type"); kind != "LoadBalancer" {
			return false
		}
		set(object, map[string]any{"ingress": []any{map[string]any{"ip": "192.0.2.1"}}}, "loadBalancer")
	case "policy/PodDisruptionBudget":
		set(object, int64(1), "currentHealthy", "desiredHealthy", "expectedPods", "disruptionsAllowed")
		setCondition(object, at, "DisruptionAllowed", "True", "SufficientPods", "")
		observe(object)
	case "apiregistration.k8s.io/APIService":
		setCondition(object, at, "Available", "True", "Passed", "all checks passed")
	case "apiextensions.k8s.io/CustomResourceDefinition":
		establish(object, at)
	default:
		return false
	}
	return true
}

// establish accepts a definition.
func establish(object *unstructured.Unstructured, at string) {
	names, _, _ := unstructured.NestedMap(object.Object, "spec", "names")
	set(object, names, "acceptedNames")
	setCondition(object, at, "NamesAccepted", "True", "NoConflicts", "no conflicts found")
	setCondition(object, at, "Established", "True", "InitialNamesAccepted", "the initial names have been accepted")
}

// storedVersions are those in which objects of a definition are stored.
func storedVersions(object *unstructured.Unstructured) []any {
	versions, _, _ := unstructured.NestedSlice(object.Object, "spec", "versions")
	var stored []any
	for _, one := range versions {
		declared, _ := one.(map[string]any)
		if storage, _, _ := unstructured.NestedBool(declared, "storage"); storage {
			stored = append(stored, declared["name"])
		}
	}
	return stored
}

// set gives fields of the status a value.
func set(object *unstructured.Unstructured, value any, fields ...string) {
	for _, name := range fields {
		setNested(object, value, "status", name)
	}
}

func observe(object *unstructured.Unstructured) {
	set(object, object.GetGeneration(), "observedGeneration")
}

// setCondition sets a condition; its time changes where its status does.
func setCondition(object *unstructured.Unstructured, at, kind, status, reason, message string) {
	condition := map[string]any{"type": kind, "status": status, "lastTransitionTime": at}
	if reason != "" {
		condition["reason"] = reason
	}
	if message != "" {
		condition["message"] = message
	}
	all, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
	for index, one := range all {
		old, _ := one.(map[string]any)
		if old["type"] != kind {
			continue
		}
		if old["status"] == status && old["lastTransitionTime"] != nil {
			condition["lastTransitionTime"] = old["lastTransitionTime"]
		}
		all[index] = condition
		set(object, all, "conditions")
		return
	}
	set(object, append(all, condition), "conditions")
}

// conditionStatus returns the status of a condition; empty where there is none.
func conditionStatus(object *unstructured.Unstructured, kind string) string {
	all, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
	for _, one := range all {
		if condition, _ := one.(map[string]any); condition["type"] == kind {
			status, _ := condition["status"].(string)
			return status
		}
	}
	return ""
}
