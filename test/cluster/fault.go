package cluster

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Loss is what of a request gets lost on the way.
type Loss int

// The losses.
const (
	// LoseNothing is the zero value.
	LoseNothing Loss = iota
	// LoseRequest ends the request before it reaches the API server.
	LoseRequest
	// LoseResponse ends it after the API server has executed it. A watch, which has
	// no end, loses its request.
	LoseResponse
)

// Fault is what happens to one request. The zero value lets it pass.
type Fault struct {
	// Delay is how long the request is held back, before all else.
	Delay time.Duration
	// Status other than zero is the code of an answer that Proxy gives itself, with a
	// metav1.Status as the API server would send it: 401, 409, 429, 500, 503 and so
	// on. The request does not reach the API server.
	Status int
	// RetryAfter is the header of that name of such an answer, in whole seconds
	// rounded up. Zero sends none.
	RetryAfter time.Duration
	// Message of such an answer; a text that says it is of the test where it is empty.
	Message string
	// Lose ends the request without an answer. The client sees its stream or
	// connection break off.
	Lose Loss
	// Sever with Lose resets the connection too, with all requests that are on it.
	Sever bool
	// Before is called before the request is passed on, or refused or lost, and
	// After once the API server has executed it and before its answer is passed on or
	// lost. Either may take its time. After is not called for what does not reach the
	// API server.
	Before, After func()
}

// Hook says what happens to the request of a number, which counts from one, in the
// order in which requests arrive. Calls come one after the other, but a hook may be
// called while what it said before still happens. It must not read the body.
type Hook func(n int, r *http.Request) Fault

// KillBefore calls kill when request n has arrived, which gets lost and never reaches
// the API server. kill should return when the client is dead.
func KillBefore(n int, kill func()) Hook {
	return at(n, Fault{Before: kill, Lose: LoseRequest})
}

// KillAfter calls kill when the API server has executed request n, whose answer gets
// lost. kill should return when the client is dead.
func KillAfter(n int, kill func()) Hook {
	return at(n, Fault{After: kill, Lose: LoseResponse})
}

func at(n int, fault Fault) Hook {
	return func(number int, _ *http.Request) Fault {
		if number == n {
			return fault
		}
		return Fault{}
	}
}

// answer writes what the API server says with such a code.
func (f Fault) answer(w http.ResponseWriter) error {
	status := metav1.Status{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"},
		Status:   metav1.StatusFailure,
		Code:     int32(f.Status),
		Reason:   reasons[f.Status],
		Message:  fmt.Sprintf("%s, injected by the test", http.StatusText(f.Status)),
	}
	if f.Message != "" {
		status.Message = f.Message
	}
	if seconds := int(math.Ceil(f.RetryAfter.Seconds())); seconds > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
		status.Details = &metav1.StatusDetails{RetryAfterSeconds: int32(seconds)}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(f.Status)
	return json.NewEncoder(w).Encode(status)
}

// reasons are those that the API server gives with a code.
var reasons = map[int]metav1.StatusReason{
	http.StatusBadRequest:            metav1.StatusReasonBadRequest,
	http.StatusUnauthorized:          metav1.StatusReasonUnauthorized,
	http.StatusForbidden:             metav1.StatusReasonForbidden,
	http.StatusNotFound:              metav1.StatusReasonNotFound,
	http.StatusConflict:              metav1.StatusReasonConflict,
	http.StatusGone:                  metav1.StatusReasonExpired,
	http.StatusRequestEntityTooLarge: metav1.StatusReasonRequestEntityTooLarge,
	http.StatusUnprocessableEntity:   metav1.StatusReasonInvalid,
	http.StatusTooManyRequests:       metav1.StatusReasonTooManyRequests,
	http.StatusInternalServerError:   metav1.StatusReasonInternalError,
	http.StatusServiceUnavailable:    metav1.StatusReasonServiceUnavailable,
	http.StatusGatewayTimeout:        metav1.StatusReasonTimeout,
}
