package registry_test

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/registrytest"
)

// mirrored returns a client of a registry with a mirror, and the warnings that it
// gives.
func mirrored(origin, mirror *registrytest.Registry) (*registry.Client, *atomic.Int64) {
	warnings := &atomic.Int64{}
	options := anonymous()
	options.Configuration = &registry.Configuration{Registries: []registry.ConfigurationEntry{{Prefix: origin.Host, Mirrors: []string{mirror.Host + "/hub"}}}}
	options.Warn = func(error) { warnings.Add(1) }
	return registry.NewClient(options), warnings
}

func TestMirrors(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	var down atomic.Bool
	origin := start(t, nil)
	mirror := start(t, func(w http.ResponseWriter, _ *http.Request) bool {
		if down.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return down.Load()
	})
	client, warnings := mirrored(origin, mirror)

	// What is pushed goes to the registry, and what the mirror does not have comes
	// from there, without a warning.
	digest, err := client.Push(ctx, randomImage(t), origin.Host+"/team/a:v1")
	require.NoError(t, err)
	require.Empty(t, mirror.Requests())
	pullAll(t, client, origin.Host+"/team/a:v1")
	require.NotEmpty(t, mirror.Requests())
	require.Zero(t, warnings.Load())

	// What the mirror has comes from the mirror alone.
	_, err = registry.NewClient(anonymous()).Push(ctx, mustImage(t, client, origin.Host+"/team/a:v1"), mirror.Host+"/hub/team/a:v1")
	require.NoError(t, err)
	origin.Forget()
	pullAll(t, client, origin.Host+"/team/a@"+digest.String())
	require.Empty(t, origin.Requests())

	// A mirror that is down is warned of once, and left alone for a while.
	down.Store(true)
	mirror.Forget()
	began := time.Now()
	pullAll(t, client, origin.Host+"/team/a@"+digest.String())
	asked := len(mirror.Requests())
	require.NotZero(t, asked)
	require.LessOrEqual(t, asked, 1+int(time.Since(began)/(30*time.Second)), "nobody waits for a mirror")
	require.EqualValues(t, asked, warnings.Load())
}

// A mirror that lags behind, or lies, does not decide what is changed at the
// registry.
func TestChangesAskTheRegistryItself(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	origin, mirror := start(t, withoutReferrers(http.StatusNotFound)), start(t, nil)
	client, _ := mirrored(origin, mirror)
	digest, err := client.Push(ctx, randomImage(t), origin.Host+"/a:v1")
	require.NoError(t, err)
	_, err = registry.NewClient(anonymous()).Push(ctx, randomImage(t), mirror.Host+"/hub/a:v1")
	require.NoError(t, err)

	for _, text := range []string{"one", "two"} {
		_, err = client.Attach(ctx, origin.Host+"/a:v1", document("application/vnd.example", text))
		require.NoError(t, err)
	}
	require.Equal(t, 1, count(mirror, http.MethodPut, "/v2/hub/a/manifests/"), "of the push above")
	listed, err := client.WithoutMirrors().Referrers(ctx, origin.Host+"/a:v1", "")
	require.NoError(t, err)
	require.Len(t, listed, 2)
	found, err := client.WithoutMirrors().Resolve(ctx, origin.Host+"/a:v1")
	require.NoError(t, err)
	require.Equal(t, digest, found.Digest)
	found, err = client.Resolve(ctx, origin.Host+"/a:v1")
	require.NoError(t, err)
	require.NotEqual(t, digest, found.Digest)
}

// A mirror with other bytes is no reason to fail as long as the registry has the
// right ones.
func TestMirrorWithAnotherManifest(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	origin := start(t, nil)
	mirror := start(t, func(w http.ResponseWriter, _ *http.Request) bool {
		_, err := w.Write([]byte(`{"schemaVersion":2}`))
		return err == nil
	})
	client, warnings := mirrored(origin, mirror)
	digest, err := client.Push(ctx, randomImage(t), origin.Host+"/a:v1")
	require.NoError(t, err)
	_, err = client.Manifest(ctx, origin.Host+"/a@"+digest.String())
	require.NoError(t, err)
	require.EqualValues(t, 1, warnings.Load())
}

// Where neither has it, the error is about the registry.
func TestMirrorsAndNothingFound(t *testing.T) {
	t.Parallel()
	origin, mirror := start(t, nil), start(t, nil)
	client, _ := mirrored(origin, mirror)
	_, err := client.Manifest(context.Background(), origin.Host+"/a:v1")
	require.ErrorIs(t, err, registry.ErrNotFound)
	var known *registry.Error
	require.True(t, errors.As(err, &known))
	require.Equal(t, origin.Host, known.Host)
}

func mustImage(t *testing.T, client *registry.Client, reference string) v1.Image {
	t.Helper()
	image, err := client.Image(context.Background(), reference)
	require.NoError(t, err)
	return image
}

// The limits of a configuration hold: of requests a second, and of those at a time.
func TestLimitsOfAHost(t *testing.T) {
	t.Parallel()
	var now, most atomic.Int64
	f := start(t, func(http.ResponseWriter, *http.Request) bool {
		if running := now.Add(1); running > most.Load() {
			most.Store(running)
		}
		time.Sleep(2 * time.Millisecond)
		now.Add(-1)
		return false
	})
	options := anonymous()
	options.Configuration = &registry.Configuration{Registries: []registry.ConfigurationEntry{{Prefix: f.Host, Concurrency: 1, RequestsPerSecond: 50}}}
	client := registry.NewClient(options)
	began := time.Now()
	group := errgroup.Group{}
	const requests = 6
	for range requests {
		group.Go(func() error {
			_, err := client.Resolve(t.Context(), f.Host+"/a:v1")
			if errors.Is(err, registry.ErrNotFound) {
				return nil
			}
			return err
		})
	}
	require.NoError(t, group.Wait())
	require.EqualValues(t, 1, most.Load())
	require.GreaterOrEqual(t, time.Since(began), (requests-1)*time.Second/50)
}
