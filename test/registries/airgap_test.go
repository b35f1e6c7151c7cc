package registries

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/packageloader"
)

// A package and all its images go from registries that are then gone through a
// file into a registry that had nothing, and nothing points back.
func TestAirGap(t *testing.T) {
	t.Parallel()
	for imagesTo, kinds := range map[string][3]Options{
		"": {
			{Server: Distribution, Auth: Token, Transport: TLS},
			{Server: ContainerRegistry, Auth: Basic, Transport: TLS},
			{Server: Distribution, Auth: Basic, Transport: TLS},
		},
		"/images": {
			{Server: Packstage, Auth: Basic, Transport: TLS},
			{Server: Distribution, Auth: Anonymous, Transport: TLS},
			{Server: ContainerRegistry, Auth: Token, Transport: TLS},
		},
	} {
		t.Run(kinds[0].String()+" to "+kinds[2].String(), func(t *testing.T) {
			t.Parallel()
			authority := NewAuthority(t)
			for i := range kinds {
				kinds[i].Authority = authority
			}
			packages, images, destination := Start(t, kinds[0]), Start(t, kinds[1]), Start(t, kinds[2])
			u := NewUser(t, packages, images, destination)
			u.LogIn(t)
			packstage := u.Packstage(t)
			run := func(arguments ...string) string {
				t.Helper()
				return packstage.Run(t, append(arguments, "--ca-file", authority.File)...)
			}

			shop, locked := shopWithImages(t, packages, images)
			from, to := packages.Host+"/team/shop:v3.2.0", destination.Host+"/mirror/shop:v3.2.0"
			digest := run("push", shop, from)
			key, public := plainKeyPair(t, u.Home)
			run("sign", from, "--key", key)
			bill := strings.TrimSpace(run("attach", "sbom", from))
			before := renderedComponents(t, u, shop, from, authority)
			require.Contains(t, before, images.Host, "the test has images that could be left behind")

			run("copy", from, "carried.tar", "--with-images", "--with-referrers")
			packages.Stop()
			images.Stop()
			toImages := []string{"--save-relocation", "moved.json"}
			if imagesTo != "" {
				toImages = append(toImages, "--images-to", destination.Host+imagesTo)
			}
			run(append([]string{"copy", "carried.tar", to, "--with-images", "--with-referrers"}, toImages...)...)

			run("verify", to, "--key", public, "--signed-as", packages.Host+"/team/shop")
			assert.Contains(t, run("referrers", to), bill)
			local := renderedComponents(t, u, shop, "carried.tar", authority, "--relocation", "moved.json")
			assert.NotContains(t, local, images.Host)
			assert.Contains(t, local, destination.Host+imagesTo)

			after := renderedComponents(t, u, shop, to, authority)
			assert.NotContains(t, after, packages.Host)
			assert.NotContains(t, after, images.Host)
			assert.Equal(t, digest, run("pull", to, "--output", "shop"), "the package is the same")
			requireSameFiles(t, shop, filepath.Join(u.Work, "shop"))

			found := imagesIn(after, destination.Host)
			assert.GreaterOrEqual(t, len(found), len(locked), "every locked image is used somewhere")
			for _, image := range found {
				if strings.Contains(image, "/shop:") || strings.Contains(image, strings.TrimSpace(digest)) {
					continue // the package itself, in the objects of its components
				}
				index := requireIndex(t, destination, image)
				assert.Contains(t, locked, index, "%s is one of the locked images", image)
				delete(locked, index)
			}
			assert.Empty(t, locked, "images that no object names any more")
		})
	}
}

