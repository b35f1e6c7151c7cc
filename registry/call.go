package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
)

// call is one request and what its errors are told with.
type call struct {
	operation  string
	reference  string
	repository name.Repository
	push       bool
	// mountFrom is another repository that is read from by it, without a host.
	mountFrom string
	method    string
	// path below the repository, and query; or at is a whole address that the
	// place gave.
	path  string
	query url.Values
	at    *url.URL
	place *place // the only one to ask; nil is all places of the repository
	// header is sent as it is.
	header http.Header
	// body is opened for each attempt; length is the number of its bytes.
	body   func() (io.ReadCloser, error)
	length int64
	// once leaves trying again to the caller.
	once bool
	// limit, where it is set, has the body of the answer read whole, of so many
	// bytes at most, and check looks at it before it counts as an answer.
	limit int64
	check func(*http.Response, []byte) error
	// want are the statuses that are no error.
	want []int
	kind transferKind
}

// transferKind says which of a host's slots a call takes.
type transferKind int

const (
	simple transferKind = iota
	download
	upload
)

// answer is a response and the place that it is from. The caller closes the
// response's body.
type answer struct {
	*http.Response
	place *place
	raw   []byte // of a call with a limit
	// release gives back the slot of a download, when its body is read.
	release func()
}

// do makes a request: of a pull, at the mirrors in order and then at the
// registry itself. Each error is an [Error].
func (c *Client) do(ctx context.Context, call call) (*answer, error) {
	if call.place != nil {
		return c.doAt(ctx, call, call.place)
	}
	places, err := c.places(call.repository, !call.push)
	if err != nil {
		return nil, c.fail(ctx, call, call.repository.RegistryStr(), err)
	}
	for i, place := range places {
		last := i == len(places)-1
		if !last && place.host.isDown() {
			continue
		}
		mirrored := call
		// Another place is sooner asked than the same one again.
		mirrored.once = call.once || !last
		response, err := c.doAt(ctx, mirrored, place)
		if err == nil || last || ctx.Err() != nil {
			return response, err
		}
		if errors.Is(err, ErrUnreachable) || errors.Is(err, ErrUnavailable) {
			place.host.setDown()
		}
		if !errors.Is(err, ErrNotFound) {
			c.warn(fmt.Errorf("mirror of %s: %w", call.repository.Name(), err))
		}
	}
	return nil, c.fail(ctx, call, call.repository.RegistryStr(), errors.New("there is no place to ask")) // never: a repository has one
}

// doAt makes a request at one place, again and again as the policy says.
func (c *Client) doAt(ctx context.Context, call call, place *place) (*answer, error) {
	release, err := place.host.take(ctx, call.kind)
	if err != nil {
		return nil, c.fail(ctx, call, place.host.name, err)
	}
	for attempt := 1; ; attempt++ {
		response, raw, err := c.attempt(ctx, call, place) //nolint:bodyclose // whoever has the answer closes it
		if err == nil {
			if call.kind != download {
				release()
				release = func() {}
			}
			return &answer{Response: response, place: place, raw: raw, release: release}, nil
		}
		if !call.once && ctx.Err() == nil {
			if err = c.options.Retry.wait(ctx, attempt, err); err == nil {
				continue
			}
		}
		release()
		return nil, c.fail(ctx, call, place.host.name, err)
	}
}

func (h *host) take(ctx context.Context, kind transferKind) (func(), error) {
	switch kind {
	case download:
		return h.reads.take(ctx)
	case upload:
		return h.writes.take(ctx)
	default:
		return h.requests.take(ctx)
	}
}

// attempt makes a request once, or once more with the credentials that the
// registry asks for.
func (c *Client) attempt(ctx context.Context, call call, place *place) (*http.Response, []byte, error) {
	// The first refusal says what is asked for, the second that a token has too
	// few scopes; a third is meant.
	const refusals = 3
	for refusal := 1; ; refusal++ {
		response, shown, err := c.sendOnce(ctx, call, place)
		if err != nil {
			return nil, nil, err
		}
		if slices.Contains(call.want, response.StatusCode) {
			raw, err := readWhole(response, call)
			return response, raw, err
		}
		failure := readAnswer(response)
		_ = response.Body.Close()
		failure.hide(shown)
		if failure.status != http.StatusUnauthorized || refusal == refusals || !place.host.is(response.Request.URL) {
			return nil, nil, failure
		}
		again, err := place.host.credentials.challenged(ctx, place.repository, place.scopes(call), shown, response)
		if err != nil {
			return nil, nil, err
		}
		if !again {
			return nil, nil, failure
		}
		if call.body != nil && call.once {
			return nil, nil, &repeatError{failure}
		}
	}
}

// repeatError is a failure after which the caller should begin anew.
type repeatError struct{ err error }

func (e *repeatError) Error() string { return e.err.Error() }
func (e *repeatError) Unwrap() error { return e.err }

// readWhole reads the body of an answer that has to be short.
func readWhole(response *http.Response, call call) ([]byte, error) {
	if call.limit == 0 {
		return nil, nil
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(response.Body, call.limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(raw)) > call.limit {
		return nil, fmt.Errorf("%w: the answer is larger than %d bytes", ErrProtocol, call.limit)
	}
	if call.check != nil {
		err = call.check(response, raw)
	}
	return raw, err
}

// sendOnce makes one request and returns the credentials that it showed.
func (c *Client) sendOnce(ctx context.Context, call call, place *place) (response *http.Response, shown string, err error) {
	if place.host.rate != nil {
		if err := place.host.rate.Wait(ctx); err != nil {
			return nil, "", err
		}
	}
	// Outside of the watch: a credential helper may wait for a person.
	shown, err = place.host.credentials.header(ctx, place.repository, place.scopes(call))
	if err != nil {
		return nil, "", err
	}
	patience := c.options.StallTimeout
	if call.kind == upload {
		patience *= uploadPatience
	}
	watched, watch := newWatch(ctx, patience)
	defer func() {
		if err != nil {
			if watched.Err() != nil {
				err = context.Cause(watched)
			}
			watch.end()
		}
	}()
	request, err := place.request(watched, call)
	if err != nil {
		return nil, "", err
	}
	if shown != "" && place.host.is(request.URL) {
		request.Header.Set("Authorization", shown)
	}
	if call.body != nil {
		watch.pause()
		body, err := call.body()
		if err != nil {
			return nil, "", &sourceError{err}
		}
		watch.touch()
		request.Body = &watchedSource{ReadCloser: body, watch: watch}
		request.ContentLength = call.length
	}
	response, err = place.host.send(request)
	if err != nil {
		return nil, "", withoutAddress(err)
	}
	watch.pause()
	watch.move(progressToWait) // what was sent and answered is done
	response.Body = &watchedBody{ReadCloser: response.Body, ctx: watched, watch: watch, after: func() {}}
	return response, shown, nil
}

// uploadPatience is how many times as long as others a request that carries a blob
// may stall.
const uploadPatience = 4

// sourceError is trouble on this side, with what was to be sent.
type sourceError struct{ err error }

func (e *sourceError) Error() string { return e.err.Error() }
func (e *sourceError) Unwrap() error { return e.err }

// fail makes an Error of what went wrong.
func (c *Client) fail(ctx context.Context, call call, host string, err error) error {
	return classify(ctx, call.operation, call.reference, host, err)
}

// warn tells of trouble that did not stop anything.
func (c *Client) warn(err error) {
	if c.options.Warn != nil {
		c.options.Warn(err)
	}
}
