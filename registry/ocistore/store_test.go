package ocistore_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/ocistore"
	"github.com/packstage/packstage/registry/registrytest"
)

func newClient() *registry.Client {
	return registry.NewClient(registry.Options{
		Keychain: authn.NewMultiKeychain(), Retry: registry.RetryPolicy{Attempts: 1}, StallTimeout: 5 * time.Minute,
	})
}

// newLayout is a layout with one image, and its index.
func newLayout(t *testing.T) (string, *registry.Manifest) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "layout")
	writer, err := ocistore.WriteLayout(path)
	require.NoError(t, err)
	layer := []byte("layer")
	descriptor := v1.Descriptor{MediaType: types.OCILayer, Size: int64(len(layer)), Digest: hashOf(layer)}
	require.NoError(t, writer.PushBlob(t.Context(), descriptor, func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(layer)), nil }, nil))
	manifest := pushImage(t, writer, descriptor)
	require.NoError(t, writer.Commit(t.Context()))
	return path, manifest
}

func blobFile(layout string, digest v1.Hash) string {
	return filepath.Join(layout, "blobs", "sha256", digest.Hex)
}

// What was changed in a layout is found before it is anywhere else.
func TestTamperedLayout(t *testing.T) {
	t.Parallel()
	server := registrytest.Start(t, registrytest.Options{})
	destination, err := ocistore.InRepository(newClient(), server.Host+"/x")
	require.NoError(t, err)
	for name, tamper := range map[string]func(t *testing.T, path string, manifest *registry.Manifest){
		"manifest": func(t *testing.T, path string, manifest *registry.Manifest) {
			t.Helper()
			require.NoError(t, os.WriteFile(blobFile(path, manifest.Descriptor.Digest), append(manifest.Raw, '\n'), 0o600))
		},
		"layer": func(t *testing.T, path string, _ *registry.Manifest) {
			t.Helper()
			require.NoError(t, os.WriteFile(blobFile(path, hashOf([]byte("layer"))), []byte("LAYER"), 0o600))
		},
		"missing layer": func(t *testing.T, path string, _ *registry.Manifest) {
			t.Helper()
			require.NoError(t, os.Remove(blobFile(path, hashOf([]byte("layer")))))
		},
		"a folder for a layer": func(t *testing.T, path string, _ *registry.Manifest) {
			t.Helper()
			require.NoError(t, os.Remove(blobFile(path, hashOf([]byte("layer")))))
			require.NoError(t, os.Mkdir(blobFile(path, hashOf([]byte("layer"))), 0o700))
		},
		"index": func(t *testing.T, path string, _ *registry.Manifest) {
			t.Helper()
			require.NoError(t, os.WriteFile(filepath.Join(path, "index.json"), []byte("x"), 0o600))
		},
		"no index": func(t *testing.T, path string, _ *registry.Manifest) {
			t.Helper()
			require.NoError(t, os.Remove(filepath.Join(path, "index.json")))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path, manifest := newLayout(t)
			tamper(t, path, manifest)
			other := filepath.Join(t.TempDir(), "other")
			writer, err := ocistore.WriteLayout(other)
			require.NoError(t, err)
			for _, to := range []ocistore.Writer{destination, writer} {
				err := func() error {
					layout, err := ocistore.OpenLayout(path)
					if err != nil {
						return err
					}
					defer layout.Close()
					root, err := layout.Manifest(t.Context(), "v1")
					if err != nil {
						return err
					}
					plan, err := ocistore.NewPlan(t.Context(), []ocistore.Item{{From: layout, Root: root, To: to}}, ocistore.Options{})
					if err != nil {
						return err
					}
					_, _, err = plan.Run(t.Context())
					return err
				}()
				require.Error(t, err)
				_, found, err := to.Resolve(t.Context(), manifest.Descriptor.Digest.String())
				require.NoError(t, err)
				require.False(t, found)
			}
		})
	}
}

func TestLayoutNames(t *testing.T) {
	t.Parallel()
	path, manifest := newLayout(t)
	writer, err := ocistore.WriteLayout(path)
	require.NoError(t, err)
	other := pushImage(t, writer) // takes the name
	require.NoError(t, writer.PushManifest(t.Context(), "quay.io/org/app:v2", other))
	writer.Mark(other.Descriptor.Digest, map[string]string{"mark": "yes"})
	require.NoError(t, writer.Commit(t.Context()))

	layout, err := ocistore.OpenLayout(path)
	require.NoError(t, err)
	defer layout.Close()
	entries := layout.Entries()
	require.Len(t, entries, 2)
	for name, want := range map[string]v1.Hash{
		"v1": other.Descriptor.Digest, "quay.io/org/app:v2": other.Descriptor.Digest, "v2": other.Descriptor.Digest,
		manifest.Descriptor.Digest.String(): manifest.Descriptor.Digest,
	} {
		got, found, err := layout.Resolve(t.Context(), name)
		require.NoError(t, err)
		require.True(t, found, name)
		require.Equal(t, want, got, name)
	}
	for _, name := range []string{"v3", "", "sha256:" + strings.Repeat("0", 64), "sha256:../../../etc/passwd"} {
		_, found, err := layout.Resolve(t.Context(), name)
		require.NoError(t, err)
		require.False(t, found, name)
	}
	require.Equal(t, "quay.io/org/app:v2", entries[0].Annotations["io.containerd.image.name"])
	require.Equal(t, "yes", entries[0].Annotations["mark"])
}

