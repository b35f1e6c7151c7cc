package fields

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// IsImmutable returns the paths of the fields that the server refuses to change on an
// object that exists, sorted; nil where the error is not about that.
//
// The server says it in words only. Known are those of Kubernetes' own kinds (fields
// of StatefulSets, Jobs, claims, Services, role bindings, immutable ConfigMaps and
// Secrets, ...), of definitions of custom resources, and of their rules where these
// have no message of their own, or one that has the word "immutable". Where the
// server names a whole, as it does for the spec of a StatefulSet, so does the path.
// A UID that is another one is not a field that somebody changed: see [IsReplaced].
func IsImmutable(err error) []string {
	var paths []string
	for _, cause := range causesOf(err, http.StatusUnprocessableEntity, metav1.StatusReasonInvalid) {
		if cause.Field != uidField && refusesChange(cause) {
			paths = append(paths, causePath(cause.Field))
		}
	}
	slices.SortFunc(paths, comparePaths)
	return slices.Compact(paths)
}

// causesOf returns the causes that a server gives for a refusal with a code or reason;
// none where the error is no such refusal.
func causesOf(err error, code int32, reason metav1.StatusReason) []metav1.StatusCause {
	var status apierrors.APIStatus
	if !errors.As(err, &status) {
		return nil
	}
	answer := status.Status()
	if answer.Details == nil || answer.Code != code && answer.Reason != reason {
		return nil
	}
	return answer.Details.Causes
}

// uidField is how the server names the UID.
const uidField = "metadata.uid"

// IsReplaced tells that the server refused to write or delete because the object
// there does not have the UID that was given with the request, or because there is
// none: the one that the caller knows is gone.
func IsReplaced(err error) bool {
	var status apierrors.APIStatus
	if !errors.As(err, &status) {
		return false
	}
	answer := status.Status()
	switch answer.Reason {
	case metav1.StatusReasonInvalid: // a write, where there is another object
		return answer.Details != nil && slices.ContainsFunc(answer.Details.Causes, func(cause metav1.StatusCause) bool {
			return cause.Field == uidField && refusesChange(cause)
		})
	case metav1.StatusReasonConflict: // a write, where there is none; a removal
		return strings.Contains(answer.Message, "uid mismatch") || strings.Contains(answer.Message, "UID in precondition") ||
			strings.Contains(answer.Message, "UID in the precondition")
	}
	return false
}

// refusesChange tells whether a cause says that a field cannot be changed.
func refusesChange(cause metav1.StatusCause) bool {
	reason := strings.ToLower(reasonOf(cause.Message))
	if strings.HasPrefix(reason, "updates to ") && strings.Contains(reason, "forbidden") {
		return true
	}
	for _, words := range []string{
		"immutable", "may not change", "may not be changed", "may not be updated", "cannot change", "cannot be changed",
		"can not be changed", "cannot be updated", "must not change", "must not be changed", "cannot be modified",
		"update is forbidden", "update from non-nil value to nil is forbidden", "self == oldself", "oldself == self",
	} {
		if strings.Contains(reason, words) {
			return true
		}
	}
	return false
}

// reasonOf returns what a message says, without the value that it says it about and
// without the differences that are in the lines below.
func reasonOf(message string) string {
	if reason, ok := strings.CutPrefix(message, "Forbidden: "); ok {
		reason, _, _ = strings.Cut(reason, "\n")
		return reason
	}
	rest, ok := strings.CutPrefix(message, "Invalid value: ")
	if !ok {
		return ""
	}
	if prefix, err := strconv.QuotedPrefix(rest); err == nil {
		return rest[len(prefix):]
	}
	decoder := json.NewDecoder(strings.NewReader(rest))
	var value json.RawMessage
	if err := decoder.Decode(&value); err == nil {
		return rest[decoder.InputOffset():]
	}
	return rest[strings.LastIndex(rest, ": ")+1:] // a value in the form of Go
}

// causePath returns a path of a validation, like "spec.ports[0].nodePort" or
// "metadata.annotations[a.b/c]", in the form of this package.
func causePath(field string) string {
	var at path
	for rest := field; rest != "" && rest != "<nil>"; {
		if rest[0] == '[' {
			name, after, found := strings.Cut(rest[1:], "]")
			if !found {
				return visible(field)
			}
			if index, err := strconv.Atoi(name); err == nil && index >= 0 {
				at = at.with(element{kind: byIndex, index: index})
			} else {
				at = at.child(strings.Trim(name, `"`))
			}
			rest = after
			continue
		}
		var step element
		step, rest = parseField(strings.TrimPrefix(rest, "."))
		if step.name != "" {
			at = at.with(step)
		}
	}
	return at.String()
}