// shopWithImages makes the shop of the examples with images that exist, in two
// registries, and returns its folder and the digests of the images.
func shopWithImages(t *testing.T, shop, library *Registry) (string, map[v1.Hash]bool) {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "shop")
	require.NoError(t, os.CopyFS(folder, os.DirFS(example(t, "shop"))))
	images := map[string]v1.Hash{}
	digests := map[v1.Hash]bool{}
	entry := regexp.MustCompile(`image: registry\.example\.com/(\S+)\n(\s+)digest: \S+`)
	reference := regexp.MustCompile(`image: registry\.example\.com/(\S+)`)
	place := func(image string) string {
		if strings.HasPrefix(image, "shop/") {
			return shop.Host + "/" + image
		}
		return library.Host + "/" + image
	}
	require.NoError(t, filepath.WalkDir(filepath.Join(folder, "components"), func(path string, file fs.DirEntry, err error) error {
		if err != nil || !strings.HasPrefix(file.Name(), "manifest.") {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		// The locks name digests; the test cases of the manifests hold none.
		content = entry.ReplaceAllFunc(content, func(match []byte) []byte {
			parts := entry.FindSubmatch(match)
			image := string(parts[1])
			if _, made := images[image]; !made {
				registry := library
				if strings.HasPrefix(image, "shop/") {
					registry = shop
				}
				images[image] = pushIndex(t, registry, place(image))
				digests[images[image]] = true
			}
			return fmt.Appendf(nil, "image: %s\n%sdigest: %s", place(image), parts[2], images[image])
		})
		content = reference.ReplaceAllFunc(content, func(match []byte) []byte {
			return []byte("image: " + place(string(reference.FindSubmatch(match)[1])))
		})
		return os.WriteFile(path, content, 0o644)
	}))
	require.Greater(t, len(images), 3)
	return folder, digests
}

// pushIndex makes an image for two platforms.
func pushIndex(t *testing.T, r *Registry, reference string) v1.Hash {
	t.Helper()
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, architecture := range []string{"amd64", "arm64"} {
		image, err := random.Image(2000, 2)
		require.NoError(t, err)
		config, err := image.ConfigFile()
		require.NoError(t, err)
		config = config.DeepCopy()
		config.OS, config.Architecture = "linux", architecture
		image, err = mutate.ConfigFile(mutate.MediaType(image, types.OCIManifestSchema1), config)
		require.NoError(t, err)
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add: image, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: architecture}},
		})
	}
	tag, err := name.NewTag(reference)
	require.NoError(t, err)
	require.NoError(t, remote.WriteIndex(tag, index, r.remoteOptions(t)...))
	digest, err := index.Digest()
	require.NoError(t, err)
	return digest
}

// requireIndex holds that an image is there with all platforms and layers.
func requireIndex(t *testing.T, r *Registry, image string) v1.Hash {
	t.Helper()
	reference, err := name.ParseReference(image)
	require.NoError(t, err)
	index, err := remote.Index(reference, r.remoteOptions(t)...)
	require.NoError(t, err, image)
	require.NoError(t, validate.Index(index), image)
	manifest, err := index.IndexManifest()
	require.NoError(t, err)
	assert.Len(t, manifest.Manifests, 2, image)
	digest, err := index.Digest()
	require.NoError(t, err)
	return digest
}

func (r *Registry) remoteOptions(t *testing.T) []remote.Option {
	t.Helper()
	options := []remote.Option{remote.WithContext(t.Context()), remote.WithTransport(r.HTTPTransport())}
	if r.Auth != Anonymous {
		options = append(options, remote.WithAuth(&authn.Basic{Username: r.Username(), Password: r.Password()}))
	}
	return options
}

// renderedComponents renders every component of a package with each of its test
// cases.
func renderedComponents(t *testing.T, u *User, folder, reference string, authority *Authority, flags ...string) string {
	t.Helper()
	packages, err := packageloader.LoadAll(t.Context(), packageloader.FromFolder(folder, packageloader.FolderOptions{}), packageloader.LoadOptions{})
	require.NoError(t, err)
	var all strings.Builder
	for _, pkg := range packages {
		for i, test := range pkg.Manifest.Test.Template {
			given := map[string]any{"component": pkg.Component, "config": test.Context.Config, "environment": test.Context.Environment}
			given["package"] = map[string]any{"metadata": test.Context.Package.Metadata}
			if test.Context.Package.Metadata.Namespace == "" {
				given["scope"] = "Cluster"
			}
			raw, err := json.Marshal(given)
			require.NoError(t, err)
			file := writeFile(t, t.TempDir(), fmt.Sprintf("context-%d.json", i), raw)
			arguments := append([]string{"render", reference, "--context", file, "--ca-file", authority.File}, flags...)
			all.WriteString(u.Packstage(t).Run(t, arguments...))
		}
	}
	return all.String()
}

// imagesIn are the references to a host in a rendered text.
func imagesIn(text, host string) []string {
	found := map[string]bool{}
	for _, image := range regexp.MustCompile(regexp.QuoteMeta(host)+`/[A-Za-z0-9._/:@-]+`).FindAllString(text, -1) {
		found[image] = true
	}
	return slices.Sorted(maps.Keys(found))
}
