package probe

import "fmt"

func pod(object map[string]any) Result {
	phase := textAt(object, "status", "phase")
	switch phase {
	case "Succeeded":
		return available(ReasonCompleted, "has completed")
	case "Failed":
		return podFailed(object)
	}
	if ready, ok := isTrue(object, "Ready"); ok {
		return Result{Status: Available, Reason: ReasonAvailable, Message: "is ready", Since: ready.since}
	}
	if scheduled, ok := conditionOf(object, "PodScheduled"); ok && !scheduled.outdated && scheduled.status == "False" {
		return Result{
			Status: Progressing, Reason: reasonOr(scheduled.reason, ReasonPending),
			Message: "is on no node: " + scheduled.text(), Since: scheduled.since,
		}
	}
	if result, ok := containerWaiting(object); ok {
		return result
	}
	if ready, ok := conditionOf(object, "Ready"); ok {
		if result, missing := unmet(object, "Ready", "True"); missing {
			result.Message = fmt.Sprintf("is %s: %s", phaseOr(phase), result.Message)
			result.Since = ready.since
			return result
		}
	}
	if phase == "" {
		return progressing(ReasonNotObserved, "has no status yet")
	}
	return progressing(ReasonPending, fmt.Sprintf("is %s and not ready", phaseOr(phase)))
}

func phaseOr(phase string) string {
	if phase == "" {
		return "without a phase"
	}
	return word(phase)
}

func podFailed(object map[string]any) Result {
	result := failed(reasonOr(textAt(object, "status", "reason"), ReasonFailed), colon("has failed", textAt(object, "status", "message")))
	for _, list := range containerLists {
		for _, status := range mapsAt(object, "status", list) {
			ended := mapAt(status, "state", "terminated")
			if code, ok := integerAt(ended, "exitCode"); ok && code != 0 {
				result.Message += fmt.Sprintf("; container %s ended with exit code %d", word(textAt(status, "name")), code)
				if reason := reasonOr(textAt(ended, "reason"), ""); reason != "" && reason != "Error" {
					result.Message += " (" + reason + ")"
				}
				return result
			}
		}
	}
	return result
}

// containerLists are the fields of a pod's status that tell of containers, in the
// order in which they start.
var containerLists = [...]string{"initContainerStatuses", "containerStatuses"}

// containerWaiting tells of the first container that waits for more than its turn.
func containerWaiting(object map[string]any) (Result, bool) {
	for _, list := range containerLists {
		for _, status := range mapsAt(object, "status", list) {
			waiting := mapAt(status, "state", "waiting")
			reason := reasonOr(textAt(waiting, "reason"), "")
			if reason == "" || reason == "ContainerCreating" || reason == "PodInitializing" {
				continue
			}
			result := progressing(reason, fmt.Sprintf("container %s is in %s", word(textAt(status, "name")), reason))
			if reason == "CrashLoopBackOff" {
				result.Message += crashed(status)
			} else {
				result.Message = colon(result.Message, textAt(waiting, "message"))
			}
			if reason == "InvalidImageName" { // the name does not get better
				result.Status = Failed
			}
			return result, true
		}
	}
	return Result{}, false
}

// crashed says how often a container ended, and how.
func crashed(status map[string]any) string {
	said := fmt.Sprintf(": it ended and was started again %s", times(countAt(status, "restartCount")))
	last := mapAt(status, "lastState", "terminated")
	if code, ok := integerAt(last, "exitCode"); ok {
		said += fmt.Sprintf(", last with exit code %d", code)
	}
	if reason := reasonOr(textAt(last, "reason"), ""); reason != "" && reason != "Error" && reason != "Completed" {
		said += " (" + reason + ")"
	}
	return said
}

func times(n int64) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
