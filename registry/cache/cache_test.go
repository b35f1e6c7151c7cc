package cache_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/registry/cache"
)

// clock is a time that moves when it is told to.
type clock struct {
	mutex sync.Mutex
	now   time.Time
}

func newClock() *clock { return &clock{now: time.Now().Truncate(time.Second)} }

func (c *clock) Now() time.Time {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.now
}

func (c *clock) Advance(by time.Duration) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.now = c.now.Add(by)
}

func open(t testing.TB, folder string, options cache.Options) *cache.Cache {
	t.Helper()
	opened, err := cache.Open(folder, options)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, opened.Close()) })
	return opened
}

func digestOf(content []byte) v1.Hash {
	sum := sha256.Sum256(content)
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum[:])}
}

// block is content of that many blocks, another one for each seed.
func block(seed, blocks int) []byte {
	return bytes.Repeat(fmt.Appendf(nil, "%08d", seed), blocks*4096/8)
}

func put(t testing.TB, c *cache.Cache, content []byte) v1.Hash {
	t.Helper()
	digest := digestOf(content)
	require.NoError(t, c.Put(t.Context(), digest, content))
	return digest
}

func pathOf(c *cache.Cache, digest v1.Hash) string {
	return filepath.Join(c.Folder(), "v1", "sha256", digest.Hex[:2], digest.Hex)
}

// files returns the paths of all files below the folder, the bookkeeping left out.
func files(t testing.TB, folder string) []string {
	t.Helper()
	found := []string{}
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == "usage" || entry.Name() == "lock" {
			return err
		}
		name, err := filepath.Rel(folder, path)
		found = append(found, filepath.ToSlash(name))
		return err
	}))
	return found
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, 4096, 300_000} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			c := open(t, filepath.Join(t.TempDir(), "new", "cache"), cache.Options{})
			content := bytes.Repeat([]byte("x"), size)
			digest := digestOf(content)
			assert.False(t, c.Has(digest))
			stage, err := c.Stage(t.Context(), digest, int64(size))
			require.NoError(t, err)
			_, err = io.Copy(stage, iotest.HalfReader(bytes.NewReader(content)))
			require.NoError(t, err)
			_, err = c.Open(t.Context(), digest, -1)
			require.ErrorIs(t, err, fs.ErrNotExist, "it is not there before the commit")
			require.NoError(t, stage.Commit(t.Context()))
			stage.Discard()
			assert.True(t, c.Has(digest))

			for _, asked := range []int64{int64(size), -1} {
				read, err := c.ReadAll(t.Context(), digest, asked, int64(size))
				require.NoError(t, err)
				assert.Equal(t, content, read)
				file, err := c.Open(t.Context(), digest, asked)
				require.NoError(t, err)
				assert.EqualValues(t, size, file.Size())
				require.NoError(t, iotest.TestReader(file, content))
				require.NoError(t, file.Close())
			}
		})
	}
}

func TestFilesAreForTheirOwner(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such permissions")
	}
	folder := filepath.Join(t.TempDir(), "cache")
	c := open(t, folder, cache.Options{})
	put(t, c, []byte("content"))
	require.NoError(t, c.SetNote("kind", "key", []byte("value")))
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := entry.Info()
		require.NoError(t, err)
		assert.Zero(t, info.Mode().Perm()&0o077, path)
		return nil
	}))
}

