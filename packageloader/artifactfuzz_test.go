package packageloader_test

import (
	"archive/tar"
	"context"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// Any bytes are configuration and layer of an artifact of any type.
func FuzzArtifact(f *testing.F) {
	chart := gzipOf(f, tarOf(f, entry{name: "shop/Chart.yaml", content: "name: shop"}))
	link := tarOf(f, entry{name: "a", kind: tar.TypeSymlink, link: "/"}, entry{name: "b/.wh.c"}, entry{name: "package.yaml"})
	f.Add(helmConfig, helmChart, "", "", []byte(`{"name":"shop","version":"1"}`), chart)
	f.Add(fluxConfig, fluxLayer, "", "", []byte("{}"), chart)
	f.Add(string(types.OCIConfigJSON), string(types.OCILayer), "dev.carvel.imgpkg.bundle", "",
		[]byte(`{"config":{"Labels":{"dev.carvel.imgpkg.bundle":"true"}}}`), link)
	f.Add(string(types.OCIConfigJSON), string(types.OCILayer), "x", "base", []byte("{}"), link)
	f.Add(string(types.DockerConfigJSON), string(types.DockerLayer), "x", "", []byte("{}"), link)
	f.Add("application/vnd.oci.empty.v1+json", "", "", "", []byte("{}"), []byte("x"))
	f.Fuzz(func(t *testing.T, configType, layerType, label, mark string, config, layer []byte) {
		image := newImage(layer)
		image.manifest.Config.MediaType = types.MediaType(configType)
		image.manifest.Layers[0].MediaType = types.MediaType(layerType)
		image.manifest.Layers[0].Annotations = map[string]string{"io.crossplane.xpkg": mark}
		image.config.Config.Labels = map[string]string{label: ""}
		if configType != string(types.OCIConfigJSON) {
			image.rawConfig = config
			image.manifest.Config.Digest, image.manifest.Config.Size = v1.Hash{}, 0
		}
		artifact, err := packageloader.OpenArtifactFrom(context.Background(), packageloader.FromImage(image), packageloader.ArtifactOptions{Limits: fuzzLimits})
		if err != nil {
			_, isFinding := diagnostic.From(err)
			require.True(t, isFinding, "%v", err)
			require.Nil(t, artifact)
			return
		}
		require.LessOrEqual(t, artifact.Files.Size(), fuzzLimits.UncompressedImage)
		require.LessOrEqual(t, int64(artifact.Files.Len()), fuzzLimits.Files)
		for _, path := range artifact.Files.Paths() {
			require.NoError(t, packagetypes.ValidatePath(path, fuzzLimits))
		}
		described, err := packageloader.DescribeArtifact(context.Background(), packageloader.FromImage(image), packageloader.ArtifactOptions{Limits: fuzzLimits})
		require.NoError(t, err)
		require.Equal(t, artifact.Kind, described.Kind)
	})
}
