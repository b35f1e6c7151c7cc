package interop

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/schema"
	specsv1 "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Everything that a layout of ours holds is valid against the JSON schemas of
// the image specification.
func TestLayoutIsValidAgainstTheSpecification(t *testing.T) {
	t.Parallel()
	for _, folder := range packageFolders(t) {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			written := layout(t, build(t, folder))
			requireValid(t, schema.ValidatorMediaTypeLayoutHeader, readFile(t, written, "oci-layout"))
			rawIndex := readFile(t, written, "index.json")
			requireValid(t, schema.ValidatorMediaTypeImageIndex, rawIndex)

			var index specsv1.Index
			decodeStrictly(t, rawIndex, &index)
			require.Len(t, index.Manifests, 1)
			rawManifest := blob(t, written, index.Manifests[0])
			requireValid(t, schema.ValidatorMediaTypeManifest, rawManifest)

			var manifest specsv1.Manifest
			decodeStrictly(t, rawManifest, &manifest)
			assert.Equal(t, specsv1.MediaTypeImageManifest, manifest.MediaType)
			rawConfig := blob(t, written, manifest.Config)
			requireValid(t, schema.ValidatorMediaTypeImageConfig, rawConfig)

			var config specsv1.Image
			decodeStrictly(t, rawConfig, &config)
			require.Len(t, config.RootFS.DiffIDs, len(manifest.Layers))
			for _, layer := range manifest.Layers {
				assert.Equal(t, specsv1.MediaTypeImageLayerGzip, layer.MediaType)
				blob(t, written, layer)
			}
			blobs, err := os.ReadDir(filepath.Join(written, "blobs", "sha256"))
			require.NoError(t, err)
			assert.Len(t, blobs, len(manifest.Layers)+2, "a layout holds the image and nothing else")
		})
	}
}

// The schemas refuse what is wrong, so the test above means something.
func TestSchemasRefuse(t *testing.T) {
	t.Parallel()
	written := layout(t, build(t, filepath.Join(examples, "webapp")))
	for validator, broken := range map[schema.Validator]struct{ file, from, to string }{
		schema.ValidatorMediaTypeLayoutHeader: {"oci-layout", "1.0.0", "9"},
		schema.ValidatorMediaTypeImageIndex:   {"index.json", "sha256:", "sha256-"},
	} {
		data := bytes.Replace(readFile(t, written, broken.file), []byte(broken.from), []byte(broken.to), 1)
		assert.Error(t, validator.Validate(bytes.NewReader(data)), broken.file)
	}
	assert.Error(t, schema.ValidatorMediaTypeManifest.Validate(bytes.NewReader([]byte(`{"schemaVersion": 2}`))))
	assert.Error(t, schema.ValidatorMediaTypeImageConfig.Validate(bytes.NewReader([]byte(`{"os": "linux"}`))))
}

func requireValid(t *testing.T, validator schema.Validator, data []byte) {
	t.Helper()
	require.NoError(t, validator.Validate(bytes.NewReader(data)), "%s", data)
}

// decodeStrictly decodes into a type of the specification, which has all fields
// there are.
func decodeStrictly(t *testing.T, data []byte, into any) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(into))
}

// blob reads a blob of a layout and compares it with its descriptor.
func blob(t *testing.T, layout string, descriptor specsv1.Descriptor) []byte {
	t.Helper()
	data := readFile(t, layout, "blobs", descriptor.Digest.Algorithm().String(), descriptor.Digest.Encoded())
	require.EqualValues(t, descriptor.Size, len(data))
	require.Equal(t, descriptor.Digest, digest.FromBytes(data))
	return data
}
