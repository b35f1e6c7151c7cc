package fields

import (
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
func IsImmutable(err error) []string {
	var status apierrors.APIStatus
	if !errors.As(err, &status) {
		return nil
	}
	answer := status.Status()
	if answer.Details == nil || answer.Code != http.StatusUnprocessableEntity && answer.Reason != metav1.StatusReasonInvalid {
		return nil
	}
	var paths []string
	for _, cause := range answer.Details.Causes {
		if refusesChange(cause) {
			paths = append(paths, causePath(cause.Field))
		}
	}
	slices.SortFunc(paths, comparePaths)
	return slices.Compact(paths)
}

// refusesChange tells whether a cause says that a field cannot be changed.
func refusesChange(cause metav1.StatusCause) bool {
	message := strings.ToLower(cause.Message)
	if strings.HasPrefix(message, "forbidden: updates to ") {
		return true
	}
	for _, words := range []string{
		"immutable", "may not change", "may not be changed", "may not be updated", "cannot change", "cannot be changed",
		"can not be changed", "cannot be updated", "must not change", "must not be changed", "cannot be modified",
		"update is forbidden", "update from non-nil value to nil is forbidden", "self == oldself", "oldself == self",
	} {
		if strings.Contains(message, words) {
			return true
		}
	}
	return false
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
