package ocistore_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/ocistore"
)

// Whatever index and manifest say: an error or a plan, and no file is read or written
// outside.
func FuzzLayout(f *testing.F) {
	f.Add([]byte(`{"manifests":[{"digest":"sha256:00","size":1}]}`), []byte(`{"config":{}}`))
	f.Add([]byte(`{"manifests":[{"annotations":{"org.opencontainers.image.ref.name":"v1"}}]}`), []byte(`{"manifests":[]}`))
	f.Add([]byte(`{"manifests":null}`), []byte(`{"config":{"digest":"sha256:../x"},"layers":[{"digest":"sha512:aa","size":-1}],"subject":{}}`))
	f.Fuzz(func(t *testing.T, index, manifest []byte) {
		folder := t.TempDir()
		digest := hashOf(manifest)
		blobs := filepath.Join(folder, "in", "blobs", "sha256")
		for _, err := range []error{
			os.MkdirAll(blobs, 0o700),
			os.WriteFile(filepath.Join(folder, "in", "index.json"), index, 0o600),
			os.WriteFile(filepath.Join(blobs, digest.Hex), manifest, 0o600),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		layout, err := ocistore.OpenLayout(filepath.Join(folder, "in"))
		if err != nil {
			if _, ok := diagnostic.From(err); !ok {
				t.Fatal(err)
			}
			return
		}
		defer layout.Close()
		root := &registry.Manifest{Raw: manifest, Descriptor: v1.Descriptor{MediaType: types.OCIManifestSchema1, Digest: digest, Size: int64(len(manifest))}}
		writer, err := ocistore.WriteLayout(filepath.Join(folder, "out"))
		if err != nil {
			t.Fatal(err)
		}
		plan, err := ocistore.NewPlan(t.Context(), []ocistore.Item{{From: layout, Root: root, To: writer, Names: []string{"v1"}}}, ocistore.Options{Referrers: true})
		if err == nil {
			_, _, err = plan.Run(t.Context())
		}
		if err != nil && !errors.As(err, new(*ocistore.Error)) {
			t.Fatalf("%T %v", err, err)
		}
		if err == nil {
			var parsed struct{ Layers []v1.Descriptor }
			if err := json.Unmarshal(manifest, &parsed); err != nil {
				t.Fatal("a manifest that does not parse was copied")
			}
		}
	})
}
