package packagebuilder_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/registrytest"
)

func lockOf(images ...manifest.LockedImage) *manifest.PackageManifestLock {
	return &manifest.PackageManifestLock{Spec: manifest.PackageManifestLockSpec{Images: images}}
}

func TestEncodeLockKeepsWhatIsThere(t *testing.T) {
	t.Parallel()
	digest := "sha256:" + strings.Repeat("ab", 32)
	web, api := manifest.LockedImage{Name: "web", Image: "a/web:v1", Digest: digest}, manifest.LockedImage{Name: "api", Image: "a/api:v1", Digest: digest}
	header := "apiVersion: manifests.package-operator.run/v1alpha1\nkind: PackageManifestLock\n"
	body := "spec:\n  images:\n  - name: web\n    image: a/web:v1\n    digest: " + digest + "\n"
	// As Package Operator writes it, in another order.
	theirs := header + "metadata:\n  creationTimestamp: \"2023-02-06T15:27:04Z\"\n  name: shop\nspec:\n  images:\n" +
		"  - digest: " + digest + "\n    image: a/api:v1\n    name: api\n  - digest: " + digest + "\n    image: a/web:v1\n    name: web\n"
	for name, test := range map[string]struct {
		lock           *manifest.PackageManifestLock
		previous, want string
	}{
		"no lock":                {lockOf(web), "", header + body},
		"same entries":           {lockOf(web, api), theirs, theirs},
		"one is gone":            {lockOf(web), theirs, header + "metadata:\n  name: shop\n" + body},
		"comments at the top":    {lockOf(web), "# Made by hand.\r\n\n# Twice.  \n---\n# And here.\n" + header + "spec: {} # not here\n", "# Made by hand.\n\n# Twice.\n# And here.\n" + header + body},
		"comments of a good one": {lockOf(web), "# Kept\n" + header + body, "# Kept\n" + header + body},
		"not readable":           {lockOf(web), "# Kept\na: [", "# Kept\n" + header + body},
		"nothing left":           {lockOf(), theirs, header + "metadata:\n  name: shop\nspec: {}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var previous []byte
			if test.previous != "" {
				previous = []byte(test.previous)
			}
			got, err := packagebuilder.EncodeLock(test.lock, previous)
			require.NoError(t, err)
			assert.Equal(t, test.want, string(got))
			again, err := packagebuilder.EncodeLock(test.lock, got)
			require.NoError(t, err)
			assert.Equal(t, test.want, string(again))
		})
	}
}

// Whatever a lock file holds, what is written over it is read as it was meant.
func FuzzEncodeLock(f *testing.F) {
	for _, previous := range []string{"", "# a", "---\n# b\n--- # c\n", "#\x85\nspec: 1", "\ufeff# d\r\n", "#\u2028a: b", " # e\n\t\na: 1", "%YAML 1.2\n---\n"} {
		f.Add(previous)
	}
	lock := lockOf(manifest.LockedImage{Name: "web", Image: "a/web:v1", Digest: "sha256:" + strings.Repeat("ab", 32)})
	f.Fuzz(func(t *testing.T, previous string) {
		encoded, err := packagebuilder.EncodeLock(lock, []byte(previous))
		if err != nil {
			t.Fatal(err)
		}
		decoded, found := manifest.DecodeLock("lock", encoded)
		if found.HasErrors() {
			t.Fatalf("%v\n%q", found, encoded)
		}
		assert.Equal(t, lock.Spec, decoded.Spec)
	})
}

func TestWriteLockFile(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "manifest.lock.yaml")
	for _, step := range []struct {
		content string
		changed bool
	}{{"a", true}, {"a", false}, {"b", true}} {
		past := time.Unix(1_000_000_000, 0)
		_ = os.Chtimes(path, past, past)
		changed, err := packagebuilder.WriteLockFile(path, []byte(step.content))
		require.NoError(t, err)
		assert.Equal(t, step.changed, changed)
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, step.content, string(content))
		info, err := os.Stat(path)
		require.NoError(t, err)
		assert.Equal(t, step.changed, !info.ModTime().Equal(past), "an equal file keeps its time")
	}
	_, err := packagebuilder.WriteLockFile(filepath.Join(folder, "none", "lock"), []byte("a"))
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = packagebuilder.WriteLockFile(folder, []byte("a"))
	require.Error(t, err)
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	assert.Len(t, left, 1)
}

