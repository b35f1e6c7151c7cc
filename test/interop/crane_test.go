package interop

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"

	cranelib "github.com/google/go-containerregistry/pkg/crane"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/registry"
)

func TestCraneReads(t *testing.T) {
	t.Parallel()
	for _, folder := range packageFolders(t) {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			crane, image := crane(t), build(t, folder)
			reference := pushed(t, image)
			config, err := image.RawConfigFile()
			require.NoError(t, err)

			assert.Equal(t, digestOf(t, image), strings.TrimSpace(string(crane.run(t, "digest", reference))))
			assert.Equal(t, digestOf(t, image), strings.TrimSpace(string(crane.run(t, "digest", "--platform", "linux/amd64", reference))))
			assert.Equal(t, string(rawManifest(t, image)), string(crane.run(t, "manifest", reference)))
			assert.Equal(t, string(config), strings.TrimSuffix(string(crane.run(t, "config", reference)), "\n"))
			assert.Equal(t, packageFiles(t, folder), tarFiles(t, crane.run(t, "export", reference, "-")))
			crane.run(t, "validate", "--remote", reference)
		})
	}
}

func TestCranePulls(t *testing.T) {
	t.Parallel()
	for _, folder := range packageFolders(t) {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			crane, image := crane(t), build(t, folder)
			reference := pushed(t, image)
			work := t.TempDir()

			oci := filepath.Join(work, "oci")
			crane.run(t, "pull", "--format=oci", reference, oci)
			requireSameImage(t, image, folder, packageloader.FromLayout(oci, ""))
			for _, format := range []string{"tarball", "legacy"} {
				archive := filepath.Join(work, format+".tar")
				crane.run(t, "pull", "--format="+format, reference, archive)
				crane.run(t, "validate", "--tarball", archive)
				requireSamePackage(t, folder, packageloader.FromTar(archive, ""))
			}
		})
	}
}

func TestCranePushesWhatWeWrite(t *testing.T) {
	t.Parallel()
	for _, folder := range packageFolders(t) {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			crane, image, host := crane(t), build(t, folder), newForeignRegistry(t)
			crane.run(t, "push", layout(t, image), host+"/from/layout:v1")
			requireSameImage(t, image, folder, packageloader.FromRegistry(host+"/from/layout:v1", anonymous()))

			archive := filepath.Join(t.TempDir(), "package.tar")
			require.NoError(t, packagebuilder.WriteTar(t.Context(), image, archive, "example.com/package:v1"))
			crane.run(t, "push", archive, host+"/from/tar:v1")
			requireSamePackage(t, folder, packageloader.FromRegistry(host+"/from/tar:v1", anonymous()))

			copied := newRegistry(t) + "/copied/package:v1"
			crane.run(t, "copy", host+"/from/layout:v1", copied)
			requireSameImage(t, image, folder, packageloader.FromRegistry(copied, anonymous()))
		})
	}
}

// An index in which crane lists our image gives our image.
func TestCraneIndex(t *testing.T) {
	t.Parallel()
	for _, folder := range packageFolders(t) {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			crane, image := crane(t), build(t, folder)
			reference := pushed(t, image)
			index := strings.TrimSuffix(reference, ":v1") + ":index"
			crane.run(t, "index", "append", "--manifest", reference, "--tag", index)
			manifest, err := registry.NewClient(anonymous()).Manifest(t.Context(), index)
			require.NoError(t, err)
			require.Equal(t, types.OCIImageIndex, manifest.Descriptor.MediaType)
			requireSameImage(t, image, folder, packageloader.FromRegistry(index, anonymous()))
		})
	}
}

// TestCraneAppends makes images as people do who have no builder: a tar with
// the folder in it, as the only layer.
func TestCraneAppends(t *testing.T) {
	t.Parallel()
	for _, folder := range packageFolders(t) {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			crane, systemTar := crane(t), systemTar(t)
			work := t.TempDir()
			copied(t, folder, filepath.Join(work, "package"))
			layer := filepath.Join(work, "layer.tar")
			systemTar.run(t, "-C", work, "-cf", layer, "package")
			dotted := filepath.Join(work, "dotted.tar.gz")
			systemTar.run(t, "-C", work, "-czf", dotted, "./package")

			host := newRegistry(t)
			for name, flags := range map[string][]string{
				"docker": {"--new_layer", layer},
				"oci":    {"--oci-empty-base", "--new_layer", layer},
				"dotted": {"--new_layer", dotted},
				"twice":  {"--new_layer", layer, "--new_layer", dotted},
			} {
				reference := host + "/appended/package:" + name
				crane.run(t, append([]string{"append", "--new_tag", reference}, flags...)...)
				requireSamePackage(t, folder, packageloader.FromRegistry(reference, anonymous()))
			}
			archive := filepath.Join(work, "image.tar")
			crane.run(t, "append", "--new_layer", layer, "--new_tag", "example.com/package:v1", "--output", archive)
			requireSamePackage(t, folder, packageloader.FromTar(archive, ""))
		})
	}
}

// The library under crane finds nothing wrong with our image, in a registry of
// either kind.
func TestCraneLibrary(t *testing.T) {
	t.Parallel()
	for _, folder := range packageFolders(t) {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			image := build(t, folder)
			require.NoError(t, validate.Image(image))
			for name, host := range map[string]string{"ours": newRegistry(t), "go-containerregistry's": newForeignRegistry(t)} {
				reference := host + "/examples/package:v1"
				_, err := packagebuilder.Push(t.Context(), image, []string{reference}, anonymous())
				require.NoError(t, err, name)
				pulled, err := cranelib.Pull(reference, cranelib.WithContext(t.Context()), cranelib.WithPlatform(&v1.Platform{OS: "linux", Architecture: "amd64"}))
				require.NoError(t, err, name)
				require.NoError(t, validate.Image(pulled), name)
				assert.Equal(t, digestOf(t, image), digestOf(t, pulled), name)
				var exported bytes.Buffer
				require.NoError(t, cranelib.Export(pulled, &exported), name)
				assert.Equal(t, packageFiles(t, folder), tarFiles(t, exported.Bytes()), name)
				requireSameImage(t, image, folder, packageloader.FromImage(pulled))
				requireSameImage(t, image, folder, packageloader.FromRegistry(reference, anonymous()))

				raw, err := cranelib.Manifest(reference, cranelib.WithContext(t.Context()))
				require.NoError(t, err, name)
				assert.True(t, json.Valid(raw), name)
				tags, err := cranelib.ListTags(host+"/examples/package", cranelib.WithContext(t.Context()))
				require.NoError(t, err, name)
				assert.Equal(t, []string{"v1"}, tags, name)
			}
		})
	}
}

// tarFiles reads the regular files of a tar.
func tarFiles(t *testing.T, data []byte) map[string]string {
	t.Helper()
	files := map[string]string{}
	archive := tar.NewReader(bytes.NewReader(data))
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		require.NoError(t, err)
		if header.Typeflag != tar.TypeReg {
			continue
		}
		content, err := io.ReadAll(archive)
		require.NoError(t, err)
		files[header.Name] = string(content)
	}
}