func TestMisses(t *testing.T) {
	t.Parallel()
	c := open(t, t.TempDir(), cache.Options{})
	content := []byte("content")
	digest := put(t, c, content)
	for name, digest := range map[string]v1.Hash{
		"unknown":         digestOf([]byte("other")),
		"other algorithm": {Algorithm: "sha512", Hex: strings.Repeat("a", 128)},
		"a path":          {Algorithm: "sha256", Hex: "../../../../etc/passwd"},
		"upper case":      {Algorithm: "sha256", Hex: strings.ToUpper(digest.Hex)},
		"nothing":         {},
	} {
		_, err := c.Open(t.Context(), digest, -1)
		assert.ErrorIs(t, err, fs.ErrNotExist, name)
		assert.NotErrorIs(t, err, cache.ErrCorrupt, name)
		_, err = c.ReadAll(t.Context(), digest, -1, 100)
		assert.ErrorIs(t, err, fs.ErrNotExist, name)
	}

	// A descriptor that lies about the size takes nothing away.
	_, err := c.Open(t.Context(), digest, 8)
	assert.ErrorIs(t, err, fs.ErrNotExist)
	assert.NotErrorIs(t, err, cache.ErrCorrupt)
	_, err = c.ReadAll(t.Context(), digest, 6, 100)
	assert.ErrorIs(t, err, fs.ErrNotExist)
	_, err = c.ReadAll(t.Context(), digest, -1, 6)
	assert.ErrorIs(t, err, cache.ErrTooLarge)
	assert.NotErrorIs(t, err, fs.ErrNotExist)
	assert.True(t, c.Has(digest))

	ended, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("the user went home")
	cancel(reason)
	_, err = c.Open(ended, digest, -1)
	assert.ErrorIs(t, err, reason)
	_, err = c.ReadAll(ended, digest, -1, 100)
	assert.ErrorIs(t, err, reason)
	assert.ErrorIs(t, c.Put(ended, digest, content), reason)
}

func TestTamperedContentIsRemoved(t *testing.T) {
	t.Parallel()
	for name, tamper := range map[string]func(path string) error{
		"one byte":  func(path string) error { return os.WriteFile(path, []byte("Content"), 0o600) },
		"truncated": func(path string) error { return os.Truncate(path, 3) },
		"longer":    func(path string) error { return os.WriteFile(path, []byte("content and more"), 0o600) },
		"empty":     func(path string) error { return os.Truncate(path, 0) },
		"a folder": func(path string) error {
			return errors.Join(os.Remove(path), os.MkdirAll(filepath.Join(path, "x"), 0o700))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, read := range []func(c *cache.Cache, digest v1.Hash, size int64) error{
				func(c *cache.Cache, digest v1.Hash, size int64) error {
					_, err := c.Open(context.Background(), digest, size)
					return err
				},
				func(c *cache.Cache, digest v1.Hash, size int64) error {
					_, err := c.ReadAll(context.Background(), digest, size, 100)
					return err
				},
			} {
				for _, size := range []int64{7, -1} {
					c := open(t, t.TempDir(), cache.Options{})
					digest := put(t, c, []byte("content"))
					require.NoError(t, tamper(pathOf(c, digest)))

					untouched := open(t, c.Folder(), cache.Options{ReadOnly: true})
					err := read(untouched, digest, size)
					require.ErrorIs(t, err, fs.ErrNotExist)
					require.ErrorIs(t, err, cache.ErrCorrupt)
					assert.ErrorContains(t, err, "it stays where it is: the cache is read-only")
					_, statErr := os.Lstat(pathOf(c, digest))
					require.NoError(t, statErr)

					err = read(c, digest, size)
					require.ErrorIs(t, err, fs.ErrNotExist)
					require.ErrorIs(t, err, cache.ErrCorrupt)
					assert.ErrorContains(t, err, digest.Hex)
					require.NoFileExists(t, pathOf(c, digest))
					require.NotErrorIs(t, read(c, digest, size), cache.ErrCorrupt)

					put(t, c, []byte("content"))
					require.NoError(t, read(c, digest, size))
				}
			}
		})
	}
}

