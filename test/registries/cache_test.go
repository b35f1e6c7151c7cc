package registries

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// cached is a large package in a real registry, and a folder for a cache.
type cached struct {
	*cell
	folder, cache string
}

func newCached(t *testing.T) *cached {
	t.Helper()
	c := &cached{cell: newCell(t, Start(t, Options{Server: Distribution, Auth: Token, Transport: TLS})), folder: largePackage(t)}
	c.digest = pushed(t, c.cell, c.folder)
	c.cache = filepath.Join(t.TempDir(), "cache")
	return c
}

func (c *cached) pull(output string) []string {
	return append([]string{"pull", c.reference("@" + c.digest), "--output", output, "--cache-dir", c.cache}, c.transport...)
}

// requirePulls holds that a pull gives the right files.
func (c *cached) requirePulls(t *testing.T, output string) Result {
	t.Helper()
	result := c.user.Packstage(t).Try(t, c.pull(output)...)
	require.Zero(t, result.Code, result.Stderr)
	requireSameFiles(t, c.folder, filepath.Join(c.user.Work, output))
	require.NoError(t, os.RemoveAll(filepath.Join(c.user.Work, output)))
	return result
}

// What is in the cache needs no registry.
func TestCacheWithoutRegistry(t *testing.T) {
	t.Parallel()
	c := newCached(t)
	c.requirePulls(t, "first")
	c.Stop()
	c.requirePulls(t, "second")
}

// Whatever is done to the files of a cache, no other bytes come out of it: they
// come from the registry again, or there is an error.
func TestCacheTamperedWith(t *testing.T) {
	t.Parallel()
	for name, tamper := range map[string]func(content []byte) []byte{
		"a bit":   func(content []byte) []byte { content[len(content)/2] ^= 1; return content },
		"shorter": func(content []byte) []byte { return content[:len(content)/2] },
		"longer":  func(content []byte) []byte { return append(content, "more"...) },
		"empty":   func([]byte) []byte { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCached(t)
			c.requirePulls(t, "first")
			changed := 0
			change := func() {
				require.NoError(t, filepath.WalkDir(c.cache, func(path string, entry fs.DirEntry, err error) error {
					if err != nil || !entry.Type().IsRegular() {
						return err
					}
					content, err := os.ReadFile(path)
					if err != nil || len(content) == 0 {
						return err
					}
					changed++
					if err := os.Chmod(path, 0o600); err != nil {
						return err
					}
					return os.WriteFile(path, tamper(bytes.Clone(content)), 0o600)
				}))
			}
			change()
			require.NotZero(t, changed)
			c.requirePulls(t, "second")
			change()
			c.Stop()
			requireFailure(t, c.user, c.user.Packstage(t).Try(t, c.pull("third")...), c.Host)
		})
	}
}

// Processes that pull the same at the same time all get the right files.
func TestCacheOfManyProcesses(t *testing.T) {
	t.Parallel()
	c := newCached(t)
	packstage := c.user.Packstage(t)
	ctx, cancel := context.WithTimeout(t.Context(), patient)
	defer cancel()
	results, failures := make([]Result, 6), make([]error, 6)
	var all sync.WaitGroup
	for i := range results {
		all.Go(func() {
			results[i], failures[i] = outcome(packstage.Command(ctx, c.pull(fmt.Sprintf("files-%d", i))...))
		})
	}
	all.Wait()
	for i, result := range results {
		require.NoError(t, failures[i])
		packstage.requireNoSecret(t, result)
		require.Zero(t, result.Code, result.Stderr)
		requireSameFiles(t, c.folder, filepath.Join(c.user.Work, fmt.Sprintf("files-%d", i)))
	}
	c.Stop()
	c.requirePulls(t, "afterwards")
}

// A cache that cannot be written is no reason not to pull.
func TestCacheThatIsReadOnly(t *testing.T) {
	t.Parallel()
	for name, filled := range map[string]bool{"empty": false, "filled": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCached(t)
			if filled {
				c.requirePulls(t, "first")
			} else {
				require.NoError(t, os.MkdirAll(c.cache, 0o755))
			}
			readOnly(t, c.cache)
			packstage := unprivileged(t, c.user)
			result := packstage.Try(t, c.pull("files")...)
			require.Zero(t, result.Code, result.Stderr)
			requireSameFiles(t, c.folder, filepath.Join(c.user.Work, "files"))
			if !filled {
				assert.Contains(t, result.Stderr, "cache", "the user is told")
			}
		})
	}
}

// readOnly takes the right to write away from a folder until the test ends.
func readOnly(t *testing.T, folder string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o444)
		if entry.IsDir() {
			mode = 0o555
			t.Cleanup(func() { _ = os.Chmod(path, 0o755) })
		}
		return os.Chmod(path, mode)
	}))
}

// unprivileged is the program under test, run by somebody whom permissions bind:
// they do not bind root.
func unprivileged(t *testing.T, u *User) Program {
	t.Helper()
	p := u.Packstage(t)
	if os.Getuid() != 0 {
		return p
	}
	const nobody = 65534
	p.credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	// The program and the folders of the test are out of their reach.
	content, err := os.ReadFile(p.path)
	require.NoError(t, err)
	p.path = filepath.Join(u.Home, "packstage-of-nobody")
	// A process that another test starts meanwhile must not inherit the open file: nobody
	// can run a file that is open for writing.
	syscall.ForkLock.RLock()
	err = os.WriteFile(p.path, content, 0o755)
	syscall.ForkLock.RUnlock()
	require.NoError(t, err)
	require.NoError(t, os.Chmod(filepath.Dir(u.Home), 0o755))
	for _, folder := range []string{u.Home, u.Work} {
		require.NoError(t, filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			return os.Lchown(path, nobody, nobody)
		}))
	}
	return p
}
