package interop

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/registry"
)

func TestSkopeoInspects(t *testing.T) {
	t.Parallel()
	for _, folder := range packageFolders(t) {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			skopeo, image := skopeo(t), build(t, folder)
			reference := pushed(t, image)
			manifest, err := image.Manifest()
			require.NoError(t, err)
			config, err := image.ConfigFile()
			require.NoError(t, err)
			var layers []string
			for _, layer := range manifest.Layers {
				layers = append(layers, layer.Digest.String())
			}
			for _, place := range []string{"docker://" + reference, "oci:" + layout(t, image) + ":v1"} {
				var got struct {
					Digest, Architecture, Os string
					Layers                   []string
					Labels                   map[string]string
				}
				output := skopeo.run(t, "--insecure-policy", "inspect", "--tls-verify=false", place)
				require.NoError(t, json.Unmarshal(output, &got))
				assert.Equal(t, digestOf(t, image), got.Digest)
				assert.Equal(t, "linux/amd64", got.Os+"/"+got.Architecture)
				assert.Equal(t, layers, got.Layers)
				assert.Equal(t, config.Config.Labels, got.Labels)
				raw := skopeo.run(t, "--insecure-policy", "inspect", "--tls-verify=false", "--raw", place)
				assert.Equal(t, string(rawManifest(t, image)), string(raw))
			}
		})
	}
}

func TestSkopeoCopiesFromARegistry(t *testing.T) {
	t.Parallel()
	for _, folder := range packageFolders(t) {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			skopeo, image := skopeo(t), build(t, folder)
			from := "docker://" + pushed(t, image)
			work := t.TempDir()

			oci := filepath.Join(work, "oci")
			skopeo.copyImage(t, from, "oci:"+oci+":v1")
			requireSameImage(t, image, folder, packageloader.FromLayout(oci, "v1"))

			archive := filepath.Join(work, "oci.tar")
			skopeo.copyImage(t, from, "oci-archive:"+archive)
			requireSameImage(t, image, folder, packageloader.FromTar(archive, ""))

			plain := filepath.Join(work, "dir")
			skopeo.copyImage(t, from, "dir:"+plain)
			assert.Equal(t, string(rawManifest(t, image)), string(readFile(t, plain, "manifest.json")))
			manifest, err := image.Manifest()
			require.NoError(t, err)
			for _, blob := range append(manifest.Layers, manifest.Config) {
				requireDigest(t, blob.Digest, readFile(t, plain, blob.Digest.Hex))
			}

			// What docker loads has no OCI manifest, so another digest; the package
			// in it is the same.
			docker := filepath.Join(work, "docker.tar")
			skopeo.copyImage(t, from, "docker-archive:"+docker+":example.com/package:v1")
			requireSamePackage(t, folder, packageloader.FromTar(docker, ""))
			requireSamePackage(t, folder, packageloader.FromTar(docker, "example.com/package:v1"))
		})
	}
}

// From layout to registry to layout, with each registry, nothing changes.
func TestSkopeoKeepsTheDigest(t *testing.T) {
	t.Parallel()
	for _, folder := range packageFolders(t) {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			skopeo, image := skopeo(t), build(t, folder)
			first := "oci:" + layout(t, image) + ":v1"
			for name, host := range map[string]string{"ours": newRegistry(t), "go-containerregistry's": newForeignRegistry(t)} {
				reference := host + "/copied/package:v1"
				skopeo.copyImage(t, first, "docker://"+reference)
				resolved, err := registry.NewClient(anonymous()).Resolve(t.Context(), reference)
				require.NoError(t, err, name)
				assert.Equal(t, digestOf(t, image), resolved.Digest.String(), name)
				last := filepath.Join(t.TempDir(), "oci")
				skopeo.copyImage(t, "docker://"+host+"/copied/package@"+resolved.Digest.String(), "oci:"+last+":v1")
				requireSameImage(t, image, folder, packageloader.FromLayout(last, "v1"))
			}
		})
	}
}

// The tar is two things at once, and skopeo reads both.
func TestSkopeoReadsOurTar(t *testing.T) {
	t.Parallel()
	for _, folder := range packageFolders(t) {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			skopeo, image := skopeo(t), build(t, folder)
			work := t.TempDir()
			written := filepath.Join(work, "package.tar")
			require.NoError(t, packagebuilder.WriteTar(t.Context(), image, written, "example.com/package:v1"))

			oci := filepath.Join(work, "oci")
			skopeo.copyImage(t, "oci-archive:"+written, "oci:"+oci+":v1")
			requireSameImage(t, image, folder, packageloader.FromLayout(oci, "v1"))

			docker := filepath.Join(work, "docker")
			skopeo.copyImage(t, "docker-archive:"+written+":example.com/package:v1", "oci:"+docker+":v1")
			requireSamePackage(t, folder, packageloader.FromLayout(docker, "v1"))
		})
	}
}

// What skopeo makes of an image when it is asked for another form is still the
// package.
func TestSkopeoConverts(t *testing.T) {
	t.Parallel()
	for _, folder := range packageFolders(t) {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			skopeo, work := skopeo(t), t.TempDir()
			first := "oci:" + layout(t, build(t, folder)) + ":v1"
			// skopeo compresses only what is not compressed.
			plain := "dir:" + filepath.Join(work, "plain")
			skopeo.copyImage(t, first, plain, "--dest-decompress")

			for name, form := range map[string]struct {
				from            string
				flags           []string
				manifest, layer types.MediaType
			}{
				"docker": {first, []string{"--format", "v2s2"}, types.DockerManifestSchema2, types.DockerLayer},
				"gzip":   {plain, []string{"--dest-compress-format", "gzip"}, types.OCIManifestSchema1, types.OCILayer},
				"zstd":   {plain, []string{"--dest-compress-format", "zstd"}, types.OCIManifestSchema1, types.OCILayerZStd},
				"plain":  {plain, []string{"--dest-oci-accept-uncompressed-layers"}, types.OCIManifestSchema1, types.OCIUncompressedLayer},
			} {
				oci := filepath.Join(work, name)
				source := packageloader.FromLayout(oci, "v1")
				to := "oci:" + oci + ":v1"
				if form.manifest == types.DockerManifestSchema2 { // which a layout never holds
					reference := newRegistry(t) + "/converted/package:v1"
					source, to = packageloader.FromRegistry(reference, anonymous()), "docker://"+reference
				}
				skopeo.copyImage(t, form.from, to, form.flags...)
				var got v1.Manifest
				raw := skopeo.run(t, "--insecure-policy", "inspect", "--tls-verify=false", "--raw", to)
				require.NoError(t, json.Unmarshal(raw, &got))
				if got.MediaType != "" { // an OCI manifest may leave it out
					assert.Equal(t, form.manifest, got.MediaType, name)
				}
				for _, layer := range got.Layers {
					assert.Equal(t, form.layer, layer.MediaType, name)
				}
				requireSamePackage(t, folder, source)
			}
		})
	}
}

func requireDigest(t *testing.T, want v1.Hash, data []byte) {
	t.Helper()
	got, _, err := v1.SHA256(bytes.NewReader(data))
	require.NoError(t, err)
	require.Equal(t, want, got)
}