func TestContentThatDoesNotFitLeavesNothing(t *testing.T) {
	t.Parallel()
	c := open(t, t.TempDir(), cache.Options{MaxBytes: 8192})
	content := []byte("content")
	for name, test := range map[string]struct {
		digest  v1.Hash
		size    int64
		content string
		want    error
	}{
		"other content":     {digestOf(content), 7, "Content", cache.ErrMismatch},
		"too short":         {digestOf(content), 7, "conten", cache.ErrMismatch},
		"too long":          {digestOf(content), 7, "content!", cache.ErrMismatch},
		"unknown size":      {digestOf(content), -1, "contents", cache.ErrMismatch},
		"larger than all":   {digestOf(content), 8193, "", cache.ErrTooLarge},
		"turns out larger":  {digestOf(content), -1, strings.Repeat("x", 8193), cache.ErrTooLarge},
		"another algorithm": {v1.Hash{Algorithm: "md5", Hex: "aa"}, 1, "x", cache.ErrUnsupportedDigest},
	} {
		stage, err := c.Stage(t.Context(), test.digest, test.size)
		if err == nil {
			if _, err = io.WriteString(stage, test.content); err == nil {
				err = stage.Commit(t.Context())
			}
			_, again := stage.Write([]byte("x"))
			assert.Error(t, again, name)
			assert.Error(t, stage.Commit(t.Context()), name)
			stage.Discard()
		}
		assert.ErrorIs(t, err, test.want, name)
		assert.Empty(t, files(t, c.Folder()), name)
	}

	stage, err := c.Stage(t.Context(), digestOf(content), 7)
	require.NoError(t, err)
	require.Len(t, files(t, c.Folder()), 1)
	stage.Discard()
	stage.Discard()
	assert.Empty(t, files(t, c.Folder()))
	_, err = stage.Write(content)
	assert.Error(t, err)
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	for name, test := range map[string]struct {
		folder  string
		options cache.Options
	}{
		"empty":         {"", cache.Options{}},
		"a file":        {file, cache.Options{}},
		"below a file":  {filepath.Join(file, "cache"), cache.Options{}},
		"not there yet": {filepath.Join(folder, "missing"), cache.Options{ReadOnly: true}},
	} {
		_, err := cache.Open(test.folder, test.options)
		assert.Error(t, err, name)
	}
}

func TestSymbolicLinksLeadNowhere(t *testing.T) {
	t.Parallel()
	outside := t.TempDir()
	content := []byte("content")
	digest := digestOf(content)
	secret := filepath.Join(outside, digest.Hex)
	require.NoError(t, os.WriteFile(secret, content, 0o600))
	link := func(t *testing.T, target, path string) {
		t.Helper()
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		if err := os.Symlink(target, path); err != nil {
			t.Skip("this system has no symbolic links: ", err)
		}
	}
	t.Run("content", func(t *testing.T) {
		c := open(t, t.TempDir(), cache.Options{})
		link(t, secret, pathOf(c, digest))
		_, err := c.Open(t.Context(), digest, 7)
		require.ErrorIs(t, err, cache.ErrCorrupt)
		require.NoFileExists(t, pathOf(c, digest))
		put(t, c, content)
	})
	t.Run("folder", func(t *testing.T) {
		c := open(t, t.TempDir(), cache.Options{})
		link(t, outside, filepath.Dir(pathOf(c, digest)))
		_, err := c.Open(t.Context(), digest, 7)
		require.Error(t, err)
		require.Error(t, c.Put(t.Context(), digest, content))
		_, err = c.Prune(t.Context(), cache.PruneOptions{All: true})
		require.NoError(t, err)
	})
	t.Run("temporary", func(t *testing.T) {
		c := open(t, t.TempDir(), cache.Options{})
		link(t, outside, filepath.Join(c.Folder(), "v1", "temporary"))
		require.Error(t, c.Put(t.Context(), digest, content))
	})
	t.Run("leftover", func(t *testing.T) {
		now := newClock()
		c := open(t, t.TempDir(), cache.Options{Now: now.Now})
		link(t, outside, filepath.Join(c.Folder(), "v1", "temporary", "x"))
		now.Advance(cache.LeftoverAge + time.Hour)
		put(t, c, content)
		assert.Len(t, files(t, c.Folder()), 1)
	})
	left, err := os.ReadFile(secret)
	require.NoError(t, err)
	assert.Equal(t, content, left)
	entries, err := os.ReadDir(outside)
	require.NoError(t, err)
	assert.Len(t, entries, 1)
}

