package packageloader_test

import (
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/benchmark/packageset"
	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/registryserver"
)

// TestMemoryOfLoads loads packages into files from everywhere. All that is
// allocated on the way, not only what is in use at one time, is the layer
// compressed and not, a tenth of both, and what does not depend on them. It is not
// parallel, since what others allocate would count.
func TestMemoryOfLoads(t *testing.T) {
	const constant = 1 << 20
	folder := t.TempDir()
	storage, err := registryserver.OpenFolder(filepath.Join(folder, "registry"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, storage.Close()) })
	server := httptest.NewServer(registryserver.New(registryserver.Options{Storage: storage}))
	t.Cleanup(server.Close)
	options := registry.Options{Keychain: authn.NewMultiKeychain()}

	for _, megabytes := range []int{1, 10} {
		set := packageset.Bulk(megabytes)
		image, _, err := packagebuilder.Build(t.Context(), packageloader.FromFiles(set.Files), packagebuilder.BuildOptions{SkipValidation: true})
		require.NoError(t, err)
		layers, err := image.Layers()
		require.NoError(t, err)
		require.Len(t, layers, 1)
		compressed, err := layers[0].Size()
		require.NoError(t, err)
		reference := strings.TrimPrefix(server.URL, "http://") + "/bulk:v1"
		_, err = packagebuilder.Push(t.Context(), image, []string{reference}, options)
		require.NoError(t, err)
		onDisk, err := layout.Write(filepath.Join(folder, "layout", set.Name), empty.Index)
		require.NoError(t, err)
		require.NoError(t, onDisk.AppendImage(image))
		law := (compressed+set.Size())*11/10 + constant

		for name, source := range map[string]packageloader.Source{
			"image":    packageloader.FromImage(image),
			"registry": packageloader.FromRegistry(reference, options),
			"layout":   packageloader.FromLayout(string(onDisk), ""),
		} {
			load := func() {
				content, err := source.Open(t.Context(), packagetypes.Limits{})
				require.NoError(t, err)
				require.Equal(t, len(set.Files), content.Files.Len())
			}
			load() // what is kept to be used again
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			load()
			runtime.ReadMemStats(&after)
			assert.Less(t, int64(after.TotalAlloc-before.TotalAlloc), law, "%s from %s: %d bytes compressed, %d not", set.Name, name, compressed, set.Size())
			t.Logf("%s from %s: %d of %d", set.Name, name, after.TotalAlloc-before.TotalAlloc, law)
		}
	}
}
