// Package interop holds that packages are images like any other: programs and
// libraries of others read ours, and what they write is a package.
package interop

import (
	"bytes"
	"io"
	"io/fs"
	"log"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	ggcrregistry "github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/registrytest"
)

const examples = "../../examples/packages"

// packageFolders are the folders of all example packages.
func packageFolders(t *testing.T) []string {
	t.Helper()
	// Absolute, because umoci loses the dots in front of relative ones.
	root, err := filepath.Abs(examples)
	require.NoError(t, err)
	folders, err := filepath.Glob(filepath.Join(root, "*", "manifest.yaml"))
	require.NoError(t, err)
	require.NotEmpty(t, folders)
	for i, path := range folders {
		folders[i] = filepath.Dir(path)
	}
	return folders
}

func fromFolder(folder string) packageloader.Source {
	return packageloader.FromFolder(folder, packageloader.FolderOptions{})
}

func build(t *testing.T, folder string) *packagebuilder.BuiltImage {
	t.Helper()
	image, found, err := packagebuilder.Build(t.Context(), fromFolder(folder), packagebuilder.BuildOptions{})
	require.NoError(t, err)
	require.Empty(t, found)
	return image
}

func digestOf(t *testing.T, image v1.Image) string {
	t.Helper()
	digest, err := image.Digest()
	require.NoError(t, err)
	return digest.String()
}

// anonymous are options that read no configuration of this machine.
func anonymous() registry.Options { return registry.Options{Keychain: authn.NewMultiKeychain()} }

// pushed puts an image into a new registry and returns its reference.
func pushed(t *testing.T, image v1.Image) string {
	t.Helper()
	reference := newRegistry(t) + "/examples/package:v1"
	digest, err := packagebuilder.Push(t.Context(), image, []string{reference}, anonymous())
	require.NoError(t, err)
	require.Equal(t, digestOf(t, image), digest)
	return reference
}

// newRegistry runs our registry.
func newRegistry(t *testing.T) string {
	t.Helper()
	return registrytest.Start(t, registrytest.Options{}).Host
}

// newForeignRegistry runs go-containerregistry's.
func newForeignRegistry(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(ggcrregistry.New(ggcrregistry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func layout(t *testing.T, image v1.Image) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "layout")
	require.NoError(t, packagebuilder.WriteLayout(t.Context(), image, folder, packagebuilder.LayoutOptions{Reference: "v1"}))
	return folder
}

// rendered renders the root and all components of a package with each of their
// test cases and returns the digests of the results by "component/case".
func rendered(t *testing.T, source packageloader.Source) map[string]string {
	t.Helper()
	packages, err := packageloader.LoadAll(t.Context(), source, packageloader.LoadOptions{})
	require.NoError(t, err)
	digests := map[string]string{}
	for _, pkg := range packages {
		renderer, err := packageloader.Compile(pkg, packageloader.Options{})
		require.NoError(t, err)
		for _, test := range pkg.Manifest.Test.Template {
			given := packagetypes.Context{
				Scope: manifest.ScopeNamespaced, Package: test.Context.Package,
				Config: test.Context.Config, Environment: test.Context.Environment,
			}
			if given.Package.Metadata.Namespace == "" {
				given.Scope = manifest.ScopeCluster
			}
			// Templates see where a package was loaded from unless they are told.
			given.Package.Image = "registry.example.com/package:v1"
			instance, err := renderer.Render(t.Context(), given)
			require.NoError(t, err)
			digests[pkg.Component+"/"+test.Name] = instance.Digest()
		}
	}
	require.NotEmpty(t, digests)
	return digests
}

// requireSamePackage holds that a source has the package of a folder: the same
// files, and the same objects.
func requireSamePackage(t *testing.T, folder string, source packageloader.Source) {
	t.Helper()
	want, err := fromFolder(folder).Open(t.Context(), packagetypes.Limits{})
	require.NoError(t, err)
	got, err := source.Open(t.Context(), packagetypes.Limits{})
	require.NoError(t, err)
	require.Equal(t, want.Files.Paths(), got.Files.Paths())
	require.Equal(t, want.Files.Digest(), got.Files.Digest())
	require.Equal(t, rendered(t, fromFolder(folder)), rendered(t, source))
}

// requireSameImage holds that a source has the image, digest and all.
func requireSameImage(t *testing.T, image v1.Image, folder string, source packageloader.Source) {
	t.Helper()
	content, err := source.Open(t.Context(), packagetypes.Limits{})
	require.NoError(t, err)
	require.Equal(t, digestOf(t, image), content.ImageDigest)
	requireSamePackage(t, folder, source)
}

// packageFiles are the files of a package with their content as an image has
// them, by path from the root of the image.
func packageFiles(t *testing.T, folder string) map[string]string {
	t.Helper()
	content, err := fromFolder(folder).Open(t.Context(), packagetypes.Limits{})
	require.NoError(t, err)
	files := map[string]string{}
	for _, name := range content.Files.Paths() {
		data, _ := content.Files.Read(name)
		files[path.Join(packageloader.ImageFolder, name)] = string(data)
	}
	return files
}

// filesBelow reads a folder.
func filesBelow(t *testing.T, folder string) map[string]string {
	t.Helper()
	files := map[string]string{}
	fsys := os.DirFS(folder)
	require.NoError(t, fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(fsys, name)
		files[name] = string(data)
		return err
	}))
	return files
}

// copied copies a package's folder as it is, hidden files included, so that a
// test can change it.
func copied(t *testing.T, folder, to string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(to), 0o755))
	require.NoError(t, os.CopyFS(to, os.DirFS(folder)))
}

func readFile(t *testing.T, elements ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(elements...))
	require.NoError(t, err)
	return data
}

func rawManifest(t *testing.T, image v1.Image) []byte {
	t.Helper()
	raw, err := image.RawManifest()
	require.NoError(t, err)
	return bytes.Clone(raw)
}
