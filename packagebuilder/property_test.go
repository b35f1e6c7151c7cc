package packagebuilder_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/registry/registryserver"
)

// randomFiles returns any files that a package may have.
func randomFiles(random *rand.Rand) map[string][]byte {
	elements := []string{"a", "b", "components", "x.yaml", "-", "a b", "ü", "日本", strings.Repeat("n", 120), "package", "wh.x", "~", "c+d", "e%f"}
	contents := map[string][]byte{}
	for i := range 1 + random.IntN(40) {
		var path []string
		for range random.IntN(4) {
			path = append(path, elements[random.IntN(len(elements))])
		}
		// The last element makes it a name that is no folder of another file.
		path = append(path, fmt.Sprintf("%d-%s", i, elements[random.IntN(len(elements))]))
		content := make([]byte, random.IntN(2000))
		for i := range content {
			content[i] = byte(random.IntN(256))
		}
		contents[strings.Join(path, "/")] = content
	}
	return contents
}

// Whatever the files are: built, they come back the same from everywhere.
func TestRoundTripOfAnyFiles(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	server := httptest.NewServer(registryserver.New(registryserver.Options{}))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	for seed := range uint64(30) {
		files, err := packagetypes.NewFiles(randomFiles(rand.New(rand.NewPCG(seed, 0))), packagetypes.Limits{})
		require.NoError(t, err)
		image := build(t, files, packagebuilder.ImageOptions{})
		folder := t.TempDir()
		layout, tar, unpacked := filepath.Join(folder, "layout"), filepath.Join(folder, "tar"), filepath.Join(folder, "files")
		reference := fmt.Sprintf("%s/package:seed-%d", host, seed)
		require.NoError(t, packagebuilder.WriteLayout(ctx, image, layout, packagebuilder.LayoutOptions{}))
		require.NoError(t, packagebuilder.WriteTar(ctx, image, tar, reference))
		pushed, err := packagebuilder.Push(ctx, image, []string{reference}, benchOptions())
		require.NoError(t, err)
		require.Equal(t, digestOf(t, image), pushed)
		require.NoError(t, os.CopyFS(unpacked, files.FS()))
		for name, source := range map[string]packageloader.Source{
			"image":    packageloader.FromImage(image),
			"layout":   packageloader.FromLayout(layout, ""),
			"tar":      packageloader.FromTar(tar, ""),
			"registry": packageloader.FromRegistry(reference, benchOptions()),
			"folder":   packageloader.FromFolder(unpacked, packageloader.FolderOptions{}),
			"fs":       packageloader.FromFS(files.FS()),
		} {
			content, err := source.Open(ctx, packagetypes.Limits{})
			require.NoError(t, err, "%d %s", seed, name)
			require.Equal(t, files.Paths(), content.Files.Paths(), "%d %s", seed, name)
			require.Equal(t, files.Digest(), content.Files.Digest(), "%d %s", seed, name)
			if name != "folder" && name != "fs" {
				require.Equal(t, pushed, content.ImageDigest, name)
			}
			require.Equal(t, digestOf(t, image), digestOf(t, build(t, content.Files, packagebuilder.ImageOptions{})), "%d %s", seed, name)
		}
	}
}
