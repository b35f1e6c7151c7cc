package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/cli"
)

// stream is an output of a program that still runs.
type stream struct {
	mutex   sync.Mutex
	text    bytes.Buffer
	written chan struct{} // has room for one signal
}

func newStream() *stream { return &stream{written: make(chan struct{}, 1)} }

func (s *stream) Write(data []byte) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	n, err := s.text.Write(data)
	select {
	case s.written <- struct{}{}:
	default:
	}
	return n, err
}

// waitFor waits until a text was written, and takes what was written so far away.
func (s *stream) waitFor(t *testing.T, text string) string {
	t.Helper()
	deadline := time.After(patient)
	for {
		s.mutex.Lock()
		have := s.text.String()
		if strings.Contains(have, text) {
			s.text.Reset()
			s.mutex.Unlock()
			return have
		}
		s.mutex.Unlock()
		select {
		case <-s.written:
		case <-deadline:
			require.Fail(t, "it was not written", "%q in %q", text, have)
		}
	}
}

// soFar is what was written since it was taken away last.
func (s *stream) soFar() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.text.String()
}

func copyFolder(t *testing.T, from string) string {
	t.Helper()
	to := t.TempDir()
	require.NoError(t, os.CopyFS(to, os.DirFS(from)))
	return to
}

func replaceIn(t *testing.T, file, old, new string) {
	t.Helper()
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(content), old)
	save(t, file, strings.Replace(string(content), old, new, 1))
}

// save writes a file as editors do that save atomically: nobody sees a part of it.
func save(t *testing.T, file, content string) {
	t.Helper()
	prepare(t, file, content)()
}

// prepare writes what is to be saved beside its file, under a name that is no part of a
// package, and returns the function that puts it in the place of the file: one change.
func prepare(t *testing.T, file, content string) (saved func()) {
	t.Helper()
	fresh := filepath.Join(filepath.Dir(file), "."+filepath.Base(file)+".swp")
	require.NoError(t, os.WriteFile(fresh, []byte(content), 0o600))
	return func() {
		t.Helper()
		require.NoError(t, os.Rename(fresh, file))
	}
}

// watch begins to watch a folder, until it is interrupted or the test ends; ended tells
// the exit code.
func watch(t *testing.T, folder string, flags ...string) (stdout, stderr *stream, interrupt func(), ended <-chan int) {
	t.Helper()
	ctx, interrupt := context.WithCancel(t.Context())
	t.Cleanup(interrupt)
	stdout, stderr = newStream(), newStream()
	code := make(chan int, 1)
	go func() {
		code <- cli.Run(ctx, cli.Invocation{
			Args: append([]string{"test", folder, "--watch"}, flags...), Stdin: strings.NewReader(""), Stdout: stdout, Stderr: stderr,
		})
	}()
	return stdout, stderr, interrupt, code
}

// Tests run again when something changes, until they are interrupted. How long that
// takes is logged, and decides nothing.
func TestWatch(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{
		"webapp": "service.yaml.gotmpl", "operator": "service.yaml.gotmpl", "shop": "components/frontend/expose.yaml.gotmpl",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := copyFolder(t, filepath.Join("..", "..", "examples", "packages", name))
			stdout, stderr, interrupt, ended := watch(t, folder)
			stdout.waitFor(t, "passed\n")
			stderr.waitFor(t, "watching ")

			step := func(what string, change func(), want string) {
				begin := time.Now()
				change()
				stdout.waitFor(t, want)
				t.Logf("%s: %v", what, time.Since(begin))
				stderr.waitFor(t, "watching ")
			}
			template := filepath.Join(folder, filepath.FromSlash(file))
			step("a change", func() { replaceIn(t, template, "kind: Service", "kind: Service # changed") }, " failed\n")
			step("and back", func() { replaceIn(t, template, "kind: Service # changed", "kind: Service") }, "passed\n")
			tests := filepath.Join(folder, ".packstage", "test.yaml")
			require.NoError(t, os.MkdirAll(filepath.Dir(tests), 0o700))
			step("a test that fails", func() {
				save(t, tests, "assert: [{that: size(objects) == 0}]\n")
			}, " failed\n")
			step("a file that cannot be read", func() {
				save(t, tests, "assert: [")
			}, "in the package\n")
			interrupt()
			assert.Equal(t, cli.ExitOK, <-ended)
		})
	}
}

