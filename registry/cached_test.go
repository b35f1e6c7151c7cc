package registry_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/validate"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/cache"
	"github.com/packstage/packstage/registry/registrytest"
)

func cached(t *testing.T, folder string) *registry.Client {
	t.Helper()
	opened, err := cache.Open(folder, cache.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, opened.Close()) })
	options := anonymous()
	options.Cache = opened
	options.Warn = func(err error) { t.Log("warning:", err) }
	return registry.NewClient(options)
}

func pullAll(t *testing.T, client *registry.Client, reference string) {
	t.Helper()
	pulled, err := client.Image(context.Background(), reference)
	require.NoError(t, err)
	require.NoError(t, validate.Image(pulled))
}

func TestCacheSavesRequests(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	folder := t.TempDir()
	client := cached(t, folder)
	digest, err := client.Push(context.Background(), randomImage(t), f.Host+"/a:v1")
	require.NoError(t, err)
	byDigest := f.Host + "/a@" + digest.String()
	pullAll(t, client, byDigest)
	f.Forget()

	pullAll(t, cached(t, folder), byDigest)
	require.Empty(t, f.Requests(), "a pull by digest that is cached")
	pullAll(t, cached(t, folder), f.Host+"/a:v1")
	require.Equal(t, []registrytest.Request{{Method: http.MethodHead, Path: "/v2/a/manifests/v1"}}, f.Requests())

	// A tag that moved is seen.
	other, err := client.Push(context.Background(), randomImage(t), f.Host+"/a:v1")
	require.NoError(t, err)
	pulled, err := cached(t, folder).Image(context.Background(), f.Host+"/a:v1")
	require.NoError(t, err)
	got, err := pulled.Digest()
	require.NoError(t, err)
	require.Equal(t, other, got)
}

func TestTamperedCacheIsPulledAnew(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	folder := t.TempDir()
	client := cached(t, folder)
	digest, err := client.Push(context.Background(), randomImage(t), f.Host+"/a:v1")
	require.NoError(t, err)
	byDigest := f.Host + "/a@" + digest.String()
	pullAll(t, client, byDigest)
	changed := 0
	require.NoError(t, filepath.WalkDir(filepath.Join(folder, "v1", "sha256"), func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		content[len(content)/2] ^= 1
		changed++
		require.NoError(t, err)
		return os.WriteFile(path, content, 0o600)
	}))
	require.Equal(t, 5, changed)
	pullAll(t, client, byDigest)
	f.Forget()
	pullAll(t, client, byDigest)
	require.Empty(t, f.Requests())
}

// What was read by half, or is not that of its descriptor, does not get into the
// cache.
func TestCacheTakesWholeBlobsOnly(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	folder := t.TempDir()
	client := cached(t, folder)
	image := randomImage(t)
	_, err := client.Push(context.Background(), image, f.Host+"/a:v1")
	require.NoError(t, err)
	manifest, err := image.Manifest()
	require.NoError(t, err)
	stream, err := client.Blob(context.Background(), f.Host+"/a", manifest.Layers[0])
	require.NoError(t, err)
	_, err = io.ReadFull(stream, make([]byte, 100))
	require.NoError(t, err)
	require.NoError(t, stream.Close())
	lie := manifest.Layers[1]
	lie.Size--
	stream, err = client.Blob(context.Background(), f.Host+"/a", lie)
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, stream)
	require.NoError(t, err)
	require.NoError(t, stream.Close())
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		require.NoError(t, err)
		if !entry.IsDir() {
			inside, err := filepath.Rel(folder, path) // the folder's own name says nothing
			require.NoError(t, err)
			require.NotContains(t, inside, "sha256")
			require.NotContains(t, inside, "temporary")
		}
		return nil
	}))
}

// Who gives up while the cache is read has no trouble with the cache.
func TestGivingUpIsNotWarnedOf(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	client := cached(t, t.TempDir())
	digest, err := client.Push(t.Context(), randomImage(t), f.Host+"/a:v1")
	require.NoError(t, err)
	reference := f.Host + "/a@" + digest.String()
	_, err = client.Manifest(t.Context(), reference)
	require.NoError(t, err)
	options := anonymous()
	options.Cache, options.Warn = client.Cache(), func(err error) { t.Error("warning:", err) }
	client = registry.NewClient(options)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 200 {
		if _, err = client.Manifest(ctx, reference); err != nil { // it may come first
			require.ErrorIs(t, err, context.Canceled)
		}
	}
}

// A cache that cannot be written serves what it has, and is no reason to fail.
func TestReadOnlyCache(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	folder := t.TempDir()
	digest, err := cached(t, folder).Push(context.Background(), randomImage(t), f.Host+"/a:v1")
	require.NoError(t, err)
	opened, err := cache.Open(folder, cache.Options{ReadOnly: true})
	require.NoError(t, err)
	warned := 0
	options := anonymous()
	options.Cache, options.Warn = opened, func(error) { warned++ }
	pullAll(t, registry.NewClient(options), f.Host+"/a@"+digest.String())
	require.Positive(t, warned)
}