func TestOpenContentStaysReadable(t *testing.T) {
	t.Parallel()
	c := open(t, t.TempDir(), cache.Options{})
	content := block(1, 100)
	digest := put(t, c, content)
	file, err := c.Open(t.Context(), digest, -1)
	require.NoError(t, err)
	defer file.Close()
	pruned, err := c.Prune(t.Context(), cache.PruneOptions{All: true})
	require.NoError(t, err)
	assert.Equal(t, 1, pruned.Removed+pruned.Kept)
	read, err := io.ReadAll(file)
	require.NoError(t, err)
	assert.Equal(t, content, read)
}

func TestManyGoroutinesOneFolder(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	const most = 40 * 4096
	var group sync.WaitGroup
	for range 4 {
		c := open(t, folder, cache.Options{MaxBytes: most})
		group.Go(func() {
			for round := range 40 {
				content := block(round%25, 1+round%5)
				digest := digestOf(content)
				read, err := c.ReadAll(t.Context(), digest, int64(len(content)), 1<<20)
				if err == nil {
					assert.Equal(t, content, read)
					continue
				}
				assert.ErrorIs(t, err, fs.ErrNotExist)
				assert.NotErrorIs(t, err, cache.ErrCorrupt)
				assert.NoError(t, c.Put(t.Context(), digest, content))
			}
		})
	}
	group.Wait()
	info := settled(t, open(t, folder, cache.Options{MaxBytes: most}), most)
	assert.LessOrEqual(t, info.Bytes, int64(most))
	assert.Zero(t, info.Leftovers)
	temporary, err := os.ReadDir(filepath.Join(folder, "v1", "temporary"))
	require.NoError(t, err)
	assert.Empty(t, temporary)
}

// settled is what a cache is like that many have used at a time, once it has counted
// what it has. Its account of the bytes is rough: one that adds to it while another
// writes it anew is left out, and so the bound is kept only by whoever counts next.
func settled(t *testing.T, c *cache.Cache, bound int64) cache.Info {
	t.Helper()
	c.AddUsage(bound) // so that the next one counts
	put(t, c, block(1000, 1))
	info, err := c.Info(t.Context())
	require.NoError(t, err)
	return info
}

func TestDefaultFolder(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("its paths look otherwise")
	}
	for name, test := range map[string]struct {
		system string
		env    map[string]string
		want   string
	}{
		"xdg":             {"linux", map[string]string{"XDG_CACHE_HOME": "/x", "HOME": "/home/u"}, "/x/packstage"},
		"relative xdg":    {"linux", map[string]string{"XDG_CACHE_HOME": "x", "HOME": "/home/u"}, "/home/u/.cache/packstage"},
		"home":            {"linux", map[string]string{"HOME": "/home/u"}, "/home/u/.cache/packstage"},
		"macOS":           {"darwin", map[string]string{"HOME": "/Users/u"}, "/Users/u/Library/Caches/packstage"},
		"xdg on macOS":    {"darwin", map[string]string{"HOME": "/Users/u", "XDG_CACHE_HOME": "/x"}, "/x/packstage"},
		"windows":         {"windows", map[string]string{"LocalAppData": "/local"}, "/local/packstage"},
		"nothing":         {"linux", nil, ""},
		"nothing windows": {"windows", nil, ""},
	} {
		got, err := cache.DefaultFolderOn(test.system, func(name string) string { return test.env[name] })
		assert.Equal(t, test.want, got, name)
		assert.Equal(t, test.want == "", err != nil, name)
	}
}
