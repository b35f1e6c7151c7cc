package cache_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/registry/cache"
)

// The test binary runs itself as other processes that use a folder.
const (
	roleVariable   = "CACHE_TEST_ROLE"
	folderVariable = "CACHE_TEST_FOLDER"
)

// roles are what such a process does.
var roles = map[string]func(ctx context.Context, folder string) error{
	"pull":      pullAll,
	"prune":     pruneAgain,
	"crash":     crash,
	"full disk": fullDisk,
}

func TestMain(m *testing.M) {
	role := os.Getenv(roleVariable)
	if role == "" {
		os.Exit(m.Run())
	}
	if err := roles[role](context.Background(), os.Getenv(folderVariable)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func process(t *testing.T, role, folder string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	command := exec.CommandContext(t.Context(), self)
	command.Env = append(os.Environ(), roleVariable+"="+role, folderVariable+"="+folder)
	return command
}

const (
	pulledDigests = 30
	processBound  = 60 * 4096
)

// pullAll does what a client does with every digest, several times.
func pullAll(ctx context.Context, folder string) error {
	c, err := cache.Open(folder, cache.Options{MaxBytes: processBound})
	if err != nil {
		return err
	}
	for round := range 5 * pulledDigests {
		content := block(round%pulledDigests, 1+round%4)
		digest := digestOf(content)
		file, err := c.Open(ctx, digest, int64(len(content)))
		if err == nil {
			read := make([]byte, len(content))
			if _, err := file.ReadAt(read, 0); err != nil || string(read) != string(content) {
				return fmt.Errorf("%s: read %d other bytes: %w", digest, len(read), err)
			}
			if err := file.Close(); err != nil {
				return err
			}
			continue
		}
		if !errors.Is(err, fs.ErrNotExist) || errors.Is(err, cache.ErrCorrupt) {
			return err
		}
		if err := c.Put(ctx, digest, content); err != nil {
			return err
		}
	}
	return nil
}

func pruneAgain(ctx context.Context, folder string) error {
	c, err := cache.Open(folder, cache.Options{MaxBytes: processBound})
	if err != nil {
		return err
	}
	for round := range 30 {
		if _, err := c.Prune(ctx, cache.PruneOptions{MaxBytes: 10 * 4096, All: round%3 == 0}); err != nil {
			return err
		}
	}
	return nil
}

// crash ends while it holds the lock and writes something.
func crash(ctx context.Context, folder string) error {
	c, err := cache.Open(folder, cache.Options{})
	if err != nil {
		return err
	}
	content := block(1, 1)
	stage, err := c.Stage(ctx, digestOf(content), int64(len(content)))
	if err != nil {
		return err
	}
	if _, err := stage.Write(content[:10]); err != nil {
		return err
	}
	_, err = cache.Lock(c, ctx)
	return err
}

// Two processes pull the same digests while a third prunes.
func TestProcessesShareAFolder(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	running := []*exec.Cmd{process(t, "pull", folder), process(t, "pull", folder), process(t, "prune", folder)}
	outputs := make([]strings.Builder, len(running))
	for i, command := range running {
		command.Stdout, command.Stderr = &outputs[i], &outputs[i]
		require.NoError(t, command.Start())
	}
	for i, command := range running {
		assert.NoError(t, command.Wait(), outputs[i].String())
	}
	c := open(t, folder, cache.Options{MaxBytes: processBound})
	info := settled(t, c, processBound)
	assert.LessOrEqual(t, info.Bytes, int64(processBound))
	assert.Len(t, files(t, folder), info.Entries, "nothing half-written is left")
	for seed := range pulledDigests {
		for blocks := 1; blocks <= 4; blocks++ {
			content := block(seed, blocks)
			read, err := c.ReadAll(t.Context(), digestOf(content), int64(len(content)), 1<<20)
			if err == nil {
				assert.Equal(t, content, read)
			} else {
				assert.NotErrorIs(t, err, cache.ErrCorrupt)
			}
		}
	}
}

func TestAProcessThatDiesHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	now := newClock()
	c := open(t, t.TempDir(), cache.Options{Now: now.Now})
	output, err := process(t, "crash", c.Folder()).CombinedOutput()
	require.NoError(t, err, "%s", output)
	require.Len(t, files(t, c.Folder()), 1)
	pruned, err := c.Prune(t.Context(), cache.PruneOptions{})
	require.NoError(t, err, "the lock went with its process")
	require.Zero(t, pruned.Leftovers, "it could be running still")
	now.Advance(cache.LeftoverAge * 2)
	pruned, err = c.Prune(t.Context(), cache.PruneOptions{})
	require.NoError(t, err)
	assert.Equal(t, 1, pruned.Leftovers)
	assert.Empty(t, files(t, c.Folder()))
}
