package pages

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/cli"
)

// packstage runs the program and returns what it prints and its exit code.
func packstage(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, problems bytes.Buffer
	code = cli.Run(t.Context(), cli.Invocation{Args: args, Stdin: new(bytes.Buffer), Stdout: &out, Stderr: &problems, Env: []string{"HOME=" + t.TempDir()}})
	return out.String(), problems.String(), code
}

// pageOf writes the page of a package and returns its file.
func pageOf(t *testing.T, target string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "page.html")
	_, problems, code := packstage(t, "docs", target, "--html", file)
	require.Zero(t, code, problems)
	return file
}

// example is the folder of an example package.
func example(name string) string { return filepath.Join("..", "..", "examples", "packages", name) }

// admitted renders a package with a configuration file and returns the configuration
// as it was admitted.
func admitted(t *testing.T, target, config string, args ...string) map[string]any {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.yaml")
	require.NoError(t, os.WriteFile(file, []byte(config), 0o600))
	printed, problems, code := packstage(t, append([]string{"render", target, "--config", file, "--output", "json"}, args...)...)
	require.Zero(t, code, "%s\n%s", config, problems)
	var rendered struct{ AdmittedConfig map[string]any }
	decoder := json.NewDecoder(bytes.NewReader([]byte(printed)))
	decoder.UseNumber()
	require.NoError(t, decoder.Decode(&rendered))
	return rendered.AdmittedConfig
}

// writePackage writes a package into a temporary folder.
func writePackage(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, content := range files {
		file := filepath.Join(folder, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(content), 0o644))
	}
	return folder
}
