package scaffold

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/cli"
)

// run runs packstage and wants it to succeed.
func run(t *testing.T, stdin string, arguments ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := cli.Run(t.Context(), cli.Invocation{
		Args: arguments, Stdin: strings.NewReader(stdin), Stdout: &stdout, Stderr: &stderr, Env: environment(t), Version: "test",
	})
	require.Equal(t, cli.ExitOK, code, "packstage %s\n%s%s", strings.Join(arguments, " "), stdout.String(), stderr.String())
	return stdout.String()
}

// From a chart to a package that validates and passes its tests, by the commands.
func TestHelmCommand(t *testing.T) {
	t.Parallel()
	program := helm(t)
	folder := filepath.Join(t.TempDir(), "package")
	output := run(t, "replicaCount: 4\n", "import", "helm", created(t, program), "--helm", program, "-f", "-",
		"--values-as-config", "ingress.enabled", "--namespace", "web", "--dir", folder, "--output", "json")
	var result struct {
		Name, Folder string
		Written      bool
		Objects      int
		Compared     int
	}
	require.NoError(t, json.Unmarshal([]byte(output), &result))
	require.Equal(t, "webapp", result.Name)
	require.True(t, result.Written)
	require.Equal(t, 4, result.Objects)
	require.Equal(t, 3, result.Compared) // the Ingress is off
	run(t, "", "validate", folder)
	run(t, "", "test", folder)
	require.Contains(t, run(t, "", "render", folder), "replicas: 4")
	require.Contains(t, run(t, "", "render", folder, "--set", "ingress.enabled=true", "--set", "replicaCount=2"), "kind: Ingress")
}

// A packed chart is a chart, and what helm refuses is a finding.
func TestPackedChart(t *testing.T) {
	t.Parallel()
	program := helm(t)
	folder := created(t, program)
	work := t.TempDir()
	pack := tool(t, program, "package", folder, "--destination", work)
	require.Contains(t, pack, "webapp-0.1.0.tgz")
	output := run(t, "", "import", "helm", filepath.Join(work, "webapp-0.1.0.tgz"), "--helm", program, "--dry-run", "--values-as-config", "replicaCount")
	require.Contains(t, output, "config.replicaCount: property with default 1")
	require.Contains(t, output, "Nothing was written.")

	require.NoError(t, os.WriteFile(filepath.Join(folder, "templates", "broken.yaml"), []byte(`{{ required "a password is needed" .Values.password }}`), 0o600))
	var stderr bytes.Buffer
	code := cli.Run(t.Context(), cli.Invocation{
		Args: []string{"import", "helm", folder, "--helm", program, "--dry-run"}, Stdout: &bytes.Buffer{}, Stderr: &stderr, Env: environment(t),
	})
	require.Equal(t, cli.ExitFindings, code)
	require.Contains(t, stderr.String(), "a password is needed")
	require.Contains(t, stderr.String(), "-f and --set give values")
}

func TestKustomizeCommand(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "cachet")
	run(t, "", "import", "kustomize", filepath.Join("testdata", "operator", "config", "default"),
		"--kustomize", builtTool(t, "kustomize"), "--parametrize", "namespace,replicas,resources", "--dir", folder)
	run(t, "", "validate", folder)
	run(t, "", "test", folder)
	require.Contains(t, run(t, "", "render", folder, "--set", "namespace=elsewhere"), "cachet-controller-manager-metrics-service.elsewhere.svc")
}
