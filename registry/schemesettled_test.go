package registry_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/registry"
)

// script is a transport that answers by what was asked so far, and notes the schemes.
type script struct {
	answer func(request *http.Request, earlier string) (*http.Response, error)

	mutex sync.Mutex
	asked []string
}

func (s *script) RoundTrip(request *http.Request) (*http.Response, error) {
	s.mutex.Lock()
	earlier := strings.Join(s.asked, " ")
	s.asked = append(s.asked, request.URL.Scheme)
	s.mutex.Unlock()
	response, err := s.answer(request, earlier)
	if response != nil {
		response.Request = request
	}
	return response, err
}

func (s *script) schemes() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return strings.Join(s.asked, " ")
}

// says is an answer; that of a registry is JSON.
func says(status int, kind string) *http.Response {
	return &http.Response{
		StatusCode: status, ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{"Content-Type": {kind}},
		Body: io.NopCloser(strings.NewReader("")),
	}
}

func notFound() *http.Response { return says(http.StatusNotFound, "application/json; charset=utf-8") }

func resolveBy(ctx context.Context, transport http.RoundTripper, host string) func() error {
	client := registry.NewClient(registry.Options{Transport: transport, Keychain: authn.NewMultiKeychain(), Retry: registry.RetryPolicy{Attempts: 1}})
	return func() error {
		_, err := client.Resolve(ctx, host+"/shop:v1")
		return err
	}
}

// Who gives up while TLS is tried has not found out that there is none.
func TestSchemeIsNotSettledByGivingUp(t *testing.T) {
	t.Parallel()
	ctx, giveUp := context.WithCancel(t.Context())
	s := &script{}
	s.answer = func(request *http.Request, earlier string) (*http.Response, error) {
		switch {
		case request.URL.Scheme == "http":
			return says(http.StatusBadRequest, "text/plain"), nil
		case earlier == "http":
			giveUp()
			<-request.Context().Done()
			return nil, context.Cause(request.Context())
		default:
			return notFound(), nil
		}
	}
	client := registry.NewClient(registry.Options{Transport: s, Keychain: authn.NewMultiKeychain()})
	_, err := client.Resolve(ctx, "127.0.0.1:5000/shop:v1")
	require.ErrorIs(t, err, context.Canceled)
	_, err = client.Resolve(t.Context(), "127.0.0.1:5000/shop:v1")
	require.ErrorIs(t, err, registry.ErrNotFound)
	assert.Equal(t, "http https http https", s.schemes())
}

// A server that was slow with TLS once, and wants it, is not spoken to without for ever.
func TestSchemeIsNotSettledBySlowTLS(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		s.answer = func(request *http.Request, earlier string) (*http.Response, error) {
			switch {
			case request.URL.Scheme == "http":
				return says(http.StatusBadRequest, "text/plain"), nil
			case earlier == "http":
				<-request.Context().Done()
				return nil, context.Cause(request.Context())
			default:
				return notFound(), nil
			}
		}
		resolve := resolveBy(t.Context(), s, "127.0.0.1:5000")
		require.ErrorContains(t, resolve(), "400")
		require.ErrorIs(t, resolve(), registry.ErrNotFound)
		require.ErrorIs(t, resolve(), registry.ErrNotFound)
		assert.Equal(t, "http https http https https", s.schemes())
	})
}

// Without a port, the two schemes are those of two servers: what listens at port 80
// says nothing about the registry at port 443.
func TestSchemeOfThisMachineWithoutPort(t *testing.T) {
	t.Parallel()
	s := &script{answer: func(request *http.Request, _ string) (*http.Response, error) {
		if request.URL.Scheme == "http" {
			return says(http.StatusOK, "text/html"), nil
		}
		return notFound(), nil
	}}
	require.ErrorIs(t, resolveBy(t.Context(), s, "localhost")(), registry.ErrNotFound)
	assert.Equal(t, "https", s.schemes())
}

// Proxies and routers answer in words of their own; where there is TLS, it is asked.
func TestSchemeIsSettledByRegistriesOnly(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMisdirectedRequest, http.StatusServiceUnavailable} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			s := &script{answer: func(request *http.Request, _ string) (*http.Response, error) {
				if request.URL.Scheme == "http" {
					return says(status, "text/plain; charset=utf-8"), nil
				}
				return notFound(), nil
			}}
			resolve := resolveBy(t.Context(), s, "127.0.0.1:5000")
			for range 2 {
				require.ErrorIs(t, resolve(), registry.ErrNotFound)
			}
			assert.Equal(t, "http https https", s.schemes())
		})
	}
}
