package installer

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/history"
)

// BlockedError tells that nothing was done, because of what was found before the
// first write.
type BlockedError struct {
	Release cluster.Release
	// Diagnostics are all findings, warnings among them.
	Diagnostics diagnostic.Diagnostics
}

// Error returns the findings that block, one a line.
func (e *BlockedError) Error() string {
	return fmt.Sprintf("release %s was not touched:\n%v", e.Release, e.Diagnostics.WithSeverity(diagnostic.Error))
}

// Unwrap returns the findings.
func (e *BlockedError) Unwrap() error { return e.Diagnostics.Err() }

// PhaseError tells that a phase did not become available, or did not go.
type PhaseError struct {
	Release  cluster.Release
	Revision int
	Phase    string
	// Removing tells that the phase was to go.
	Removing bool
	// GivenUp tells that objects of the phase cannot become available any more.
	GivenUp bool
	// Waiting are the objects that are waited for, with the reasons.
	Waiting []Waiting
	// After is how long the phase was waited for.
	After time.Duration
	// Cause is what ended it, where that was not time: the error of a write.
	Cause error
}

// Waiting is an object that is waited for.
type Waiting struct {
	Object cluster.Reference `json:"object"`
	Phase  string            `json:"phase,omitempty"`
	// Reason for programs, Message for people.
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message"`
	// Since is when it began to be so, as far as that is known.
	Since time.Time `json:"since,omitzero"`
}

// Error says what is waited for.
func (e *PhaseError) Error() string {
	var text strings.Builder
	switch {
	case e.Cause != nil:
		fmt.Fprintf(&text, "phase %q: %v", e.Phase, e.Cause)
	case e.Removing:
		fmt.Fprintf(&text, "phase %q is not gone after %s", e.Phase, e.After.Round(time.Second))
	case e.GivenUp:
		fmt.Fprintf(&text, "phase %q cannot become available", e.Phase)
	default:
		fmt.Fprintf(&text, "phase %q is not available after %s", e.Phase, e.After.Round(time.Second))
	}
	const shown = 5
	for i, waiting := range e.Waiting {
		if i == shown {
			fmt.Fprintf(&text, "\n  and %d more", len(e.Waiting)-shown)
			break
		}
		fmt.Fprintf(&text, "\n  %s: %s", waiting.Object, waiting.Message)
	}
	return text.String()
}

// Unwrap returns the cause.
func (e *PhaseError) Unwrap() error { return e.Cause }

// PausedError tells that the release is paused, and by whom.
type PausedError struct {
	Release cluster.Release
	Pause   history.Pause
}

// Error says who paused the release, and how it goes on.
func (e *PausedError) Error() string {
	text := fmt.Sprintf("release %s is paused since %s", e.Release, e.Pause.Since.UTC().Format(time.RFC3339))
	if e.Pause.Who != "" {
		text += " by " + e.Pause.Who
	}
	if e.Pause.Why != "" {
		text += ": " + e.Pause.Why
	}
	return text + "; resume it first"
}

// RemovingError tells that the removal of the release has begun and has to end first.
type RemovingError struct {
	Release cluster.Release
}

// Error says what to do.
func (e *RemovingError) Error() string {
	return fmt.Sprintf("release %s is being removed: delete it again until it is gone, then apply", e.Release)
}

// RevisionError tells that a release has no such revision.
type RevisionError struct {
	Release cluster.Release
	Number  int
	// Have are the revisions that there are.
	Have []int
}

// Error names the revisions that there are.
func (e *RevisionError) Error() string {
	if e.Number == 0 {
		return fmt.Sprintf("release %s has no earlier revision that was available; kept are: %s", e.Release, numbers(e.Have))
	}
	return fmt.Sprintf("release %s has no revision %d any more, or never had; kept are: %s", e.Release, e.Number, numbers(e.Have))
}

func numbers(list []int) string {
	texts := make([]string, len(list))
	for i, number := range list {
		texts[i] = strconv.Itoa(number)
	}
	return strings.Join(texts, ", ")
}