// What a run writes into the folder that it watches does not begin another run. A
// folder that goes and comes back is watched again.
func TestWatchOwnFiles(t *testing.T) {
	t.Parallel()
	folder := copyFolder(t, filepath.Join("..", "..", "examples", "packages", "webapp"))
	require.NoError(t, os.Mkdir(filepath.Join(folder, "out"), 0o700))
	_, stderr, interrupt, ended := watch(t, folder,
		"--coverage-html", filepath.Join(folder, "cover.html"), "--coverage-profile", filepath.Join(folder, "out", "cover.json"))
	stderr.waitFor(t, "watching ")
	// The next change that is told is this one, alone.
	replaceIn(t, filepath.Join(folder, "service.yaml.gotmpl"), "kind: Service", "kind: Service # changed")
	told, _, _ := strings.Cut(stderr.waitFor(t, "watching "), "wrote ")
	assert.Contains(t, told, "service.yaml.gotmpl")
	assert.NotContains(t, told, "cover")

	// The folder goes, and comes back.
	away := folder + "-away"
	require.NoError(t, os.Rename(folder, away))
	stderr.waitFor(t, "is gone")
	require.NoError(t, os.Rename(away, folder))
	stderr.waitFor(t, "watching ")
	replaceIn(t, filepath.Join(folder, "service.yaml.gotmpl"), "# changed", "# again")
	assert.Contains(t, stderr.waitFor(t, "watching "), "service.yaml.gotmpl")
	interrupt()
	assert.Equal(t, cli.ExitOK, <-ended)
	assert.FileExists(t, filepath.Join(folder, "cover.html"))
}

// A change ends the run that it makes obsolete: its results never come. That run has
// more cases than could be done before the change is seen.
func TestWatchEndsARunThatIsObsolete(t *testing.T) {
	t.Parallel()
	folder := copyFolder(t, filepath.Join("..", "..", "examples", "packages", "webapp"))
	manifest := filepath.Join(folder, "manifest.yaml")
	few, err := os.ReadFile(manifest)
	require.NoError(t, err)
	many := strings.Builder{}
	many.Write(few)
	for i := range 5000 {
		fmt.Fprintf(&many, "  - name: case-%d\n    context: {package: {metadata: {name: board, namespace: board}}}\n", i)
	}
	require.NoError(t, os.WriteFile(manifest, []byte(many.String()), 0o600))

	fewAgain := prepare(t, manifest, string(few)) // so that a slow disk delays no change
	stdout, stderr, interrupt, ended := watch(t, folder)
	// What changes before the folder is watched is no change: it is changed until it is.
	changed := false
	for begin := time.Now(); !changed && time.Since(begin) < patient; time.Sleep(time.Millisecond) {
		require.NoError(t, os.WriteFile(filepath.Join(folder, "notes.txt"), nil, 0o600))
		changed = strings.Contains(stderr.soFar(), "changed: notes.txt")
	}
	require.True(t, changed, stderr.soFar())
	fewAgain()
	stderr.waitFor(t, "watching ")
	results := stdout.soFar()
	assert.Contains(t, results, " passed\n")
	assert.NotContains(t, results, "case-")
	assert.NotContains(t, results, "5000 cases")
	interrupt()
	assert.Equal(t, cli.ExitOK, <-ended)
}

// Where files change all the time, results come all the same, and it is said that they
// may be those of before. A run takes longer than it takes to see a change.
func TestWatchShowsResultsThoughFilesChange(t *testing.T) {
	t.Parallel()
	folder := copyFolder(t, filepath.Join("..", "..", "examples", "packages", "webapp"))
	many := strings.Builder{}
	many.WriteString("cases:\n")
	for i := range 1000 {
		fmt.Fprintf(&many, "- {name: case-%d, context: {package: {metadata: {name: board, namespace: board}}}}\n", i)
	}
	require.NoError(t, os.WriteFile(filepath.Join(folder, ".packstage", "test.yaml"), []byte(many.String()), 0o600))
	stdout, stderr, interrupt, ended := watch(t, folder)
	begin := time.Now()
	told := false
	for !told && time.Since(begin) < patient {
		require.NoError(t, os.WriteFile(filepath.Join(folder, "notes.txt"), nil, 0o600))
		time.Sleep(time.Millisecond)
		told = strings.Contains(stderr.soFar(), "changed while the tests ran, so the results may be those of before: notes.txt")
	}
	t.Logf("after %v", time.Since(begin))
	require.True(t, told, stderr.soFar())
	assert.Contains(t, stdout.soFar(), " cases passed\n")
	interrupt()
	assert.Equal(t, cli.ExitOK, <-ended)
}
