package registry

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/packstage/packstage/diagnostic"
)

// RetryPolicy says when a request that failed is made again: after an answer
// 408, 429, 500, 502, 503 or 504, and after a connection that broke or stalled.
// Zero fields are defaults.
type RetryPolicy struct {
	// Attempts is the number of times in all, the first one included. 1 is
	// never again. Default 5.
	Attempts int
	// MinDelay is the wait after the first attempt; it doubles each time, up to
	// MaxDelay, and half of it is left to chance, so that many clients do not
	// come back at once. Defaults 250 ms and 8 s.
	MinDelay, MaxDelay time.Duration
	// MaxRetryAfter is the longest that a registry may ask to wait by
	// Retry-After; where it asks for more, the call fails at once and says so.
	// Default 30 s.
	MaxRetryAfter time.Duration
}

func (p RetryPolicy) withDefaults() RetryPolicy {
	if p.Attempts <= 0 {
		p.Attempts = 5
	}
	if p.MinDelay <= 0 {
		p.MinDelay = 250 * time.Millisecond
	}
	if p.MaxDelay <= 0 {
		p.MaxDelay = 8 * time.Second
	}
	if p.MaxRetryAfter <= 0 {
		p.MaxRetryAfter = 30 * time.Second
	}
	return p
}

// wait waits before another attempt, the first of which is number 1. It returns
// an error where there is none to be made: the error that it was given, or one
// that says why.
func (p RetryPolicy) wait(ctx context.Context, attempt int, failed error) error {
	if attempt >= p.Attempts || !isTemporary(failed) {
		return failed
	}
	// A host that says nothing has taken its time already.
	const mostStalls = 2
	if attempt >= mostStalls && errors.Is(failed, errStalled) {
		return failed
	}
	delay := min(p.MinDelay<<min(attempt-1, 20), p.MaxDelay)
	delay = delay/2 + rand.N(delay/2+1)
	var answer *answerError
	if errors.As(failed, &answer) && answer.retryAfter > 0 {
		if answer.retryAfter > p.MaxRetryAfter {
			return fmt.Errorf("%w; the registry asks to wait for %s", failed, answer.retryAfter.Round(time.Second))
		}
		delay = max(delay, answer.retryAfter)
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < delay {
		// The answer says more than a deadline that passed while waiting.
		return failed
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

// isTemporary tells whether the same request might succeed a moment later.
func isTemporary(err error) bool {
	var (
		source *sourceError
		repeat *repeatError
		stated *statedDigestError
	)
	switch {
	case errors.As(err, &repeat), errors.As(err, &stated):
		return true
	case errors.As(err, &source), errors.As(err, new(diagnostic.Diagnostics)):
		return false
	}
	var answer *answerError
	if errors.As(err, &answer) {
		switch answer.status {
		case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
			http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			return true
		}
		return false
	}
	for _, final := range []error{ErrPlainHTTP, ErrProtocol, ErrUnauthorized, ErrForbidden, ErrConfiguration, context.Canceled} {
		if errors.Is(err, final) {
			return false
		}
	}
	return !isCertificateError(err) && !isUnknownHost(err)
}

func isCertificateError(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		record       tls.RecordHeaderError
		alert        tls.AlertError
		invalid      x509.CertificateInvalidError
	)
	// An alert of the other side, such as for a client certificate that is missing.
	var refused *net.OpError
	if errors.As(err, &refused) && refused.Op == "remote error" {
		return true
	}
	return errors.As(err, &verification) || errors.As(err, &record) || errors.As(err, &alert) || errors.As(err, &invalid)
}

func isUnknownHost(err error) bool {
	var lookup *net.DNSError
	return errors.As(err, &lookup) && lookup.IsNotFound
}

// parseRetryAfter reads the header's two forms (RFC 9110, section 10.2.3).
func parseRetryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseInt(header, 10, 32); err == nil {
		return max(0, time.Duration(seconds)*time.Second)
	}
	if date, err := http.ParseTime(header); err == nil {
		return max(0, date.Sub(now))
	}
	return 0
}
