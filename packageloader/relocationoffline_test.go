package packageloader_test

import (
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packageloader/relocation"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/cache"
	"github.com/packstage/packstage/registry/registrytest"
)

// A package that locks images and is in the cache loads without a registry, with the
// places of its images as they were the last time.
func TestLockedPackagesLoadFromTheCacheAlone(t *testing.T) {
	t.Parallel()
	for name, withImages := range map[string]bool{"as it was built": false, "relocated": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var down atomic.Bool
			started := registrytest.Start(t, registrytest.Options{Intercept: func(w http.ResponseWriter, _ *http.Request) bool {
				if down.Load() {
					w.WriteHeader(http.StatusServiceUnavailable)
				}
				return down.Load()
			}})
			options := registry.Options{Keychain: authn.NewMultiKeychain(), Retry: registry.RetryPolicy{Attempts: 1}}
			plain := registry.NewClient(options)
			image, _, err := packagebuilder.Build(t.Context(), packageloader.FromFiles(map[string][]byte{
				"manifest.yaml": []byte("apiVersion: manifests.package-operator.run/v1alpha1\nkind: PackageManifest\nmetadata: {name: image}\n" +
					"spec:\n  scopes: [Namespaced]\n  phases: [{name: all}]\n"),
			}), packagebuilder.BuildOptions{})
			require.NoError(t, err)
			locked, err := plain.Push(t.Context(), image, started.Host+"/images/app:v1")
			require.NoError(t, err)
			built, _, err := packagebuilder.Build(t.Context(), packageloader.FromFiles(map[string][]byte{
				"manifest.yaml": []byte("apiVersion: manifests.package-operator.run/v1alpha1\nkind: PackageManifest\nmetadata: {name: sample}\n" +
					"spec:\n  scopes: [Namespaced]\n  phases: [{name: all}]\n  images: [{name: app, image: \"" + started.Host + "/images/app:v1\"}]\n"),
				"manifest.lock.yaml": []byte("apiVersion: manifests.package-operator.run/v1alpha1\nkind: PackageManifestLock\n" +
					"spec:\n  images: [{name: app, image: \"" + started.Host + "/images/app:v1\", digest: \"" + locked.String() + "\"}]\n"),
			}), packagebuilder.BuildOptions{})
			require.NoError(t, err)
			digest, err := plain.Push(t.Context(), built, started.Host+"/team/sample:v1")
			require.NoError(t, err)
			repository := started.Host + "/team/sample"
			if withImages {
				repository = started.Host + "/mirror/sample"
				_, err = relocation.Copy(t.Context(), relocation.InRegistry(plain, started.Host+"/team/sample:v1"),
					relocation.InRegistry(plain, repository+":v1"), relocation.Options{Images: true})
				require.NoError(t, err)
			}
			options.Cache, err = cache.Open(t.TempDir(), cache.Options{})
			require.NoError(t, err)
			load := func() (string, error) {
				source := packageloader.FromClient(registry.NewClient(options), repository+"@"+digest.String())
				pkg, err := packageloader.Load(t.Context(), source, packageloader.LoadOptions{})
				if err != nil {
					return "", err
				}
				images, _ := packageloader.LockedImages(pkg)
				return images["app"], nil
			}
			online, err := load()
			require.NoError(t, err)
			if withImages {
				require.Equal(t, repository+"@"+locked.String(), online)
			} else {
				require.Equal(t, started.Host+"/images/app@"+locked.String(), online)
			}
			down.Store(true)
			offline, err := load()
			require.NoError(t, err)
			require.Equal(t, online, offline)

			options.Cache = nil
			_, err = load()
			require.ErrorIs(t, err, registry.ErrUnavailable)
		})
	}
}
