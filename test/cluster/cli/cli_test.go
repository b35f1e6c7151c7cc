// Package cli_test runs the built program against a real API server: the commands that
// the README shows, and what happens around them in a terminal's life.
package cli_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/test/cluster"
)

// repository is the root of the repository, where a reader of the README stands.
const repository = "../../.."

var (
	configMaps  = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	secrets     = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}
	namespaces  = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
	deployments = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
	leases      = schema.GroupVersionResource{Group: "coordination.k8s.io", Version: "v1", Resource: "leases"}
)

// What a test waits for another program to do is looked at so often, for so long.
const (
	waitFor = 5 * time.Minute
	tick    = 50 * time.Millisecond
)

func TestMain(m *testing.M) {
	cluster.Main(m, cluster.Options{Controllers: true, Nodes: 2})
}

// user is somebody with the program, a kubeconfig and an empty home.
type user struct {
	program     string
	environment []string
}

// built is the program, which the first test builds.
var built = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "packstage-cli-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "packstage")
	build := exec.Command("go", "build", "-trimpath", "-o", path, "./cmd/packstage")
	build.Dir = repository
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, output)
	}
	content, err := os.ReadFile(path)
	return string(content), errors.Join(err, os.RemoveAll(folder))
})

func newUser(t *testing.T, kubeconfig string) *user {
	t.Helper()
	content, err := built()
	require.NoError(t, err)
	folder, home := t.TempDir(), t.TempDir()
	program := filepath.Join(folder, "packstage")
	// A process that another test starts meanwhile must not inherit the open file:
	// nobody can run a file that is open for writing.
	syscall.ForkLock.RLock()
	err = os.WriteFile(program, []byte(content), 0o700)
	syscall.ForkLock.RUnlock()
	require.NoError(t, err)
	return &user{program: program, environment: []string{
		"PATH=" + folder + string(filepath.ListSeparator) + os.Getenv("PATH"), "HOME=" + home, "USER=reader",
		"XDG_CONFIG_HOME=" + filepath.Join(home, "config"), "XDG_CACHE_HOME=" + filepath.Join(home, "cache"),
		"DOCKER_CONFIG=" + filepath.Join(home, "docker"), "KUBECONFIG=" + kubeconfig, "LC_ALL=C",
	}}
}

// answer is what a command printed and ended with.
type answer struct {
	stdout, stderr string
	code           int
}

// shell runs a line as it stands in a document.
func (u *user) shell(t *testing.T, line string) answer {
	t.Helper()
	return u.finish(t, u.start(t, "bash", "-euo", "pipefail", "-c", line))
}

// run runs the program.
func (u *user) run(t *testing.T, arguments ...string) answer {
	t.Helper()
	return u.finish(t, u.start(t, u.program, arguments...))
}

// running is a command that was started.
type running struct {
	*exec.Cmd
	stdout, stderr bytes.Buffer
}

func (u *user) start(t *testing.T, program string, arguments ...string) *running {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	t.Cleanup(cancel)
	command := &running{Cmd: exec.CommandContext(ctx, program, arguments...)}
	command.Dir, command.Env = repository, u.environment
	command.Stdout, command.Stderr = &command.stdout, &command.stderr
	require.NoError(t, command.Start())
	return command
}

func (u *user) finish(t *testing.T, command *running) answer {
	t.Helper()
	err := command.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	return answer{command.stdout.String(), command.stderr.String(), command.ProcessState.ExitCode()}
}

// stuck is a folder with the example webapp whose pods no scheduler wants: its
// Deployment never gets available.
func stuck(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "stuck")
	require.NoError(t, os.CopyFS(folder, os.DirFS(filepath.Join(repository, "examples/packages/webapp"))))
	path := filepath.Join(folder, "deployment.yaml.gotmpl")
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	changed := strings.Replace(string(content), "\n    spec:\n", "\n    spec:\n      schedulerName: nobody\n", 1)
	require.NotEqual(t, string(content), changed)
	require.NoError(t, os.WriteFile(path, []byte(changed), 0o600))
	return folder
}

// installBlock are the commands of the README's section "Install it".
func installBlock(t *testing.T) []string {
	t.Helper()
	readme, err := os.ReadFile(filepath.Join(repository, "README.md"))
	require.NoError(t, err)
	match := regexp.MustCompile("(?s)### Install it\n\n```sh\n(.*?)\n```").FindSubmatch(readme)
	require.NotNil(t, match)
	return strings.Split(string(match[1]), "\n")
}

// interrupt sends what Ctrl-C sends.
func (r *running) interrupt(t *testing.T) {
	t.Helper()
	require.NoError(t, r.Process.Signal(syscall.SIGINT))
}
