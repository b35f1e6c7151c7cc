package probe

import (
	"fmt"
	"strings"
	"time"
)

// Kind judges an object by the rules for its kind alone; the package documentation
// says what they are. The object is given as for [Set.Check], and only read. It is
// safe for concurrent use.
func Kind(object map[string]any) Result {
	if object == nil {
		return notFound()
	}
	if result, ok := terminating(object); ok {
		return result
	}
	group, kind := groupKind(object)
	rule := generic
	switch group + "/" + kind {
	case "/ConfigMap", "/Secret", "/ServiceAccount",
		"autoscaling/HorizontalPodAutoscaler", "batch/CronJob", "networking.k8s.io/Ingress",
		"admissionregistration.k8s.io/ValidatingWebhookConfiguration", "admissionregistration.k8s.io/MutatingWebhookConfiguration":
		return available(ReasonExists, "exists")
	case "apps/Deployment":
		rule = deployment
	case "apps/StatefulSet":
		rule = statefulSet
	case "apps/DaemonSet":
		rule = daemonSet
	case "apps/ReplicaSet", "/ReplicationController":
		rule = replicaSet
	case "/Pod":
		rule = pod
	case "batch/Job":
		rule = job
	case "/PersistentVolumeClaim":
		rule = claim
	case "/Service":
		rule = service
	case "/Namespace":
		rule = namespace
	case "policy/PodDisruptionBudget":
		rule = disruptionBudget
	case "apiextensions.k8s.io/CustomResourceDefinition":
		rule = customResourceDefinition
	case "apiregistration.k8s.io/APIService":
		rule = apiService
	}
	if result, ok := outdated(object); ok {
		return result
	}
	return rule(object)
}

func notFound() Result { return progressing(ReasonNotFound, "does not exist") }

// longestGrace is the longest time of grace that is believed, in seconds.
const longestGrace = 365 * 24 * 60 * 60

// terminating is the result for an object that is being deleted.
func terminating(object map[string]any) (Result, bool) {
	value, ok := at(object, "metadata", "deletionTimestamp")
	if !ok || value == nil {
		return Result{}, false
	}
	result := Result{Status: Terminating, Reason: ReasonDeleting, Message: "is being deleted"}
	text, _ := value.(string)
	if end := timeOf(text); !end.IsZero() {
		// The timestamp is when the time of grace ends.
		grace := min(countAt(object, "metadata", "deletionGracePeriodSeconds"), longestGrace)
		result.Since = end.Add(-time.Duration(grace) * time.Second)
	}
	var finalizers []string
	for _, finalizer := range listAt(object, "metadata", "finalizers") {
		if name, ok := finalizer.(string); ok {
			finalizers = append(finalizers, name)
		}
	}
	if len(finalizers) > 0 {
		result.Message += ", which waits for " + inLine(strings.Join(finalizers, ", "))
	}
	return result, true
}

// outdated is the result for an object whose status is about another generation.
func outdated(object map[string]any) (Result, bool) {
	observed, ok := outdatedBy(object, mapAt(object, "status"))
	if !ok {
		return Result{}, false
	}
	return progressing(ReasonStatusOutdated, fmt.Sprintf("its status is about generation %d of the object, which is at %d",
		observed, generation(object))), true
}

// generic is the rule for kinds of which nothing is known: the conditions that
// kstatus calls standard, and Ready.
func generic(object map[string]any) Result {
	if stalled, ok := isTrue(object, "Stalled"); ok {
		return stalled.result(Failed, ReasonFailed)
	}
	if reconciling, ok := isTrue(object, "Reconciling"); ok {
		return reconciling.result(Progressing, ReasonPending)
	}
	if _, ok := conditionOf(object, "Ready"); !ok {
		return available(ReasonExists, "exists")
	}
	return wantTrue(object, "Ready")
}

// wantTrue is the result for an object that is available by one condition.
func wantTrue(object map[string]any, kind string) Result {
	if result, missing := unmet(object, kind, "True"); missing {
		return result
	}
	found, _ := conditionOf(object, kind)
	return Result{
		Status: Available, Reason: reasonOr(found.reason, ReasonAvailable),
		Message: fmt.Sprintf("condition %s is True", kind), Since: found.since,
	}
}
