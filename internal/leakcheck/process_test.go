//go:build unix

package leakcheck_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/cli"
	"github.com/packstage/packstage/registry/registrytest"
)

// asProgram makes the test's binary the program.
const asProgram = "LEAKCHECK_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "" {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Run(ctx, cli.Invocation{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Env: os.Environ(), Version: "v0.0.0-test",
	})
	stop()
	os.Exit(code)
}

// user has the folders that a process may write to.
type user struct {
	home, work, temporary string
}

func newUser(t *testing.T) user {
	t.Helper()
	return user{t.TempDir(), t.TempDir(), t.TempDir()}
}

// run runs the program, and sends it a signal at a moment if that is not nil. It
// returns the exit code, -1 where the signal ended it.
func (u user) run(t *testing.T, moment <-chan struct{}, with os.Signal, arguments ...string) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	program, err := os.Executable()
	require.NoError(t, err)
	command := exec.CommandContext(ctx, program, arguments...) //nolint:gosec // the test itself
	command.Dir = u.work
	command.Env = []string{asProgram + "=1", "HOME=" + u.home, "TMPDIR=" + u.temporary, "PATH=" + os.Getenv("PATH")}
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	require.NoError(t, command.Start())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = command.Wait() // the code tells
	}()
	if moment != nil {
		select {
		case <-moment:
			require.NoError(t, command.Process.Signal(with))
		case <-ended:
			require.Fail(t, "it ended before", output.String())
		}
	}
	<-ended
	require.NoError(t, ctx.Err(), output.String())
	return command.ProcessState.ExitCode(), output.String()
}

// requireWork requires that these are all files and folders in the working folder,
// and that none is where temporary files are.
func (u user) requireWork(t *testing.T, wanted ...string) {
	t.Helper()
	require.Empty(t, namesIn(t, u.temporary), "temporary files")
	require.ElementsMatch(t, wanted, namesIn(t, u.work))
	var unfinished []string
	require.NoError(t, filepath.WalkDir(u.home, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && filepath.Base(filepath.Dir(path)) == "temporary" {
			unfinished = append(unfinished, path)
		}
		return err
	}))
	require.Empty(t, unfinished, "unfinished files in the cache")
}

func namesIn(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	names := []string{}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// stall holds up the transfer of a blob in its middle, once it is armed.
type stall struct {
	mu       sync.Mutex
	armed    bool
	reached  chan struct{}
	released chan struct{}
}

func (s *stall) arm() (reached <-chan struct{}, release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.armed, s.reached, s.released = true, make(chan struct{}), make(chan struct{})
	released := s.released
	return s.reached, sync.OnceFunc(func() { close(released) })
}

// take is true for the first who asks after it was armed. Who got that calls wait,
// which tells that the middle is reached, and waits until it is released.
func (s *stall) take() (wait func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	armed, reached, released := s.armed, s.reached, s.released
	s.armed = false
	return func() { close(reached); <-released }, armed
}

const beforeStall = 1 << 10

func (s *stall) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		isBlob := strings.Contains(r.URL.Path, "/blobs/")
		if isBlob && r.Method == http.MethodGet {
			next.ServeHTTP(&stalledWriter{ResponseWriter: w, stall: s}, r)
			return
		}
		if isBlob && (r.Method == http.MethodPatch || r.Method == http.MethodPut) && r.ContentLength != 0 {
			if wait, ok := s.take(); ok {
				_, _ = io.CopyN(io.Discard, r.Body, beforeStall)
				wait()
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

type stalledWriter struct {
	http.ResponseWriter
	stall   *stall
	written int
}

func (w *stalledWriter) Write(p []byte) (int, error) {
	if w.written += len(p); w.written <= beforeStall {
		return w.ResponseWriter.Write(p)
	}
	wait, ok := w.stall.take()
	if !ok {
		return w.ResponseWriter.Write(p)
	}
	n, _ := w.ResponseWriter.Write(p[:min(len(p), beforeStall)])
	_ = http.NewResponseController(w.ResponseWriter).Flush()
	wait()
	return n, io.ErrClosedPipe
}

// TestProcesses runs the program as a user does: each command leaves what it was
// asked for and nothing else, also when Ctrl-C ends it in the middle; one that is
// killed leaves no result that looks whole, and does not keep the next from its work.
func TestProcesses(t *testing.T) {
	w := newWorkshop(t, nil)
	source := t.TempDir()
	w.fill(t, source)
	var held stall
	server := registrytest.Start(t, registrytest.Options{Wrap: held.wrap})
	folder, reference := filepath.Join(source, "folder"), server.Host+"/leaks:v1"
	// Nothing is there yet where the next attempt puts it.
	attempt := 0
	for _, command := range []struct {
		name      string
		arguments []string
		target    string // what it leaves in the working folder
		kept      string // what it leaves of half the work, to go on with it
		transfers bool
	}{
		{"version", []string{"version"}, "", "", false},
		{"validate", []string{"validate", folder}, "", "", false},
		{"test", []string{"test", folder}, "", "", false},
		{"render", []string{"render", folder}, "", "", false},
		{"graph", []string{"graph", folder}, "", "", false},
		{"build", []string{"build", folder, "--output", "built.tar"}, "built.tar", "", false},
		{"push once", []string{"push", folder, reference}, "", "", false},
		{"push", []string{"push", folder, server.Host + "/new:v1"}, "", "", true},
		{"inspect", []string{"inspect", reference}, "", "", false},
		{"render from a registry", []string{"render", reference}, "", "", true},
		{"pull to files", []string{"pull", reference, "--output", "files"}, "files", "", true},
		{"pull to a tar", []string{"pull", reference, "--output", "pulled.tar"}, "pulled.tar", "", true},
		{"pull to a layout", []string{"pull", reference, "--output", "layout", "--as", "layout"}, "layout", "", true},
		{"copy to a tar", []string{"copy", reference, "copied.tar"}, "copied.tar", "copied.tar.partial", true},
		{"copy to a registry", []string{"copy", reference, w.server.Host + "/new:v1"}, "", "", true},
	} {
		t.Run(command.name, func(t *testing.T) {
			var done []string
			if command.target != "" {
				done = append(done, command.target)
			}
			if !command.transfers {
				u := newUser(t)
				code, output := u.run(t, nil, nil, command.arguments...)
				require.Zero(t, code, output)
				u.requireWork(t, done...)
				return
			}
			for _, with := range []os.Signal{os.Interrupt, syscall.SIGTERM, os.Kill} {
				u := newUser(t)
				attempt++
				arguments := slices.Clone(command.arguments)
				for i := range arguments {
					arguments[i] = strings.ReplaceAll(arguments[i], "/new:", fmt.Sprintf("/new%d:", attempt))
				}
				reached, release := held.arm()
				t.Cleanup(release) // or the registry would not end after a failure
				code, output := u.run(t, reached, with, arguments...)
				release()
				if with == os.Kill {
					require.Equal(t, -1, code, output)
					require.NotContains(t, namesIn(t, u.work), command.target)
					require.Empty(t, namesIn(t, u.temporary))
				} else {
					require.Equal(t, 3, code, output)
					require.Contains(t, output, "interrupted")
					if wanted := namesIn(t, u.work); command.kept != "" && len(wanted) > 0 {
						u.requireWork(t, command.kept)
					} else {
						u.requireWork(t)
					}
				}
				code, output = u.run(t, nil, nil, arguments...)
				require.Zero(t, code, output)
				if with == os.Kill {
					require.Subset(t, namesIn(t, u.work), done)
				} else {
					u.requireWork(t, done...)
				}
			}
		})
	}
}
