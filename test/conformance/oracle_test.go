package conformance

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/plainrender"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// TestOracle renders every case that is to be rendered with the plain renderer, and
// with ours on one goroutine, on two and on eight, with one renderer and with a new
// one: all give one digest.
func TestOracle(t *testing.T) {
	t.Parallel()
	folder := setFolder(t)
	cases, err := filepath.Glob(filepath.Join(folder, "*", "*", "expected.json"))
	require.NoError(t, err)
	compared := 0
	for _, expected := range cases {
		dir := filepath.Dir(expected)
		if wanted, _ := readWanted(t, dir); wanted.Error != nil {
			continue
		}
		name := filepath.Base(dir)
		content, err := packageloader.FromFolder(filepath.Join(dir, "package"), packageloader.FolderOptions{}).Open(t.Context(), packagetypes.Limits{})
		require.NoError(t, err)
		files := map[string][]byte{}
		for _, path := range content.Files.Paths() {
			files[path], _ = content.Files.Read(path)
		}
		text, err := os.ReadFile(filepath.Join(dir, "context.yaml"))
		require.NoError(t, err)
		file, found := manifest.DecodeContext("context.yaml", text)
		require.NoError(t, found.Err(), name)
		c := packagetypes.Context{Scope: file.Scope, Package: file.Package, Config: file.Config, Environment: file.Environment}
		rendered, err := plainrender.Render(plainrender.Request{Files: files, Component: file.Component, Context: c, PruneUnknown: true})
		if !assert.NoError(t, err, name) {
			continue
		}
		for _, parallelism := range []int{1, 2, 8} {
			pkg, err := packageloader.Load(t.Context(), packageloader.FromFiles(files), packageloader.LoadOptions{Component: file.Component})
			require.NoError(t, err, name)
			renderer, err := packageloader.Compile(pkg, packageloader.Options{Parallelism: parallelism, UnknownConfig: packagetypes.PruneUnknownConfig})
			require.NoError(t, err, name)
			for range 2 {
				instance, err := renderer.Render(t.Context(), c)
				require.NoError(t, err, name)
				assert.Equal(t, plainrender.Digest(rendered), instance.Digest(), "%s on %d goroutines", name, parallelism)
			}
		}
		compared++
	}
	t.Logf("%d of %d cases compared", compared, len(cases))
	require.Greater(t, compared, len(cases)/3)
}