// push pushes an image that says which build it is, and returns its digest.
func push(t *testing.T, client *registry.Client, reference string, build int) string {
	t.Helper()
	image, err := mutate.Config(empty.Image, v1.Config{Labels: map[string]string{"build": fmt.Sprint(build)}})
	require.NoError(t, err)
	digest, err := client.Push(t.Context(), image, reference)
	require.NoError(t, err)
	return digest.String()
}

func TestResolveImages(t *testing.T) {
	t.Parallel()
	// Requests wait until there are two.
	var resolving atomic.Bool
	var asked atomic.Int32
	two := make(chan struct{})
	server := registrytest.Start(t, registrytest.Options{Intercept: func(w http.ResponseWriter, _ *http.Request) bool {
		if !resolving.Load() {
			return false
		}
		if asked.Add(1) == 2 {
			close(two)
		}
		select {
		case <-two:
			return false
		case <-time.After(5 * time.Minute): // a busy machine may take its time
			w.WriteHeader(http.StatusTeapot)
			return true
		}
	}})
	client := registry.NewClient(registry.Options{StallTimeout: 10 * time.Minute})
	const images = 20
	want := map[string]string{}
	var references []string
	for i := range images {
		reference := fmt.Sprintf("%s/app%d:v1", server.Host, i)
		want[reference] = push(t, client, reference, i)
		references = append(references, reference, reference) // twice, asked for once
	}
	server.Forget()
	resolving.Store(true)
	var progress []int
	got, err := packagebuilder.ResolveImages(t.Context(), client, references, packagebuilder.ResolveImagesOptions{
		Progress: func(done, total int) {
			assert.Equal(t, images, total)
			progress = append(progress, done)
		},
	})
	require.NoError(t, err, "one after the other?")
	assert.Equal(t, want, got)
	assert.Len(t, server.Requests(), images)
	assert.Len(t, progress, images)
	assert.Equal(t, images, progress[images-1])

	// All that fail are named.
	got, err = packagebuilder.ResolveImages(t.Context(), client, []string{server.Host + "/none:v1", references[0], server.Host + "/none:v2"}, packagebuilder.ResolveImagesOptions{})
	require.ErrorIs(t, err, registry.ErrNotFound)
	assert.Nil(t, got)
	assert.ErrorContains(t, err, "none:v1")
	assert.ErrorContains(t, err, "none:v2")

	cancelled, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("enough"))
	_, err = packagebuilder.ResolveImages(cancelled, client, references, packagebuilder.ResolveImagesOptions{})
	require.EqualError(t, err, "enough")
}

// The digest of an image for several platforms is that of its index.
func TestResolveImagesKeepsTheIndex(t *testing.T) {
	t.Parallel()
	server := registrytest.Start(t, registrytest.Options{})
	client := registry.NewClient(registry.Options{})
	index := mutate.AppendManifests(empty.Index,
		mutate.IndexAddendum{Add: empty.Image, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "amd64"}}},
		mutate.IndexAddendum{Add: empty.Image, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "arm64"}}})
	push(t, client, server.Host+"/app:amd64", 1)
	_, err := client.Push(t.Context(), empty.Image, server.Host+"/app:part")
	require.NoError(t, err)
	raw, err := index.RawManifest()
	require.NoError(t, err)
	mediaType, err := index.MediaType()
	require.NoError(t, err)
	reference := server.Host + "/app:v1"
	pushed, err := client.PushManifest(t.Context(), reference, mediaType, raw)
	require.NoError(t, err)
	got, err := packagebuilder.ResolveImages(t.Context(), client, []string{reference}, packagebuilder.ResolveImagesOptions{})
	require.NoError(t, err)
	assert.Equal(t, map[string]string{reference: pushed.Digest.String()}, got)
}
