package probe

import "fmt"

// job is available when it is complete: what comes after a Job mostly needs what
// it has done.
func job(object map[string]any) Result {
	if complete, ok := isTrue(object, "Complete"); ok {
		return Result{Status: Available, Reason: ReasonCompleted, Message: "is complete", Since: complete.since}
	}
	for _, kind := range []string{"Failed", "FailureTarget"} {
		if failure, ok := isTrue(object, kind); ok {
			return Result{
				Status: Failed, Reason: reasonOr(failure.reason, ReasonFailed),
				Message: "has failed: " + failure.text(), Since: failure.since,
			}
		}
	}
	if success, ok := isTrue(object, "SuccessCriteriaMet"); ok {
		return Result{
			Status: Progressing, Reason: reasonOr(success.reason, ReasonRunning),
			Message: "has succeeded, and its last pods are being ended", Since: success.since,
		}
	}
	succeeded := count(countAt(object, "status", "succeeded"), "pod") + " succeeded"
	if wanted, ok := integerAt(object, "spec", "completions"); ok {
		succeeded = haveCompleted(countAt(object, "status", "succeeded"), max(wanted, 0))
	}
	if boolAt(object, "spec", "suspend") {
		result := progressing(ReasonPaused, "is suspended (spec.suspend); "+succeeded)
		if suspended, ok := isTrue(object, "Suspended"); ok {
			result.Since = suspended.since
		}
		return result
	}
	if textAt(object, "status", "startTime") == "" {
		return progressing(ReasonNotObserved, "has not started yet")
	}
	result := progressing(ReasonRunning, fmt.Sprintf("%s, %d active", succeeded, countAt(object, "status", "active")))
	if failures := countAt(object, "status", "failed"); failures > 0 {
		result.Message += fmt.Sprintf(", %d failed (at most %d may)", failures, countOr(object, 6, "spec", "backoffLimit"))
	}
	result.Since = timeOf(textAt(object, "status", "startTime"))
	return result
}

func haveCompleted(n, wanted int64) string {
	if wanted == 1 {
		return fmt.Sprintf("%d of 1 pod has succeeded", n)
	}
	return fmt.Sprintf("%d of %d pods have succeeded", n, wanted)
}
