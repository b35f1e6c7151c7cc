package retrying

import (
	"fmt"
	"time"
)

// failed is the error of a call that was repeated in vain. The last attempt's error
// is below it, so that predicates of k8s.io/apimachinery/pkg/api/errors hold.
type failed struct {
	err      error
	attempts int
	took     time.Duration
	// interrupted is the end of the context that stopped the repetitions.
	interrupted error
}

// Error says how often and how long the call was tried.
func (e *failed) Error() string {
	tried := fmt.Sprintf("tried %d times in %s", e.attempts, e.took.Round(100*time.Millisecond))
	if e.attempts == 1 {
		tried = "tried once"
	}
	if e.interrupted != nil {
		return fmt.Sprintf("%v (%s, the last error: %v)", e.interrupted, tried, e.err)
	}
	return fmt.Sprintf("%v (%s)", e.err, tried)
}

// Unwrap returns the end of the context, where there was one, and the last error.
func (e *failed) Unwrap() []error {
	if e.interrupted != nil {
		return []error{e.interrupted, e.err}
	}
	return []error{e.err}
}