func TestWhatIsNoLayout(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	require.NoError(t, os.WriteFile(file, []byte("text"), 0o600))
	_, err := ocistore.OpenLayout(folder)
	require.ErrorIs(t, err, diagnostic.ImageInvalid)
	_, err = ocistore.OpenTar(file)
	require.ErrorIs(t, err, diagnostic.ImageInvalid)
	_, err = ocistore.OpenTar(folder)
	require.ErrorIs(t, err, diagnostic.ImageInvalid)
	_, err = ocistore.OpenTar(filepath.Join(folder, "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = ocistore.WriteLayout(folder)
	require.ErrorContains(t, err, "no image layout")
	_, err = ocistore.WriteLayout(file)
	require.Error(t, err)
	_, err = ocistore.WriteTar(folder)
	require.ErrorContains(t, err, "not a regular file")
}

// Kinds of manifests that are not known are not copied in part.
func TestUnknownManifests(t *testing.T) {
	t.Parallel()
	path, _ := newLayout(t)
	for name, raw := range map[string]string{
		"schema 1":      `{"mediaType":"application/vnd.docker.distribution.manifest.v1+json"}`,
		"old artifact":  `{"mediaType":"application/vnd.oci.artifact.manifest.v1+json","blobs":[]}`,
		"no config":     `{"mediaType":"application/vnd.oci.image.manifest.v1+json","layers":[]}`,
		"no JSON":       `x`,
		"missing child": `{"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"digest":"sha256:` + strings.Repeat("0", 64) + `"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			layout, err := ocistore.OpenLayout(path)
			require.NoError(t, err)
			defer layout.Close()
			writer, err := ocistore.WriteLayout(filepath.Join(t.TempDir(), "other"))
			require.NoError(t, err)
			root := &registry.Manifest{Raw: []byte(raw), Descriptor: v1.Descriptor{Digest: hashOf([]byte(raw)), Size: int64(len(raw))}}
			if strings.HasPrefix(raw, "{") {
				root.Descriptor.MediaType = types.MediaType(strings.Split(raw, `"`)[3])
			}
			_, err = ocistore.NewPlan(t.Context(), []ocistore.Item{{From: layout, Root: root, To: writer}}, ocistore.Options{})
			var side *ocistore.Error
			require.ErrorAs(t, err, &side)
			require.Equal(t, ocistore.Source, side.Side)
		})
	}
}

// The end of one caller's context is not that of the layout.
func TestReferrersAfterACancelledCall(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	writer, err := ocistore.WriteLayout(path)
	require.NoError(t, err)
	subject := v1.Descriptor{MediaType: types.OCIManifestSchema1, Digest: hashOf([]byte("subject")), Size: 7}
	require.NoError(t, ocistore.Attach(t.Context(), writer, subject, registry.Artifact{ArtifactType: "text/plain"}, ""))
	require.NoError(t, writer.Commit(t.Context()))
	layout, err := ocistore.OpenLayout(path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, layout.Close()) })
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = layout.Referrers(cancelled, subject.Digest)
	require.ErrorIs(t, err, context.Canceled)
	found, err := layout.Referrers(t.Context(), subject.Digest)
	require.NoError(t, err)
	require.Len(t, found, 1)
}

// A layout that another writer is making at this moment has no marker yet.
func TestWriteLayoutBesideAnother(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "layout")
	require.NoError(t, os.MkdirAll(filepath.Join(folder, "blobs", "sha256"), 0o755))
	require.NoError(t, os.Mkdir(filepath.Join(folder, ".packstage-1.tmp"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "index.json"), []byte(`{"schemaVersion":2,"manifests":[]}`), 0o644))
	_, err := ocistore.WriteLayout(folder)
	require.NoError(t, err)

	require.NoError(t, os.WriteFile(filepath.Join(folder, "notes.txt"), nil, 0o644))
	_, err = ocistore.WriteLayout(folder)
	require.ErrorContains(t, err, "no image layout")
}
