package interop

import (
	"archive/tar"
	"bytes"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	ocilayout "github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
)

func TestRemoteWritesAndReads(t *testing.T) {
	t.Parallel()
	for _, folder := range packageFolders(t) {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			image := build(t, folder)
			for _, host := range []string{newRegistry(t), newForeignRegistry(t)} {
				reference, err := name.ParseReference(host + "/remote/package:v1")
				require.NoError(t, err)
				require.NoError(t, remote.Write(reference, image, remote.WithContext(t.Context())))
				read, err := remote.Image(reference, remote.WithContext(t.Context()))
				require.NoError(t, err)
				require.NoError(t, validate.Image(read))
				requireSameImage(t, image, folder, packageloader.FromImage(read))
				requireSameImage(t, image, folder, packageloader.FromRegistry(reference.Name(), anonymous()))
			}
		})
	}
}

func TestLayoutsAndTars(t *testing.T) {
	t.Parallel()
	for _, folder := range packageFolders(t) {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			image := build(t, folder)
			work := t.TempDir()

			// Ours, read by go-containerregistry.
			ours, err := ocilayout.ImageIndexFromPath(layout(t, image))
			require.NoError(t, err)
			require.NoError(t, validate.Index(ours))
			digest, err := image.Digest()
			require.NoError(t, err)
			read, err := ours.Image(digest)
			require.NoError(t, err)
			requireSameImage(t, image, folder, packageloader.FromImage(read))

			archive := filepath.Join(work, "ours.tar")
			require.NoError(t, packagebuilder.WriteTar(t.Context(), image, archive, "example.com/package:v1"))
			tag, err := name.NewTag("example.com/package:v1")
			require.NoError(t, err)
			saved, err := tarball.ImageFromPath(archive, &tag)
			require.NoError(t, err)
			require.NoError(t, validate.Image(saved))
			requireSamePackage(t, folder, packageloader.FromImage(saved))

			// Theirs, read by us.
			saving := filepath.Join(work, "theirs.tar")
			require.NoError(t, tarball.WriteToFile(saving, tag, image))
			requireSamePackage(t, folder, packageloader.FromTar(saving, ""))
			requireSamePackage(t, folder, packageloader.FromTar(saving, "example.com/package:v1"))
			theirs, err := ocilayout.Write(filepath.Join(work, "theirs"), empty.Index)
			require.NoError(t, err)
			require.NoError(t, theirs.AppendImage(image))
			requireSameImage(t, image, folder, packageloader.FromLayout(string(theirs), ""))
		})
	}
}

// TestLayersInAnyForm spreads a package over layers as builders do: with Docker
// or OCI media types, compressed and not, files that are replaced and taken
// away above, and whiteouts of whole folders.
func TestLayersInAnyForm(t *testing.T) {
	t.Parallel()
	for _, folder := range packageFolders(t) {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			files := packageFiles(t, folder)
			outdated := maps.Clone(files)
			for path := range outdated {
				outdated[path] += "outdated\n"
			}
			outdated["package/old.yaml"] = "kind: Outdated\n"
			outdated["package/old/a/b.yaml"] = "kind: Outdated\n"
			outdated["etc/passwd"] = "root:x:0:0\n"
			half, rest := split(files)

			for name, contents := range map[string][]map[string]string{
				"one":       {files},
				"two":       {half, rest},
				"replaced":  {outdated, whiteouts("package/.wh.old.yaml", "package/.wh.old"), files},
				"together":  {outdated, merged(files, whiteouts("package/.wh.old.yaml", "package/.wh.old"))},
				"opaque":    {outdated, merged(files, whiteouts("package/.wh..wh..opq"))},
				"all gone":  {outdated, whiteouts(".wh.package"), half, rest},
				"from root": {outdated, whiteouts(".wh..wh..opq"), files},
				"and again": {files, whiteouts("package/.wh.manifest.yaml"), {"package/manifest.yaml": files["package/manifest.yaml"]}},
			} {
				for form, base := range map[string]v1.Image{
					"docker": empty.Image,
					"oci":    mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON),
				} {
					t.Run(name+"/"+form, func(t *testing.T) {
						t.Parallel()
						image := base
						for i, content := range contents {
							image = appended(t, image, content, form, i%2 == 1)
						}
						requireSamePackage(t, folder, packageloader.FromImage(image))
						requireSamePackage(t, folder, packageloader.FromRegistry(pushed(t, image), anonymous()))
					})
				}
			}
		})
	}
}

