package probe

import (
	"fmt"
	"strings"
	"time"
)

// condition is one entry of status.conditions.
type condition struct {
	kind, status, reason, message string
	since                         time.Time
	// outdated means that it is about another generation of the object: observed.
	outdated bool
	observed int64
}

// conditionOf returns the first condition of the type.
func conditionOf(object map[string]any, kind string) (condition, bool) {
	for _, item := range listAt(object, "status", "conditions") {
		entry, ok := item.(map[string]any)
		if !ok || textAt(entry, "type") != kind {
			continue
		}
		found := condition{
			kind: kind, status: textAt(entry, "status"),
			reason: textAt(entry, "reason"), message: textAt(entry, "message"),
			since: timeOf(textAt(entry, "lastTransitionTime")),
		}
		found.observed, found.outdated = outdatedBy(object, entry)
		return found, true
	}
	return condition{}, false
}

// isTrue reports whether the object has the condition, about its present
// generation, with the status True.
func isTrue(object map[string]any, kind string) (condition, bool) {
	found, ok := conditionOf(object, kind)
	return found, ok && !found.outdated && found.status == "True"
}

func timeOf(text string) time.Time {
	parsed, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return parsed
}

// said is "condition Ready is False: its message".
func (c condition) said() string {
	status := word(c.status)
	if status == "" {
		status = "without a status"
	}
	what := fmt.Sprintf("condition %s is %s", word(c.kind), status)
	if c.message == "" {
		return colon(what, c.reason)
	}
	return colon(what, c.message)
}

// text is the message of the condition, or its reason.
func (c condition) text() string {
	if message := strings.TrimSuffix(inLine(c.message), "."); message != "" {
		return message
	}
	return reasonOr(c.reason, "without a reason")
}

// result is what follows from the condition.
func (c condition) result(status Status, reason string) Result {
	return Result{Status: status, Reason: reasonOr(c.reason, reason), Message: c.said(), Since: c.since}
}

// unmet tells what is missing of the condition's having a status: nothing where
// the second result is false.
func unmet(object map[string]any, kind, status string) (Result, bool) {
	found, ok := conditionOf(object, kind)
	switch {
	case !ok:
		return progressing(ReasonConditionMissing, conditionMissing(object, kind)), true
	case found.outdated:
		return Result{
			Status: Progressing, Reason: ReasonStatusOutdated, Since: found.since,
			Message: fmt.Sprintf("condition %s is about generation %d of the object, which is at %d", word(kind), found.observed, generation(object)),
		}, true
	case found.status != status:
		return found.result(Progressing, ReasonConditionUnmet), true
	default:
		return Result{}, false
	}
}

func conditionMissing(object map[string]any, kind string) string {
	message := fmt.Sprintf("condition %s is not there yet", word(kind))
	conditions, ok := at(object, "status", "conditions")
	if !ok || conditions == nil {
		return message + ", the status has no conditions"
	}
	if _, ok := conditions.([]any); !ok {
		return message + fmt.Sprintf(", status.conditions is %s and not a list", describe(conditions, true))
	}
	return message
}
