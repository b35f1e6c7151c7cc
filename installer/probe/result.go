package probe

import "time"

// Status says how far an object is.
type Status string

const (
	// Available means that what was asked for is there and works.
	Available Status = "Available"
	// Progressing means that it is not available, and may become so by itself.
	Progressing Status = "Progressing"
	// Failed means that it is not available, and its controller has given up:
	// without a change it stays so.
	Failed Status = "Failed"
	// Terminating means that the object is being deleted.
	Terminating Status = "Terminating"
)

// Reasons of this package. Where a condition of the object decides and has a
// reason, that is the result's reason instead.
const (
	// ReasonExists: the object needs nothing but to exist.
	ReasonExists = "Exists"
	// ReasonAvailable: all that is asked of the kind is there.
	ReasonAvailable = "Available"
	// ReasonProbesHold: all probes of the package hold.
	ReasonProbesHold = "ProbesHold"
	// ReasonCompleted: a Job or a pod has done its work.
	ReasonCompleted = "Completed"
	// ReasonConsumerFirst: a claim that may be waiting for its first pod.
	ReasonConsumerFirst = "ConsumerFirst"

	// ReasonNotFound: there is no object.
	ReasonNotFound = "NotFound"
	// ReasonDeleting: the object has a deletionTimestamp.
	ReasonDeleting = "Deleting"
	// ReasonStatusOutdated: the status is about an older generation.
	ReasonStatusOutdated = "StatusOutdated"
	// ReasonNotObserved: the controller has not written a status yet.
	ReasonNotObserved = "NotObserved"
	// ReasonConditionMissing: there is no condition of the type.
	ReasonConditionMissing = "ConditionMissing"
	// ReasonConditionUnmet: the condition has another status, and no reason.
	ReasonConditionUnmet = "ConditionUnmet"
	// ReasonFieldMissing: a field that a probe names is not there.
	ReasonFieldMissing = "FieldMissing"
	// ReasonFieldsDiffer: a field does not have the value that a probe wants.
	ReasonFieldsDiffer = "FieldsDiffer"
	// ReasonRuleUnmet: a CEL rule is false.
	ReasonRuleUnmet = "RuleUnmet"
	// ReasonRuleError: a CEL rule cannot be evaluated for the object.
	ReasonRuleError = "RuleError"
	// ReasonReplicas: replicas are missing, old, or not available.
	ReasonReplicas = "Replicas"
	// ReasonPaused: the rollout is paused.
	ReasonPaused = "Paused"
	// ReasonPending: the object waits for something that its message names.
	ReasonPending = "Pending"
	// ReasonRunning: a Job or a pod is at work.
	ReasonRunning = "Running"
	// ReasonFailed: the object says that it failed, without a reason.
	ReasonFailed = "Failed"
)

// Result is what checking one object found.
type Result struct {
	Status Status
	// Reason is one word for programs: one of this package's, or that of the
	// condition that decides.
	Reason string
	// Message says in words what is there or missing, in one line of at most 2,000
	// bytes, without a full stop.
	Message string
	// Since is the lastTransitionTime of the condition that decides; for a Job at
	// work its start, and for an object that is being deleted when that was asked
	// for. It is zero where nothing is known.
	Since time.Time
}

func available(reason, message string) Result {
	return Result{Status: Available, Reason: reason, Message: message}
}

func progressing(reason, message string) Result {
	return Result{Status: Progressing, Reason: reason, Message: message}
}

func failed(reason, message string) Result {
	return Result{Status: Failed, Reason: reason, Message: message}
}