// appended puts a layer with files on an image.
func appended(t *testing.T, image v1.Image, files map[string]string, form string, uncompressed bool) v1.Image {
	t.Helper()
	kinds := map[string][2]types.MediaType{
		"docker": {types.DockerLayer, types.DockerUncompressedLayer},
		"oci":    {types.OCILayer, types.OCIUncompressedLayer},
	}[form]
	data := tarOf(t, files)
	if uncompressed {
		image, err := mutate.Append(image, mutate.Addendum{Layer: plainLayer{data: data, kind: kinds[1]}})
		require.NoError(t, err)
		return image
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(data)), nil
	}, tarball.WithMediaType(kinds[0]))
	require.NoError(t, err)
	image, err = mutate.Append(image, mutate.Addendum{Layer: layer})
	require.NoError(t, err)
	return image
}

// plainLayer is a layer that is stored as it is.
type plainLayer struct {
	data []byte
	kind types.MediaType
}

func (l plainLayer) Digest() (v1.Hash, error) {
	digest, _, err := v1.SHA256(bytes.NewReader(l.data))
	return digest, err
}
func (l plainLayer) DiffID() (v1.Hash, error) { return l.Digest() }
func (l plainLayer) Compressed() (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(l.data)), nil
}
func (l plainLayer) Uncompressed() (io.ReadCloser, error) { return l.Compressed() }
func (l plainLayer) Size() (int64, error)                 { return int64(len(l.data)), nil }
func (l plainLayer) MediaType() (types.MediaType, error)  { return l.kind, nil }

// tarOf makes a tar as builders do: folders first, everything with a time and an
// owner.
func tarOf(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var buffer bytes.Buffer
	archive := tar.NewWriter(&buffer)
	folders := map[string]bool{}
	for _, path := range slices.Sorted(maps.Keys(files)) {
		elements := strings.Split(path, "/")
		for i := 1; i < len(elements); i++ {
			folder := strings.Join(elements[:i], "/") + "/"
			if !folders[folder] {
				folders[folder] = true
				require.NoError(t, archive.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: folder, Mode: 0o755, Uid: 1000}))
			}
		}
		content := files[path]
		require.NoError(t, archive.WriteHeader(&tar.Header{
			Typeflag: tar.TypeReg, Name: path, Mode: 0o600, Uid: 1000, Uname: "author", Size: int64(len(content)),
		}))
		_, err := io.WriteString(archive, content)
		require.NoError(t, err)
	}
	require.NoError(t, archive.Close())
	return buffer.Bytes()
}

func whiteouts(paths ...string) map[string]string {
	files := map[string]string{}
	for _, path := range paths {
		files[path] = ""
	}
	return files
}

func merged(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// split halves files by every second path.
func split(files map[string]string) (half, rest map[string]string) {
	half, rest = map[string]string{}, map[string]string{}
	for i, path := range slices.Sorted(maps.Keys(files)) {
		if i%2 == 0 {
			half[path] = files[path]
		} else {
			rest[path] = files[path]
		}
	}
	return half, rest
}

// The forms above differ from one another, so that the test above tests them.
func TestFormsDiffer(t *testing.T) {
	t.Parallel()
	files := map[string]string{"package/manifest.yaml": "kind: PackageManifest\n"}
	seen := map[types.MediaType]bool{}
	for _, form := range []string{"docker", "oci"} {
		for _, uncompressed := range []bool{false, true} {
			manifest, err := appended(t, empty.Image, files, form, uncompressed).Manifest()
			require.NoError(t, err)
			seen[manifest.Layers[0].MediaType] = true
		}
	}
	assert.Len(t, seen, 4)
}
