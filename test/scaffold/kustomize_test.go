package scaffold

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/author/scaffold/kustomization"
	"github.com/packstage/packstage/packagetypes"
)

// kustomized is what kustomize makes of a folder.
func kustomized(t *testing.T, program, folder string) map[string]map[string]any {
	t.Helper()
	command := exec.CommandContext(t.Context(), program, "build", folder)
	command.Env = environment(t)
	output, err := command.Output()
	require.NoError(t, err)
	return objects(t, output)
}

// An operator in the layout of kubebuilder becomes a package that renders to what kustomize
// builds, also in another namespace.
func TestOperator(t *testing.T) {
	t.Parallel()
	program := builtTool(t, "kustomize")
	folder := filepath.Join("testdata", "operator", "config", "default")
	builder := &kustomization.Program{Path: program, Environment: environment(t)}
	input, err := kustomization.Convert(t.Context(), builder, folder, kustomization.Options{})
	require.NoError(t, err)
	require.Equal(t, "cachet", input.Name)
	require.Equal(t, "cachet-system", input.Namespace)
	result, err := scaffold.Make(t.Context(), *input, scaffold.Options{Parameters: []scaffold.Parameter{scaffold.ParameterNamespace, scaffold.ParameterReplicas}})
	require.NoError(t, err)
	require.Equal(t, 16, result.Objects)
	require.Equal(t, 16, result.Compared)
	requireDecision(t, result, scaffold.TopicAttention, "the hash in its name stays as it is", "a generator made it")
	renderer := written(t, result)

	t.Run("defaults", func(t *testing.T) {
		t.Parallel()
		requireSame(t, kustomized(t, program, folder), renderer, packagetypes.Context{}, "cachet-system")
	})
	t.Run("another namespace", func(t *testing.T) {
		t.Parallel()
		overlay := t.TempDir()
		require.NoError(t, os.CopyFS(filepath.Join(overlay, "config"), os.DirFS(filepath.Join("testdata", "operator", "config"))))
		file := filepath.Join(overlay, "config", "default", "kustomization.yaml")
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(file, []byte(replaceOnce(t, string(content), "namespace: cachet-system", "namespace: elsewhere")), 0o600))
		// The patch of the monitor is written by hand, with the namespace in it.
		patch := filepath.Join(overlay, "config", "prometheus", "monitor_tls_patch.yaml")
		content, err = os.ReadFile(patch)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(patch, []byte(replaceOnce(t, string(content), ".cachet-system.svc", ".elsewhere.svc")), 0o600))
		requireSame(t, kustomized(t, program, filepath.Join(overlay, "config", "default")), renderer,
			packagetypes.Context{Config: map[string]any{"namespace": "elsewhere"}}, "elsewhere")
	})
}

func TestKustomizeRefuses(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "kustomization.yaml"), []byte("resources: [missing.yaml]\n"), 0o600))
	builder := &kustomization.Program{Path: builtTool(t, "kustomize"), Environment: environment(t)}
	_, err := kustomization.Convert(t.Context(), builder, folder, kustomization.Options{})
	var refused *kustomization.RefusedError
	require.ErrorAs(t, err, &refused)
	require.Contains(t, refused.Message, "missing.yaml")
}
