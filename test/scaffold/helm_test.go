// Package scaffold holds that packages made of charts and kustomizations render to what
// the programs that these are made for say.
package scaffold

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/author/scaffold/chart"
)

// helm is the program that .ci/e2e-tools builds.
func helm(t *testing.T) string { return builtTool(t, "helm") }

func builtTool(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", ".cache", "bin", name))
	require.NoError(t, err)
	if _, err := os.Stat(path); err != nil {
		const install = "run .ci/e2e-tools"
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is missing: %s", name, install)
		}
		t.Skipf("%s is missing: %s", name, install)
	}
	return path
}

// environment is one in which the programs find no configuration.
func environment(t *testing.T) []string {
	home := t.TempDir()
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + home, "LC_ALL=C"}
}

// created is the chart that "helm create" makes.
func created(t *testing.T, program string) string {
	t.Helper()
	folder := t.TempDir()
	command := exec.CommandContext(t.Context(), program, "create", "webapp")
	command.Dir, command.Env = folder, environment(t)
	output, err := command.CombinedOutput()
	require.NoError(t, err, "%s", output)
	return filepath.Join(folder, "webapp")
}

// imported makes a package of a chart.
func imported(t *testing.T, program, folder string, arguments []string, options chart.Options) *scaffold.Result {
	t.Helper()
	renderer := &chart.Program{Path: program, Chart: folder, CRDs: true, Environment: environment(t)}
	files, err := renderer.Files()
	require.NoError(t, err)
	read, err := chart.ReadChart(files)
	require.NoError(t, err)
	options.Values, err = renderer.Values(t.Context(), arguments)
	require.NoError(t, err)
	result, err := chart.Import(context.Background(), read, renderer, options)
	require.NoError(t, err)
	return result
}

func TestTry(t *testing.T) {
	program := helm(t)
	result := imported(t, program, created(t, program), nil, chart.Options{
		Config: []string{"replicaCount", "image", "ingress.enabled", "resources", "autoscaling", "podAnnotations", "nodeSelector", "service", "serviceAccount", "ingress.className"},
	})
	for _, d := range result.Decisions {
		t.Log(d.Topic, d.Object, d.Field, d.Origin, ":", d.Message, "--", d.Reason)
	}
	for _, path := range result.Paths() {
		if path[0] != '.' {
			t.Logf("---- %s\n%s", path, result.Files[path])
		}
	}
}
