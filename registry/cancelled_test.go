package registry_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/cache"
)

// Whoever gives up is not kept by a server that never goes on, nor by a keychain that
// knows nothing of contexts.
func TestGivingUpIsPrompt(t *testing.T) {
	t.Parallel()
	digest := v1.Hash{Algorithm: "sha256", Hex: strings.Repeat("a", 64)}
	blob := v1.Descriptor{Digest: digest, Size: 1 << 20}
	for name, test := range map[string]struct {
		sent int // bytes, before it stalls; below 0 is not even an answer
		pull func(ctx context.Context, client *registry.Client, host string) error
	}{
		"blob": {100 << 10, func(ctx context.Context, client *registry.Client, host string) error {
			_, err := client.BlobBytes(ctx, host+"/shop", blob, 2<<20)
			return err
		}},
		"manifest": {100, func(ctx context.Context, client *registry.Client, host string) error {
			_, err := client.Manifest(ctx, host+"/shop@"+digest.String())
			return err
		}},
		"answer": {-1, func(ctx context.Context, client *registry.Client, host string) error {
			_, err := client.Manifest(ctx, host+"/shop@"+digest.String())
			return err
		}},
		"keychain": {0, func(ctx context.Context, client *registry.Client, host string) error {
			_, err := client.Manifest(ctx, host+"/shop@"+digest.String())
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			never := make(chan struct{})
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				switch {
				case test.sent == 0:
					w.Header().Set("WWW-Authenticate", "Basic")
					w.WriteHeader(http.StatusUnauthorized)
					return
				case test.sent > 0:
					_, _ = w.Write(make([]byte, test.sent))
					_ = http.NewResponseController(w).Flush()
				}
				time.AfterFunc(50*time.Millisecond, cancel)
				<-never
			}))
			t.Cleanup(server.Close)
			t.Cleanup(func() { close(never) })
			store, err := cache.Open(t.TempDir(), cache.Options{})
			require.NoError(t, err)
			t.Cleanup(func() { _ = store.Close() })
			client := registry.NewClient(registry.Options{Cache: store, Keychain: askingKeychain{func() { cancel(); <-never }}})
			t.Cleanup(client.CloseIdleConnections)
			ended := make(chan error, 1)
			go func() { ended <- test.pull(ctx, client, strings.TrimPrefix(server.URL, "http://")) }()
			select {
			case err := <-ended:
				require.ErrorIs(t, err, context.Canceled)
			case <-time.After(time.Minute):
				t.Fatal("it waits for what never comes")
			}
		})
	}
}

// askingKeychain asks somebody before it answers.
type askingKeychain struct{ ask func() }

func (k askingKeychain) Resolve(authn.Resource) (authn.Authenticator, error) {
	k.ask()
	return authn.Anonymous, nil
}
