package resolve_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/resolve"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/registryserver"
)

func TestResolvePlatforms(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(registryserver.New(registryserver.Options{}))
	t.Cleanup(server.Close)
	host := strings.TrimPrefix(server.URL, "http://")

	var want []resolve.PlatformImage
	index := v1.ImageIndex(empty.Index)
	for _, platform := range []v1.Platform{
		{OS: "linux", Architecture: "amd64"}, {OS: "linux", Architecture: "arm", Variant: "v7"}, {OS: "unknown", Architecture: "unknown"},
	} {
		image, err := random.Image(10, 1)
		require.NoError(t, err)
		digest, err := image.Digest()
		require.NoError(t, err)
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{Platform: &platform}})
		if platform.OS != "unknown" {
			want = append(want, resolve.PlatformImage{Platform: platform.String(), Digest: digest.String()})
		}
	}
	many, err := name.ParseReference(host + "/many:v1")
	require.NoError(t, err)
	require.NoError(t, remote.WriteIndex(many, index))
	single, err := random.Image(10, 1)
	require.NoError(t, err)
	one, err := name.ParseReference(host + "/one:v1")
	require.NoError(t, err)
	require.NoError(t, remote.Write(one, single))

	source := packageloader.FromFiles(map[string][]byte{"manifest.yaml": []byte(`apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata: {name: shop}
spec:
  scopes: [Cluster]
  phases: [{name: deploy}]
  images: [{name: many, image: "` + many.Name() + `"}, {name: one, image: "` + one.Name() + `"}]
`)})
	client := registry.NewClient(registry.Options{})
	plan, err := resolve.Lock(t.Context(), source, resolve.LockOptions{Resolver: client})
	require.NoError(t, err)
	require.NoError(t, plan.ResolvePlatforms(t.Context(), client, false))
	require.Equal(t, want, plan.Locks[0].Images[0].Platforms)
	require.Empty(t, plan.Locks[0].Images[1].Platforms)
	server.Close()
	require.Error(t, plan.ResolvePlatforms(t.Context(), client, true))
}
