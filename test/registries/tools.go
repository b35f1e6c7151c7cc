package registries

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// toolPath is where .ci/e2e-tools has put a program.
func toolPath(t testing.TB, name string) string {
	t.Helper()
	folder, err := root()
	require.NoError(t, err)
	path := filepath.Join(folder, ".cache", "bin", name)
	_, err = os.Stat(path)
	require.NoError(t, err, "run .ci/e2e-tools")
	return path
}

// systemPath is where the system has a program.
func systemPath(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	require.NoError(t, err, "apt-get install %s", name)
	return path
}

// cranePath is where Go keeps crane, which is pinned with the other tools of
// the project.
func cranePath(t testing.TB) string {
	t.Helper()
	path, err := builtCrane()
	require.NoError(t, err)
	return path
}

var builtCrane = sync.OnceValues(func() (string, error) {
	folder, err := root()
	if err != nil {
		return "", err
	}
	output, err := goCommand(folder, "tool", "-modfile=.ci/tools.mod", "-n", "crane")
	return strings.TrimSpace(output), err
})

// PackstagePath is the program under test, built from the tree as it is.
func PackstagePath(t testing.TB) string {
	t.Helper()
	path, err := builtPackstage()
	require.NoError(t, err)
	return path
}

var builtPackstage = sync.OnceValues(func() (string, error) {
	folder, err := root()
	if err != nil {
		return "", err
	}
	bin := filepath.Join(folder, ".cache", "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return "", err
	}
	// Tests of several packages may build at the same time.
	building, err := os.MkdirTemp(bin, "building-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(building)
	fresh, path := filepath.Join(building, "packstage"), filepath.Join(bin, "packstage")
	if _, err := goCommand(folder, "build", "-o", fresh, "./cmd/packstage"); err != nil {
		return "", err
	}
	return path, os.Rename(fresh, path)
})

func goCommand(folder string, arguments ...string) (string, error) {
	command := exec.Command("go", arguments...) //nolint:noctx // runs once for all tests
	command.Dir = folder
	var problem strings.Builder
	command.Stderr = &problem
	output, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w: %s", strings.Join(arguments, " "), err, strings.TrimSpace(problem.String()))
	}
	return string(output), nil
}

// secretMark is in every secret, so that it is found wherever it appears.
const secretMark = "s3cr3t"

func secret(kind string) string { return secretMark + "-" + kind + "-" + rand.Text() }

// basic is how a request for basic authentication carries the credentials.
func (c credentials) basic() string {
	return base64.StdEncoding.EncodeToString([]byte(c.name + ":" + c.password))
}
