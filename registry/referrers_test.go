package registry_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/registryserver"
)

func largeImage(t *testing.T) v1.Image {
	t.Helper()
	image, err := random.Image(200_000, 2)
	require.NoError(t, err)
	return image
}

func document(kind, text string) registry.Artifact {
	return registry.Artifact{
		ArtifactType: kind,
		Annotations:  map[string]string{"said": text},
		Blobs:        []registry.ArtifactBlob{{MediaType: "application/json", Content: []byte(`{"text":"` + text + `"}`)}},
	}
}

// withoutReferrers is a registry of before OCI 1.1: it knows no list, and says
// nothing of subjects.
func withoutReferrers(status int) func(http.ResponseWriter, *http.Request) bool {
	old := registryserver.New(registryserver.Options{})
	return func(w http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Path, "/referrers/") {
			w.WriteHeader(status)
		} else {
			old.ServeHTTP(withoutSubject{w}, r)
		}
		return true
	}
}

type withoutSubject struct{ http.ResponseWriter }

func (w withoutSubject) WriteHeader(status int) {
	w.Header().Del("OCI-Subject")
	w.ResponseWriter.WriteHeader(status)
}

func TestAttachAndReferrers(t *testing.T) {
	t.Parallel()
	const typeA, typeB = "application/vnd.example.a", "application/vnd.example.b"
	for name, intercept := range map[string]func(http.ResponseWriter, *http.Request) bool{
		"API":                 nil,
		"tag scheme":          withoutReferrers(http.StatusNotFound),
		"tag scheme, for 405": withoutReferrers(http.StatusMethodNotAllowed),
		"images only": func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodPut || !strings.Contains(r.URL.Path, "/manifests/sha256:") {
				return false
			}
			raw, _ := io.ReadAll(r.Body)
			if strings.Contains(string(raw), `"artifactType"`) {
				w.WriteHeader(http.StatusBadRequest)
				_, _ = io.WriteString(w, `{"errors":[{"code":"MANIFEST_INVALID","message":"unknown artifact type"}]}`)
				return true
			}
			r.Body = io.NopCloser(strings.NewReader(string(raw)))
			return false
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			f := start(t, intercept)
			client := registry.NewClient(anonymous())
			digest, err := client.Push(ctx, randomImage(t), f.Host+"/a:v1")
			require.NoError(t, err)

			none, err := client.Referrers(ctx, f.Host+"/a:v1", "")
			require.NoError(t, err)
			require.Empty(t, none)

			first, err := client.Attach(ctx, f.Host+"/a:v1", document(typeA, "one"))
			require.NoError(t, err)
			again, err := client.Attach(ctx, f.Host+"/a@"+digest.String(), document(typeA, "one"))
			require.NoError(t, err)
			require.Equal(t, first, again)
			second, err := client.Attach(ctx, f.Host+"/a:v1", document(typeB, "two"))
			require.NoError(t, err)

			all, err := client.Referrers(ctx, f.Host+"/a:v1", "")
			require.NoError(t, err)
			require.Len(t, all, 2)
			if name != "images only" {
				only, err := client.Referrers(ctx, f.Host+"/a@"+digest.String(), typeB)
				require.NoError(t, err)
				require.Len(t, only, 1)
				require.Equal(t, second.Digest, only[0].Digest)
				require.Equal(t, "two", only[0].Annotations["said"])
			}
			manifest, err := client.Manifest(ctx, f.Host+"/a@"+second.Digest.String())
			require.NoError(t, err)
			var parsed v1.Manifest
			require.NoError(t, json.Unmarshal(manifest.Raw, &parsed))
			require.Equal(t, digest, parsed.Subject.Digest)
			content, err := client.BlobBytes(ctx, f.Host+"/a", parsed.Layers[0], 1000)
			require.NoError(t, err)
			require.JSONEq(t, `{"text":"two"}`, string(content))
			if name == "images only" {
				require.Equal(t, typeB, parsed.Annotations[registry.ArtifactTypeAnnotation])
			}
		})
	}
}

func TestAttachRefuses(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	client := registry.NewClient(anonymous())
	_, err := client.Attach(context.Background(), f.Host+"/a:v1", document("x/y", "one"))
	require.ErrorIs(t, err, registry.ErrNotFound)
	_, err = client.Push(context.Background(), randomImage(t), f.Host+"/a:v1")
	require.NoError(t, err)
	_, err = client.Attach(context.Background(), f.Host+"/a:v1", document("", "one"))
	require.ErrorContains(t, err, "no type")
}

func TestDelete(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	f := start(t, nil)
	client := registry.NewClient(anonymous())
	digest, err := client.Push(ctx, randomImage(t), f.Host+"/a:v1", f.Host+"/a:v2")
	require.NoError(t, err)
	require.NoError(t, client.Delete(ctx, f.Host+"/a:v1"))
	_, err = client.Resolve(ctx, f.Host+"/a:v1")
	require.ErrorIs(t, err, registry.ErrNotFound)
	require.NoError(t, client.Delete(ctx, f.Host+"/a@"+digest.String()))
	_, err = client.Resolve(ctx, f.Host+"/a:v2")
	require.ErrorIs(t, err, registry.ErrNotFound)
}

// An artifact that says it all in its annotations points at the empty blob.
func TestAttachWithoutContents(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	client := registry.NewClient(anonymous())
	_, err := client.Push(t.Context(), randomImage(t), f.Host+"/a:v1")
	require.NoError(t, err)
	attached, err := client.Attach(t.Context(), f.Host+"/a:v1", registry.Artifact{ArtifactType: "application/vnd.example", Annotations: map[string]string{"a": "b"}})
	require.NoError(t, err)
	manifest, err := client.Manifest(t.Context(), f.Host+"/a@"+attached.Digest.String())
	require.NoError(t, err)
	var parsed v1.Manifest
	require.NoError(t, json.Unmarshal(manifest.Raw, &parsed))
	require.Equal(t, []v1.Descriptor{parsed.Config}, parsed.Layers)
}
