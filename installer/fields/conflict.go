package fields

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Conflict is a field that server-side apply would have had to take from another
// manager.
type Conflict struct {
	// Manager owns the field, like "kubectl-edit".
	Manager string `json:"manager"`
	// Subresource by which the manager wrote it, like "scale"; often none.
	Subresource string `json:"subresource,omitempty"`
	// APIVersion with which it was written, like "apps/v1"; empty for managers that
	// apply, of which the server does not say it.
	APIVersion string `json:"apiVersion,omitempty"`
	// Path of the field in the form of the package's documentation.
	Path string `json:"path"`
}

// String returns the conflict for people, like ".spec.replicas belongs to hpa".
func (c Conflict) String() string {
	text := c.Path + " belongs to " + visible(c.Manager)
	if c.Subresource != "" {
		text += " (subresource " + visible(c.Subresource) + ")"
	}
	return text
}

// Conflicts returns what a refused server-side apply says of fields of other
// managers, sorted by path and manager; nil where the error is none of that kind, as
// the conflict about a resourceVersion or UID.
//
// The server writes paths without quotes around names that have dots. Where they are
// the names of labels, annotations, resources and the like, they are told apart; a
// custom resource that has such names elsewhere has them split at the dots.
func Conflicts(err error) []Conflict {
	var conflicts []Conflict
	for _, cause := range causesOf(err, http.StatusConflict, metav1.StatusReasonConflict) {
		if cause.Type == metav1.CauseTypeFieldManagerConflict {
			conflict := readManager(cause.Message)
			conflict.Path = serverPath(cause.Field)
			conflicts = append(conflicts, conflict)
		}
	}
	slices.SortStableFunc(conflicts, func(a, b Conflict) int {
		if order := comparePaths(a.Path, b.Path); order != 0 {
			return order
		}
		return strings.Compare(a.Manager, b.Manager)
	})
	return conflicts
}

// readManager reads: conflict with "name" with subresource "scale" using apps/v1 at
// 2026-01-02T03:04:05Z. All but the name may be missing.
func readManager(message string) Conflict {
	var conflict Conflict
	rest := strings.TrimPrefix(message, "conflict with ")
	conflict.Manager, rest = unquotePrefix(rest)
	if after, ok := strings.CutPrefix(rest, " with subresource "); ok {
		conflict.Subresource, rest = unquotePrefix(after)
	}
	if after, ok := strings.CutPrefix(rest, " using "); ok {
		conflict.APIVersion, _, _ = strings.Cut(after, " ")
	}
	return conflict
}

// unquotePrefix reads a quoted text; what is not quoted is taken as it is.
func unquotePrefix(text string) (unquoted, rest string) {
	prefix, err := strconv.QuotedPrefix(text)
	if err != nil {
		return text, ""
	}
	if unquoted, err = strconv.Unquote(prefix); err != nil {
		return text, ""
	}
	return unquoted, text[len(prefix):]
}

func comparePaths(a, b string) int {
	pathA, errA := parsePath(a)
	pathB, errB := parsePath(b)
	if errA != nil || errB != nil {
		return strings.Compare(a, b)
	}
	return pathA.compare(pathB)
}
