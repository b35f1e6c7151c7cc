package ocistore_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/ocistore"
	"github.com/packstage/packstage/registry/registryserver"
)

// Copy an artifact from a registry into an image layout, and nothing when it is
// there.
func ExampleNewPlan() {
	ctx := context.Background()
	server := httptest.NewServer(registryserver.New(registryserver.Options{}))
	defer server.Close()
	client := registry.NewClient(registry.Options{Keychain: authn.NewMultiKeychain()})
	repository, err := ocistore.InRepository(client, strings.TrimPrefix(server.URL, "http://")+"/team/notes")
	if err != nil {
		fmt.Println(err)
		return
	}
	config := []byte("{}")
	blob := v1.Descriptor{MediaType: "application/vnd.oci.empty.v1+json", Size: 2, Digest: hashOf(config)}
	if err := repository.PushBlob(ctx, blob, func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(config)), nil }, nil); err != nil {
		fmt.Println(err)
		return
	}
	raw := fmt.Appendf(nil, `{"schemaVersion":2,"mediaType":%q,"config":{"mediaType":%q,"size":2,"digest":%q},"layers":[]}`,
		types.OCIManifestSchema1, blob.MediaType, blob.Digest)
	root := &registry.Manifest{Raw: raw, Descriptor: v1.Descriptor{MediaType: types.OCIManifestSchema1, Size: int64(len(raw)), Digest: hashOf(raw)}}
	if err := repository.PushManifest(ctx, "v1", root); err != nil {
		fmt.Println(err)
		return
	}

	folder, err := os.MkdirTemp("", "copies")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	for range 2 {
		layout, err := ocistore.WriteLayout(filepath.Join(folder, "layout"))
		if err != nil {
			fmt.Println(err)
			return
		}
		plan, err := ocistore.NewPlan(ctx, []ocistore.Item{{From: repository, Root: root, To: layout, Names: []string{"v1"}}}, ocistore.Options{Referrers: true})
		if err != nil {
			fmt.Println(err)
			return
		}
		moved, skipped, err := plan.Run(ctx)
		if err != nil {
			fmt.Println(err)
			return
		}
		if err := layout.Commit(ctx); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(moved.Blobs, skipped.Blobs)
	}
	// Output:
	// 1 0
	// 0 1
}
