package probe

import "fmt"

// notObserved is the result for an object whose controller always says which
// generation it has seen, and has not yet: the zeros of such a status mean nothing.
func notObserved(object map[string]any) (Result, bool) {
	if _, ok := observedGeneration(mapAt(object, "status")); ok {
		return Result{}, false
	}
	return progressing(ReasonNotObserved, "its controller has not seen it yet"), true
}

// replicasOf is how many replicas are wanted; the API's default is one.
func replicasOf(object map[string]any) int64 { return countOr(object, 1, "spec", "replicas") }

// have is the result for "1 of 3 replicas are updated".
func have(n, wanted int64, noun, verb string) Result {
	return progressing(ReasonReplicas, haveText(n, wanted, noun, verb))
}

func haveText(n, wanted int64, noun, verb string) string {
	are := "are"
	if wanted == 1 {
		are = "is"
	}
	return fmt.Sprintf("%d of %s %s %s", n, count(wanted, noun), are, verb)
}

// still is the result for "1 old replica is still there".
func still(n int64, noun string) Result {
	are := "are"
	if n == 1 {
		are = "is"
	}
	return progressing(ReasonReplicas, count(n, noun)+" "+are+" still there")
}

// allAvailable is the result for a workload that has all that it wants.
func allAvailable(wanted int64, noun string) Result {
	if wanted == 0 {
		return available(ReasonAvailable, "no "+noun+"s are wanted")
	}
	return available(ReasonAvailable, haveText(wanted, wanted, noun, "available"))
}

func deployment(object map[string]any) Result {
	if result, ok := notObserved(object); ok {
		return result
	}
	missing, ok := deploymentMissing(object)
	if !ok {
		return allAvailable(replicasOf(object), "replica")
	}
	missing = explainReplicaFailure(object, missing)
	if progress, ok := conditionOf(object, "Progressing"); ok && progress.status == "False" {
		missing.Reason, missing.Since = reasonOr(progress.reason, missing.Reason), progress.since
		if progress.reason != "ProgressDeadlineExceeded" {
			missing.Message += "; " + progress.said()
			return missing
		}
		missing.Status = Failed
		missing.Message = colon(missing.Message+"; it has not progressed for as long as progressDeadlineSeconds allows", progress.message)
		return missing
	}
	if boolAt(object, "spec", "paused") {
		missing.Reason = ReasonPaused
		missing.Message += "; its rollout is paused (spec.paused)"
	}
	return missing
}

// deploymentMissing says what a Deployment lacks, false where that is nothing.
func deploymentMissing(object map[string]any) (Result, bool) {
	wanted := replicasOf(object)
	updated := countAt(object, "status", "updatedReplicas")
	total := countAt(object, "status", "replicas")
	running := countAt(object, "status", "availableReplicas")
	switch {
	case updated < wanted:
		return have(updated, wanted, "replica", "updated"), true
	case total > updated:
		return still(total-updated, "old replica"), true
	case updated > wanted:
		return still(updated-wanted, "surplus replica"), true
	case running < wanted:
		result := have(running, wanted, "replica", "available")
		if condition, ok := conditionOf(object, "Available"); ok && condition.status == "False" {
			result.Since = condition.since
		}
		return result, true
	}
	if condition, ok := conditionOf(object, "Available"); ok && condition.status != "True" {
		return condition.result(Progressing, ReasonConditionUnmet), true
	}
	return Result{}, false
}

// replicaSet is the rule for ReplicaSets and ReplicationControllers.
func replicaSet(object map[string]any) Result {
	if result, ok := notObserved(object); ok {
		return result
	}
	wanted, total := replicasOf(object), countAt(object, "status", "replicas")
	labelled, running := countAt(object, "status", "fullyLabeledReplicas"), countAt(object, "status", "availableReplicas")
	var result Result
	switch {
	case total < wanted:
		result = have(total, wanted, "replica", "created")
	case total > wanted:
		result = still(total-wanted, "surplus replica")
	case labelled < wanted:
		result = have(labelled, wanted, "replica", "labelled as the template says")
	case running < wanted:
		result = have(running, wanted, "replica", "available")
	default:
		return allAvailable(wanted, "replica")
	}
	return explainReplicaFailure(object, result)
}

// explainReplicaFailure adds why pods cannot be made, such as a quota. That may end
// by itself.
func explainReplicaFailure(object map[string]any, result Result) Result {
	if failure, ok := isTrue(object, "ReplicaFailure"); ok {
		result.Message += "; pods cannot be made: " + failure.text()
		result.Reason, result.Since = reasonOr(failure.reason, result.Reason), failure.since
	}
	return result
}

func daemonSet(object map[string]any) Result {
	if result, ok := notObserved(object); ok {
		return result
	}
	wanted := countAt(object, "status", "desiredNumberScheduled")
	scheduled := countAt(object, "status", "currentNumberScheduled")
	updated := countAt(object, "status", "updatedNumberScheduled")
	running := countAt(object, "status", "numberAvailable")
	switch {
	case scheduled < wanted:
		return have(scheduled, wanted, "pod", "created")
	case updated < wanted && !onDelete(object):
		return have(updated, wanted, "pod", "updated")
	case running < wanted:
		return have(running, wanted, "pod", "available")
	case wanted == 0:
		return available(ReasonAvailable, "no node is to run it")
	default:
		return allAvailable(wanted, "pod")
	}
}

func statefulSet(object map[string]any) Result {
	if result, ok := notObserved(object); ok {
		return result
	}
	wanted, total := replicasOf(object), countAt(object, "status", "replicas")
	updated, ready := countAt(object, "status", "updatedReplicas"), countAt(object, "status", "readyReplicas")
	// Replicas below the partition keep the old revision.
	toUpdate := max(wanted-countAt(object, "spec", "updateStrategy", "rollingUpdate", "partition"), 0)
	switch {
	case total < wanted:
		return have(total, wanted, "replica", "created")
	case total > wanted:
		return still(total-wanted, "surplus replica")
	case updated < toUpdate && !onDelete(object):
		result := have(updated, toUpdate, "replica", "updated")
		if toUpdate < wanted {
			result.Message += fmt.Sprintf("; the partition leaves out the other %d", wanted-toUpdate)
		}
		return result
	case ready < wanted:
		return have(ready, wanted, "replica", "ready")
	}
	// Clusters before Kubernetes 1.22 do not count these.
	if running, ok := integerAt(object, "status", "availableReplicas"); ok && running < wanted {
		return have(max(running, 0), wanted, "replica", "available")
	}
	return allAvailable(wanted, "replica")
}

// onDelete reports whether pods are updated when somebody deletes them, which
// nobody waits for.
func onDelete(object map[string]any) bool {
	return textAt(object, "spec", "updateStrategy", "type") == "OnDelete"
}
