package interop

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// tool is a program of others.
type tool struct {
	path string
	// home is where the program finds no configuration and leaves its own files.
	home string
}

func skopeo(t *testing.T) tool {
	t.Helper()
	return installedTool(t, "skopeo", "apt-get install skopeo")
}

func umoci(t *testing.T) tool {
	t.Helper()
	return installedTool(t, "umoci", "apt-get install umoci")
}

func systemTar(t *testing.T) tool {
	t.Helper()
	return installedTool(t, "tar", "apt-get install tar")
}

func installedTool(t *testing.T, name, install string) tool {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		missing(t, name, install)
	}
	return tool{path: path, home: t.TempDir()}
}

// crane is pinned with the other tools of this repository; Go builds it once,
// into its cache.
func crane(t *testing.T) tool {
	t.Helper()
	path, err := cranePath()
	if err != nil {
		missing(t, "crane", "go tool -modfile=.ci/tools.mod crane, which says: "+err.Error())
	}
	return tool{path: path, home: t.TempDir()}
}

var cranePath = sync.OnceValues(func() (string, error) {
	command := exec.Command("go", "tool", "-modfile=.ci/tools.mod", "-n", "crane")
	command.Dir = filepath.Join("..", "..")
	var problem bytes.Buffer
	command.Stderr = &problem
	path, err := command.Output()
	if err != nil {
		return "", &toolError{err: err, said: strings.TrimSpace(problem.String())}
	}
	return strings.TrimSpace(string(path)), nil
})

type toolError struct {
	err  error
	said string
}

func (e *toolError) Error() string { return e.err.Error() + ": " + e.said }
func (e *toolError) Unwrap() error { return e.err }

// missing ends a test that cannot run here: continuous integration has every
// tool, other machines need not.
func missing(t *testing.T, name, install string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is missing: %s", name, install)
	}
	t.Skipf("%s is missing: %s", name, install)
}

// run runs the program and returns what it prints.
func (p tool) run(t *testing.T, args ...string) []byte {
	t.Helper()
	output, err := p.try(t.Context(), args...)
	require.NoError(t, err, "%s %s", filepath.Base(p.path), strings.Join(args, " "))
	return output
}

func (p tool) try(ctx context.Context, args ...string) ([]byte, error) {
	command := exec.CommandContext(ctx, p.path, args...)
	command.Env = append(os.Environ(), "HOME="+p.home, "TMPDIR="+p.home, "XDG_RUNTIME_DIR="+p.home, "XDG_CONFIG_HOME="+p.home,
		"DOCKER_CONFIG="+p.home, "REGISTRY_AUTH_FILE=", "LC_ALL=C",
		"NO_PROXY=127.0.0.1", "no_proxy=127.0.0.1")
	var problem bytes.Buffer
	command.Stderr = &problem
	output, err := command.Output()
	if err != nil {
		return output, &toolError{err: err, said: strings.TrimSpace(problem.String())}
	}
	return output, nil
}

// copyImage is skopeo copy over plain HTTP, whatever policy the machine has.
func (p tool) copyImage(t *testing.T, from, to string, flags ...string) {
	t.Helper()
	args := append([]string{"--insecure-policy", "copy", "--src-tls-verify=false", "--dest-tls-verify=false", "--quiet"}, flags...)
	p.run(t, append(args, from, to)...)
}
