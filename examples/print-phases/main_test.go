package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/registrytest"
)

var update = flag.Bool("update", false, "write the golden files")

// TestPhases prints every example package and every component of one. A package
// that cannot do without configuration has its finding in the golden file.
func TestPhases(t *testing.T) {
	t.Parallel()
	manifests, err := filepath.Glob("../packages/*/manifest.yaml")
	require.NoError(t, err)
	components, err := filepath.Glob("../packages/*/components/*/manifest.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, manifests)
	require.NotEmpty(t, components)
	for _, path := range append(manifests, components...) {
		folder := filepath.Dir(path)
		relative, err := filepath.Rel("../packages", folder)
		require.NoError(t, err)
		name := strings.ReplaceAll(filepath.ToSlash(relative), "/", "_")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			if err := run(t.Context(), folder, &out); err != nil {
				out.WriteString("error: " + err.Error() + "\n")
			}
			golden := filepath.Join("testdata", name+".txt")
			if *update {
				require.NoError(t, os.WriteFile(golden, out.Bytes(), 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err, "run: go test ./examples/print-phases -update")
			assert.Equal(t, string(want), out.String())
		})
	}
}

// TestPhasesOfAnImage is not parallel: the program reads Docker's configuration,
// and this one is empty.
func TestPhasesOfAnImage(t *testing.T) {
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	reference := registrytest.Start(t, registrytest.Options{}).Host + "/examples/webapp:v1"
	source := packageloader.FromFolder("../packages/webapp", packageloader.FolderOptions{})
	image, _, err := packagebuilder.Build(t.Context(), source, packagebuilder.BuildOptions{})
	require.NoError(t, err)
	_, err = packagebuilder.Push(t.Context(), image, []string{reference}, registry.Options{})
	require.NoError(t, err)

	var fromFolder, fromRegistry bytes.Buffer
	require.NoError(t, run(t.Context(), "../packages/webapp", &fromFolder))
	require.NoError(t, run(t.Context(), reference, &fromRegistry))
	assert.Equal(t, fromFolder.String(), fromRegistry.String())
}

func TestNoPackage(t *testing.T) {
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	missing := registrytest.Start(t, registrytest.Options{}).Host + "/examples/webapp:v2"
	var out bytes.Buffer
	require.ErrorIs(t, run(t.Context(), missing, &out), registry.ErrNotFound)
	require.ErrorContains(t, run(t.Context(), t.TempDir(), &out), "manifest")
	assert.Empty(t, out.String())
}
