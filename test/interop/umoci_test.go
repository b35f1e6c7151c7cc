package interop

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

func TestUmociUnpacks(t *testing.T) {
	t.Parallel()
	for _, folder := range packageFolders(t) {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			umoci := umoci(t)
			written := layout(t, build(t, folder))
			assert.Equal(t, "v1", strings.TrimSpace(string(umoci.run(t, "list", "--layout", written))))

			bundle := filepath.Join(t.TempDir(), "bundle")
			umoci.run(t, "unpack", "--rootless", "--image", written+":v1", bundle)
			root := filepath.Join(bundle, "rootfs")
			assert.Equal(t, packageFiles(t, folder), filesBelow(t, root))
			require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
				if err != nil || entry.IsDir() {
					return err
				}
				info, err := entry.Info()
				if err != nil {
					return err
				}
				assert.Equal(t, fs.FileMode(0o644), info.Mode(), path)
				assert.Zero(t, info.ModTime().Unix(), path)
				return nil
			}))
		})
	}
}

// newUmociImage is a layout with an image without layers.
func newUmociImage(t *testing.T, umoci tool) string {
	t.Helper()
	written := filepath.Join(t.TempDir(), "layout")
	umoci.run(t, "init", "--layout", written)
	umoci.run(t, "new", "--image", written+":v1")
	return written
}

func TestUmociInserts(t *testing.T) {
	t.Parallel()
	for _, folder := range packageFolders(t) {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			umoci := umoci(t)
			written := newUmociImage(t, umoci)
			umoci.run(t, "insert", "--rootless", "--image", written+":v1", folder, "/package")
			requireSamePackage(t, folder, packageloader.FromLayout(written, "v1"))
		})
	}
}

// Each layer takes away what the one below it had.
func TestUmociInsertsWhiteouts(t *testing.T) {
	t.Parallel()
	for _, folder := range packageFolders(t) {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			umoci := umoci(t)
			written := newUmociImage(t, umoci)
			older := filepath.Join(t.TempDir(), "older")
			outdate(t, folder, older)
			image := written + ":v1"

			umoci.run(t, "insert", "--rootless", "--image", image, older, "/package")
			umoci.run(t, "insert", "--rootless", "--image", image, "--tag", "opaque", "--opaque", folder, "/package")
			requireSamePackage(t, folder, packageloader.FromLayout(written, "opaque"))

			for _, path := range outdated {
				umoci.run(t, "insert", "--rootless", "--image", image, "--whiteout", "/package/"+path)
			}
			umoci.run(t, "insert", "--rootless", "--image", image, filepath.Join(folder, "manifest.yaml"), "/package/manifest.yaml")
			requireSamePackage(t, folder, packageloader.FromLayout(written, "v1"))
		})
	}
}

func TestUmociRepacks(t *testing.T) {
	t.Parallel()
	for _, folder := range packageFolders(t) {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			umoci := umoci(t)
			written := newUmociImage(t, umoci)
			image := written + ":v1"
			bundle := filepath.Join(t.TempDir(), "bundle")
			umoci.run(t, "unpack", "--rootless", "--image", image, bundle)
			unpacked := filepath.Join(bundle, "rootfs", "package")

			// The first layer holds an older package, the second what changed since.
			outdate(t, folder, unpacked)
			umoci.run(t, "repack", "--refresh-bundle", "--image", image, bundle)
			content, err := packageloader.FromLayout(written, "v1").Open(t.Context(), packagetypes.Limits{})
			require.NoError(t, err)
			for _, path := range outdated {
				require.True(t, holds(content.Files, path), "%s is in the first layer", path)
			}
			for _, path := range outdated {
				require.NoError(t, os.RemoveAll(filepath.Join(unpacked, path)))
			}
			require.NoError(t, os.WriteFile(filepath.Join(unpacked, "manifest.yaml"), readFile(t, folder, "manifest.yaml"), 0o644))
			umoci.run(t, "repack", "--image", image, bundle)
			requireSamePackage(t, folder, packageloader.FromLayout(written, "v1"))
		})
	}
}

// A package of ours that umoci changes and changes back is the same again.
func TestUmociRepacksOurImage(t *testing.T) {
	t.Parallel()
	for _, folder := range packageFolders(t) {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			umoci := umoci(t)
			written := layout(t, build(t, folder))
			bundle := filepath.Join(t.TempDir(), "bundle")
			umoci.run(t, "unpack", "--rootless", "--image", written+":v1", bundle)
			added := filepath.Join(bundle, "rootfs", "package", "added")
			require.NoError(t, os.WriteFile(added, []byte("added\n"), 0o644))
			umoci.run(t, "repack", "--refresh-bundle", "--image", written+":v2", bundle)
			content, err := packageloader.FromLayout(written, "v2").Open(t.Context(), packagetypes.Limits{})
			require.NoError(t, err)
			assert.True(t, holds(content.Files, "added"))

			require.NoError(t, os.Remove(added))
			umoci.run(t, "repack", "--image", written+":v3", bundle)
			requireSamePackage(t, folder, packageloader.FromLayout(written, "v3"))
			requireSamePackage(t, folder, packageloader.FromLayout(written, "v1"))
		})
	}
}

// outdated are what a later version of the package has no more: a file, a
// folder, and all files of a folder.
var outdated = []string{"old.yaml", "old", "older/deep"}

// outdate makes an older version of a package: another manifest, and files that
// are there no more.
func outdate(t *testing.T, folder, to string) {
	t.Helper()
	copied(t, folder, to)
	for name, content := range map[string]string{
		"manifest.yaml":       "kind: Outdated\n",
		"old.yaml":            "kind: Outdated\n",
		"old/a.yaml":          "kind: Outdated\n",
		"old/b/c.yaml.gotmpl": "{{ fail }}\n",
		"older/deep":          "outdated\n",
	} {
		path := filepath.Join(to, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
	}
}

// holds tells whether there is a file or a folder of that name.
func holds(files *packagetypes.Files, path string) bool {
	_, isFile := files.Read(path)
	return isFile || files.Sub(path).Len() > 0
}
