package registries

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// largePackage makes a package that does not fit into the buffers of a
// connection: some MB that cannot be compressed well.
func largePackage(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "webapp")
	require.NoError(t, os.CopyFS(folder, os.DirFS(example(t, "webapp"))))
	content := make([]byte, 2<<20)
	for i := range 4 {
		_, _ = rand.Read(content)
		writeFile(t, filepath.Join(folder, "files"), fmt.Sprintf("random-%d.txt", i), []byte(hex.EncodeToString(content)))
	}
	return folder
}

// interrupted starts the program, waits for the moment, presses Ctrl-C, and
// returns how it ended.
func (p Program) interrupted(t *testing.T, moment <-chan struct{}, arguments ...string) Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patient)
	defer cancel()
	command := p.Command(ctx, arguments...)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	require.NoError(t, command.Start())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = command.Wait() // ends with another code than 0
	}()
	select {
	case <-moment:
	case <-ended:
		require.Fail(t, "the program ended before it was interrupted", "%s", stderr.String())
	}
	begin := time.Now()
	require.NoError(t, command.Process.Signal(syscall.SIGINT))
	<-ended
	result := Result{Stdout: stdout.String(), Stderr: stderr.String(), Code: command.ProcessState.ExitCode(), Took: time.Since(begin)}
	p.requireNoSecret(t, result)
	return result
}

// promptly is how soon Ctrl-C ends the program. A program that does not listen goes on
// for longer: five attempts of half a minute each. One on a busy machine may need its time.
const promptly = 2 * time.Minute

// Ctrl-C in the middle of a transfer.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	const some = 1 << 20
	for _, options := range []Options{
		{Server: Distribution, Auth: Token, Transport: TLS},
		{Server: Distribution, Auth: Basic},
		{Server: ContainerRegistry, Auth: Anonymous},
		{Server: Packstage, Auth: Anonymous},
	} {
		t.Run(options.String(), func(t *testing.T) {
			t.Parallel()
			c := newCell(t, Start(t, options))
			folder := largePackage(t)
			direct := c.Host
			c.aliases = []string{direct}
			through := func(t *testing.T, sent, received int64) *Tap {
				t.Helper()
				tap := NewTap(t, direct, sent, received)
				c.Host = tap.Host // the same registry under another name
				t.Cleanup(func() { c.Host = direct })
				c.user.LogIn(t)
				return tap
			}
			requirePrompt := func(t *testing.T, result Result) {
				t.Helper()
				assert.Equal(t, 3, result.Code, result.Stderr)
				assert.Contains(t, result.Stderr, "interrupted")
				assert.Empty(t, result.Stdout)
				assert.Less(t, result.Took, promptly)
				requireNothingLeft(t, c.user)
			}
			t.Run("push", func(t *testing.T) {
				tap := through(t, some, 0)
				result := c.user.Packstage(t).interrupted(t, tap.Silent, append([]string{"push", folder, c.reference(":v1")}, c.transport...)...)
				requirePrompt(t, result)
			})
			t.Run("is not there", func(t *testing.T) {
				c.user.LogIn(t)
				result := c.user.Packstage(t).Try(t, append([]string{"inspect", c.reference(":v1")}, c.transport...)...)
				requireFailure(t, c.user, result, c.reference(":v1"), "not found")
			})
			t.Run("pushes again", func(t *testing.T) { c.digest = pushed(t, c, folder) })
			for name, arguments := range map[string][]string{
				"folder": {"--output", "files"},
				"tar":    {"--output", "webapp.tar"},
				"layout": {"--output", "layout", "--as", "layout"},
			} {
				t.Run("pull to "+name, func(t *testing.T) {
					tap := through(t, 0, some)
					command := append([]string{"pull", c.reference(":v1")}, arguments...)
					result := c.user.Packstage(t).interrupted(t, tap.Silent, append(command, c.transport...)...)
					requirePrompt(t, result)
				})
			}
			destination := Start(t, Options{Server: ContainerRegistry}).Host + "/other/webapp:v1"
			for name, to := range map[string]string{"registry": destination, "tar": "webapp.tar", "layout": "./layout"} {
				t.Run("copy to "+name, func(t *testing.T) {
					tap := through(t, 0, some)
					c.user.Work = t.TempDir()
					packstage := c.user.Packstage(t)
					result := packstage.interrupted(t, tap.Silent, append([]string{"copy", c.reference(":v1"), to}, c.transport...)...)
					assert.Equal(t, 3, result.Code, result.Stderr)
					assert.Contains(t, result.Stderr, "interrupted")
					assert.Less(t, result.Took, promptly)
					// What has arrived is kept for the next attempt, and is no package.
					assert.NoFileExists(t, filepath.Join(c.user.Work, "webapp.tar"))
					unfinished := packstage.Try(t, append([]string{"inspect", to}, c.transport...)...)
					require.NotZero(t, unfinished.Code, unfinished.Stdout)
					tap.Close()
					c.Host = direct
					assert.Equal(t, c.digest+"\n", c.run(t, "copy", c.reference(":v1"), to))
					assert.Contains(t, c.run(t, "inspect", to, "--output", "json"), c.digest)
					assert.NoDirExists(t, filepath.Join(c.user.Work, "webapp.tar.partial"))
				})
			}
			c.user.Work = t.TempDir()
			t.Run("pulls again", func(t *testing.T) {
				c.user.LogIn(t)
				c.run(t, "pull", c.reference("@"+c.digest), "--output", "files")
				requireSameFiles(t, folder, filepath.Join(c.user.Work, "files"))
			})
		})
	}
}
