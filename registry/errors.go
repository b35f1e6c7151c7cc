package registry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode"

	"github.com/packstage/packstage/diagnostic"
)

// What can go wrong between this process and a registry. Each error of this
// package that is not a finding and not the caller's cancelled context matches
// one of them by errors.Is.
var (
	// ErrInvalidReference is a reference that does not parse.
	ErrInvalidReference = errors.New("invalid reference")
	// ErrNotFound is a repository, manifest or blob that the registry does not
	// have, or does not show to this user.
	ErrNotFound = errors.New("not found")
	// ErrUnauthorized means missing or wrong credentials.
	ErrUnauthorized = errors.New("unauthorized")
	// ErrForbidden means credentials that are not allowed to do this.
	ErrForbidden = errors.New("forbidden")
	// ErrTooManyRequests means that the registry wants fewer requests.
	ErrTooManyRequests = errors.New("too many requests")
	// ErrRejected is any other answer that blames the request.
	ErrRejected = errors.New("rejected by the registry")
	// ErrUnavailable is an answer in which the registry blames itself.
	ErrUnavailable = errors.New("registry unavailable")
	// ErrUnreachable means that there was no answer: name resolution,
	// connection, TLS, or a connection that broke.
	ErrUnreachable = errors.New("unreachable")
	// ErrPlainHTTP is a request without TLS that was not made.
	ErrPlainHTTP = errors.New("refusing plain HTTP")
	// ErrProtocol is an answer that no registry should give.
	ErrProtocol = errors.New("protocol violation")
	// ErrArtifactType is a manifest that the registry refuses and that has an
	// artifactType: some registries take only types that they know. The error
	// matches ErrRejected, too.
	ErrArtifactType = errors.New("the registry may not take the artifactType of the manifest")
	// ErrConfiguration means settings for a host that cannot be used, such as a
	// certificate that cannot be read.
	ErrConfiguration = errors.New("registry configuration")
)

// configurationError matches ErrConfiguration without saying it: the Error around
// it does.
type configurationError struct{ err error }

func (e *configurationError) Error() string   { return e.err.Error() }
func (e *configurationError) Unwrap() []error { return []error{ErrConfiguration, e.err} }

// Error is trouble with a registry.
type Error struct {
	// Operation is what was tried, such as "pull manifest".
	Operation string
	// Reference is what it was tried on.
	Reference string
	// Host is the registry.
	Host string
	// Kind is one of the sentinel errors, or nil where the caller's context
	// ended.
	Kind error
	// Err is the cause, if there is more to say.
	Err error
}

// Error says what was tried on what, at which host, and how it ended.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Operation)
	if e.Reference != "" {
		fmt.Fprintf(&b, " %s", e.Reference)
	}
	if e.Host != "" {
		fmt.Fprintf(&b, ": registry %s", e.Host)
	}
	if e.Kind != nil {
		fmt.Fprintf(&b, ": %v", e.Kind)
	}
	if e.Err != nil {
		said := explain(e.Host, e.Err)
		if said == "" {
			said = e.Err.Error()
		}
		fmt.Fprintf(&b, ": %s", shorten(said))
	}
	return b.String()
}

// Unwrap returns the kind and the cause.
func (e *Error) Unwrap() []error {
	var errs []error
	for _, err := range []error{e.Kind, e.Err} {
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// shorten keeps pages of HTML that proxies answer with out of messages.
func shorten(text string) string {
	const most = 400
	text = strings.Join(strings.Fields(text), " ")
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1 // it would speak to the terminal of whoever reads it
		}
		return r
	}, text)
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

// classify makes an Error of any error of a request. Where the context ended,
// that is the cause, whatever the transport made of it.
func classify(ctx context.Context, operation, reference, host string, err error) error {
	var (
		known   *Error
		finding diagnostic.Diagnostics
	)
	switch {
	case err == nil || errors.As(err, &known):
		return err
	case errors.As(err, &finding):
		return finding
	}
	classified := &Error{Operation: operation, Reference: reference, Host: host, Err: err}
	var answer *answerError
	switch {
	case ctx.Err() != nil:
		classified.Err = context.Cause(ctx)
	case errors.Is(err, ErrPlainHTTP), speaksPlainHTTP(err):
		classified.Kind = ErrPlainHTTP
	case errors.Is(err, ErrProtocol):
		classified.Kind = ErrProtocol
	case errors.Is(err, ErrUnauthorized):
		classified.Kind = ErrUnauthorized
	case errors.Is(err, ErrConfiguration):
		classified.Kind, classified.Err = ErrConfiguration, err
	case errors.As(err, &answer):
		classified.Kind = kindOfAnswer(answer)
	default:
		classified.Kind = ErrUnreachable
	}
	return classified
}

func kindOfAnswer(answer *answerError) error {
	switch status := answer.status; {
	case status == http.StatusNotFound:
		return ErrNotFound
	case status == http.StatusUnauthorized:
		return ErrUnauthorized
	case status == http.StatusForbidden:
		return ErrForbidden
	case status == http.StatusTooManyRequests:
		return ErrTooManyRequests
	case status >= 500:
		return ErrUnavailable
	case status >= 400:
		return ErrRejected
	default:
		return ErrProtocol
	}
}
