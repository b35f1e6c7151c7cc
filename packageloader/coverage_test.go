package packageloader_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

func coveredFiles() map[string]string {
	return map[string]string{
		"manifest.yaml": referencesManifest,
		"static.yaml":   conditioned("one", ": config.static") + "---\n" + conditioned("two", ": 'true'"),
		"a.yaml.gotmpl": conditioned("three", ": config.written") + "---\n{{ include \"object\" . }}\n---\n" +
			conditioned("five", ": {{ printf \"config.%s\" \"folded\" }}") + "data:\n  x: {{ cel \"config.function\" | quote }}\n",
		"_h.gotmpl": "{{ define \"object\" }}" + conditioned("four", ": config.web.enabled") + "{{ end }}",
	}
}

func outcomes(c *packageloader.Coverage) []string {
	var texts []string
	for _, o := range c.Conditions() {
		texts = append(texts, fmt.Sprintf("%s %s: true %d, false %d", o.Position.File, o.Expression, o.True, o.False))
	}
	return texts
}

func TestRenderCovered(t *testing.T) {
	t.Parallel()
	renderer := referencesRenderer(t, coveredFiles())
	coverage := renderer.NewCoverage()
	openShift := manifest.Environment{OpenShift: &manifest.OpenShiftEnvironment{Version: "v4.20.0"}}
	for _, c := range []packagetypes.Context{
		{}, {Environment: openShift},
		{Config: map[string]any{"named": false, "path": false, "static": false, "written": false, "folded": false, "function": false}},
		{Config: map[string]any{"nope": 1}},
	} {
		want, wantErr := renderer.Render(t.Context(), c)
		got, err := renderer.RenderCovered(t.Context(), c, coverage)
		require.Equal(t, wantErr, err)
		if err == nil {
			require.Equal(t, want.Digest(), got.Digest())
		}
	}
	require.Equal(t, []string{
		"_h.gotmpl config.web.enabled: true 3, false 0",
		"a.yaml.gotmpl config.written: true 2, false 1",
		"a.yaml.gotmpl config.folded: true 2, false 1",
		"a.yaml.gotmpl config.function: true 2, false 1",
		"manifest.yaml config.named: true 2, false 1",
		"manifest.yaml cond.a && has(environment.openShift): true 1, false 2",
		"manifest.yaml cond.b || config.path: true 2, false 1",
		"static.yaml config.static: true 2, false 1",
		"static.yaml true: true 3, false 0",
	}, outcomes(coverage))
	require.Equal(t, []uint64{3, 3, 3, 3, 3, 3}, coverage.Templates().Counts())
	read := map[string]bool{}
	for _, reference := range coverage.Reads() {
		read[reference.Path.String()] = true
	}
	require.Equal(t, map[string]bool{
		"config.web": true, "config.web.enabled": true, "config.written": true, "config.folded": true, "config.function": true, "config.named": true,
		"environment.openShift": true, "config.path": true, "config.static": true,
	}, read)
}

// What is counted is the same whatever happens at the same time.
func TestRenderCoveredAtTheSameTime(t *testing.T) {
	t.Parallel()
	renderer := referencesRenderer(t, coveredFiles())
	once, many := renderer.NewCoverage(), renderer.NewCoverage()
	const renders = 20
	var group sync.WaitGroup
	for seed := range uint64(renders) {
		_, err := renderer.RenderCovered(t.Context(), packagetypes.Context{}, once)
		require.NoError(t, err)
		group.Go(func() {
			_, err := renderer.Shuffled(seed, 4).RenderCovered(context.Background(), packagetypes.Context{}, many)
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	require.Equal(t, outcomes(once), outcomes(many))
	require.Equal(t, once.Templates().Counts(), many.Templates().Counts())
	require.Equal(t, once.Reads(), many.Reads())
}

// Counting changes nothing in packages that people use.
func TestRenderCoveredIsRender(t *testing.T) {
	t.Parallel()
	folder := os.DirFS("../examples/packages")
	entries, err := fs.ReadDir(folder, ".")
	require.NoError(t, err)
	rendered := 0
	for _, entry := range entries {
		files, err := fs.Sub(folder, entry.Name())
		require.NoError(t, err)
		packages, err := packageloader.LoadAll(t.Context(), packageloader.FromFS(files), packageloader.LoadOptions{})
		if err != nil {
			continue // a folder of something else
		}
		for _, pkg := range packages {
			renderer, err := packageloader.Compile(pkg, packageloader.Options{})
			require.NoError(t, err, entry.Name())
			coverage := renderer.NewCoverage()
			for _, test := range pkg.Manifest.Test.Template {
				c := renderer.TestContext(test.Context)
				want, wantErr := renderer.Render(t.Context(), c)
				got, err := renderer.RenderCovered(t.Context(), c, coverage)
				require.Equal(t, wantErr, err)
				if err == nil {
					require.Equal(t, want.Digest(), got.Digest())
					require.Equal(t, want.Warnings, got.Warnings)
					rendered++
				}
			}
		}
	}
	require.Greater(t, rendered, 5)
}
