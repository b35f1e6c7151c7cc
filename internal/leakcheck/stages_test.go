package leakcheck_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packageloader/relocation"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/cache"
	"github.com/packstage/packstage/registry/registrytest"
)

// stage is a piece of work that must leave nothing behind but what it returns.
type stage struct {
	name string
	run  func(ctx context.Context) error
}

// workshop has what the stages work on.
type workshop struct {
	temporary string // the folder for temporary files
	output    string // where stages write; it is emptied after each
	files     map[string][]byte
	server    *registrytest.Registry
	options   registry.Options
	client    *registry.Client
	image     *packagebuilder.BuiltImage
	reference string
	signer    signer
}

// contentBytes is what the package has that does not compress: less cannot be lost in
// silence by whoever loses a whole package.
const contentBytes = 256 << 10

// newWorkshop builds a package and puts it everywhere. The registry answers as
// faults says.
func newWorkshop(t *testing.T, faults *registrytest.FaultOptions) *workshop {
	t.Helper()
	w := &workshop{temporary: t.TempDir(), output: t.TempDir()}
	t.Setenv("TMPDIR", w.temporary)
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // always the same
	content := make([]byte, contentBytes)
	for i := range content {
		content[i] = "0123456789abcdefghijklmnopqrstuvwxyz\n"[random.IntN(37)]
	}
	w.files = map[string][]byte{
		"manifest.yaml": []byte("apiVersion: manifests.package-operator.run/v1alpha1\nkind: PackageManifest\n" +
			"metadata: {name: p}\nspec: {scopes: [Namespaced], phases: [{name: a}]," +
			" config: {openAPIV3Schema: {type: object, properties: {count: {type: integer, default: 3}}}}}\n"),
		"content.txt": content,
	}
	for i := range 6 {
		object := fmt.Sprintf("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: o%d\n  annotations:\n    package-operator.run/phase: a\n"+
			"    package-operator.run/condition: 'config.count > %d'\n", i, i)
		w.files[fmt.Sprintf("s%d.yaml", i)] = []byte(object)
		w.files[fmt.Sprintf("t%d.yaml.gotmpl", i)] = []byte("{{ if cel \"config.count > 1\" }}" + object +
			"  namespace: x\ndata:\n  n: {{ .config.count | quote }}{{ $_ := set .config \"count\" 4 }}\n  t: {{ getFile \"content.txt\" | sha256sum }}\n{{ end }}")
	}
	var err error
	w.image, _, err = packagebuilder.Build(t.Context(), packageloader.FromFiles(w.files), packagebuilder.BuildOptions{})
	require.NoError(t, err)
	w.server = registrytest.Start(t, registrytest.Options{Faults: faults})
	w.options = registry.Options{Keychain: authn.NewMultiKeychain(), Retry: registry.RetryPolicy{Attempts: 1}}
	w.client = registry.NewClient(w.options)
	w.reference = w.server.Host + "/leaks:v1"
	w.signer = newSigner(t, w.server.Host)
	return w
}

// fill puts the package where stages take it from.
func (w *workshop) fill(t *testing.T, source string) {
	t.Helper()
	ctx := t.Context()
	for path, content := range w.files {
		path = filepath.Join(source, "folder", path)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, content, 0o600))
	}
	require.NoError(t, packagebuilder.WriteLayout(ctx, w.image, filepath.Join(source, "layout"), packagebuilder.LayoutOptions{Reference: "v1"}))
	require.NoError(t, packagebuilder.WriteTar(ctx, w.image, filepath.Join(source, "image.tar"), w.reference))
}

// stages are all of them, over what is in the folder source.
func (w *workshop) stages(source string) []stage {
	load := func(name string, from packageloader.Source) stage {
		return stage{"load from " + name, func(ctx context.Context) error {
			_, err := packageloader.Load(ctx, from, packageloader.LoadOptions{})
			return err
		}}
	}
	out := func(name string) string { return filepath.Join(w.output, name) }
	carry := func(name string, from, to relocation.Place) stage {
		return stage{"copy " + name, func(ctx context.Context) error {
			_, err := relocation.Copy(ctx, from, to, relocation.Options{Referrers: true})
			return err
		}}
	}
	inRegistry := relocation.InRegistry(w.client, w.reference)
	stages := []stage{
		load("files", packageloader.FromFiles(w.files)),
		load("a folder", packageloader.FromFolder(filepath.Join(source, "folder"), packageloader.FolderOptions{})),
		load("a layout", packageloader.FromLayout(filepath.Join(source, "layout"), "")),
		load("a tar", packageloader.FromTar(filepath.Join(source, "image.tar"), "")),
		load("an image", packageloader.FromImage(w.image)),
		load("a registry", packageloader.FromRegistry(w.reference, w.options)),
		{"load from a registry by way of a cache", func(ctx context.Context) (err error) {
			options := w.options
			if options.Cache, err = cache.Open(out("cache"), cache.Options{}); err != nil {
				return err
			}
			defer options.Cache.Close()
			for range 2 { // what the registry gives, then what the cache does
				if _, err = packageloader.Load(ctx, packageloader.FromRegistry(w.reference, options), packageloader.LoadOptions{}); err != nil {
					return err
				}
			}
			return nil
		}},
		{"render", func(ctx context.Context) error {
			pkg, err := packageloader.Load(ctx, packageloader.FromFiles(w.files), packageloader.LoadOptions{})
			if err != nil {
				return err
			}
			_, err = packageloader.Render(ctx, pkg, packagetypes.Context{}, packageloader.Options{Parallelism: 4})
			return err
		}},
		{"build", func(ctx context.Context) error {
			_, _, err := packagebuilder.Build(ctx, packageloader.FromFiles(w.files), packagebuilder.BuildOptions{})
			return err
		}},
		{"write a layout", func(ctx context.Context) error {
			return packagebuilder.WriteLayout(ctx, w.image, out("layout"), packagebuilder.LayoutOptions{Reference: "v1"})
		}},
		{"write a tar", func(ctx context.Context) error {
			return packagebuilder.WriteTar(ctx, w.image, out("image.tar"), w.reference)
		}},
		{"push", func(ctx context.Context) error {
			_, err := packagebuilder.Push(ctx, w.image, []string{w.server.Host + "/pushed:v1"}, w.options)
			return err
		}},
		{"open an image", func(ctx context.Context) error {
			image, closer, err := packageloader.OpenImage(ctx, packageloader.FromRegistry(w.reference, w.options), packagetypes.Limits{})
			if err != nil {
				return err
			}
			defer closer.Close()
			layers, err := image.Layers()
			if err != nil {
				return err
			}
			reader, err := layers[0].Compressed()
			if err != nil {
				return err
			}
			defer reader.Close()
			_, err = io.Copy(io.Discard, io.LimitReader(reader, contentBytes/4)) // no more: it is given up
			return err
		}},
		carry("from a registry into a layout", inRegistry, relocation.InLayout(out("copied"), "")),
		carry("from a registry into a tar", inRegistry, relocation.InTar(out("copied.tar"), "")),
		carry("from a layout into a registry", relocation.InLayout(filepath.Join(source, "layout"), ""), relocation.InRegistry(w.client, w.server.Host+"/copied")),
		carry("from a tar into a registry", relocation.InTar(filepath.Join(source, "image.tar"), ""), relocation.InRegistry(w.client, w.server.Host+"/carried")),
	}
	return slices.Concat(stages, w.trustedStages(), w.installStages())
}
