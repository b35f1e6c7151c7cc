package cache_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/registry/cache"
)

func there(c *cache.Cache, digests []v1.Hash) []int {
	found := []int{}
	for i, digest := range digests {
		if c.Has(digest) {
			found = append(found, i)
		}
	}
	return found
}

func TestLeastRecentlyUsedGoesFirst(t *testing.T) {
	t.Parallel()
	now := newClock()
	c := open(t, t.TempDir(), cache.Options{MaxBytes: 10 * 4096, Now: now.Now})
	var digests []v1.Hash
	for i := range 10 {
		now.Advance(time.Second)
		digests = append(digests, put(t, c, block(i, 1)))
	}
	require.Len(t, there(c, digests), 10, "as much as the bound is fine")
	now.Advance(time.Second)
	_, err := c.ReadAll(t.Context(), digests[0], -1, 1<<20)
	require.NoError(t, err)
	now.Advance(time.Second)
	file, err := c.Open(t.Context(), digests[2], -1)
	require.NoError(t, err)
	require.NoError(t, file.Close())
	now.Advance(time.Second)
	digests = append(digests, put(t, c, block(10, 1)))
	assert.Equal(t, []int{0, 2, 4, 5, 6, 7, 8, 9, 10}, there(c, digests), "and some more room than needed")

	now.Advance(time.Second)
	digests = append(digests, put(t, c, block(11, 10)))
	assert.Equal(t, []int{11}, there(c, digests), "what was just put there stays")

	again := put(t, c, block(11, 10))
	assert.Equal(t, digests[11], again)
	total, err := c.Usage()
	require.NoError(t, err)
	assert.EqualValues(t, 10*4096, total, "what is there twice counts once")
}

func TestNotesAreEvictedAsContentIs(t *testing.T) {
	t.Parallel()
	now := newClock()
	c := open(t, t.TempDir(), cache.Options{MaxBytes: 4 * 4096, Now: now.Now})
	for _, key := range []string{"a", "b", "c", "d"} {
		now.Advance(time.Second)
		require.NoError(t, c.SetNote("kind", key, []byte(key)))
	}
	now.Advance(time.Second)
	_, found := c.Note("kind", "a")
	require.True(t, found)
	now.Advance(time.Second)
	digest := put(t, c, block(1, 1))
	for key, want := range map[string]bool{"a": true, "b": false, "c": false, "d": true} {
		_, found := c.Note("kind", key)
		assert.Equal(t, want, found, key)
	}
	assert.True(t, c.Has(digest))
}

func TestUnboundedCache(t *testing.T) {
	t.Parallel()
	c := open(t, t.TempDir(), cache.Options{MaxBytes: -1})
	for i := range 3 {
		put(t, c, block(i, 100))
	}
	info, err := c.Info(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 3, info.Entries)
	assert.EqualValues(t, -1, info.MaxBytes)
	pruned, err := c.Prune(t.Context(), cache.PruneOptions{})
	require.NoError(t, err)
	assert.Zero(t, pruned.Removed)
}

// A commit looks at the rough total only; the folder is counted where that is over
// the bound, broken, or long.
func TestRoughTotal(t *testing.T) {
	t.Parallel()
	c := open(t, t.TempDir(), cache.Options{MaxBytes: 100 * 4096})
	put(t, c, block(1, 1))
	put(t, c, block(2, 2))
	usage := func() int64 {
		total, err := c.Usage()
		require.NoError(t, err)
		return total
	}
	require.EqualValues(t, 3*4096, usage())

	c.AddUsage(5 * 4096) // as if removed by hand
	put(t, c, block(3, 1))
	assert.EqualValues(t, 9*4096, usage(), "not counted anew")
	c.AddUsage(95 * 4096)
	put(t, c, block(4, 1))
	assert.EqualValues(t, 5*4096, usage(), "counted anew")

	path := filepath.Join(c.Folder(), "v1", "usage")
	for name, content := range map[string]string{
		"garbage": "=12\nx\n", "empty": "", "no count": "12\n", "long": "=1\n" + string(make([]byte, 40<<10)),
	} {
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		require.NoError(t, os.RemoveAll(filepath.Join(c.Folder(), "v1", "sha256")))
		put(t, c, block(5, 1))
		assert.EqualValues(t, 4096, usage(), name)
	}
	for range 5000 {
		c.AddUsage(4096)
		c.AddUsage(-4096)
	}
	put(t, c, block(6, 1))
	assert.EqualValues(t, 2*4096, usage(), "the file does not grow without end")
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Less(t, info.Size(), int64(100))
}

func TestLeftovers(t *testing.T) {
	t.Parallel()
	now := newClock()
	folder := t.TempDir()
	c := open(t, folder, cache.Options{Now: now.Now})
	digest := put(t, c, []byte("content"))
	temporary := filepath.Join(folder, "v1", "temporary")
	leave := func(name string, age time.Duration) {
		path := filepath.Join(temporary, name)
		require.NoError(t, os.WriteFile(path, make([]byte, 5000), 0o600))
		at := now.Now().Add(-age)
		require.NoError(t, os.Chtimes(path, at, at))
	}
	leave("killed", cache.LeftoverAge+time.Second)
	leave("running", cache.LeftoverAge-time.Second)
	info, err := c.Info(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 1, info.Leftovers)
	assert.EqualValues(t, 8192, info.LeftoversBytes)
	assert.EqualValues(t, 4096, info.Bytes)

	pruned, err := c.Prune(t.Context(), cache.PruneOptions{})
	require.NoError(t, err)
	assert.Equal(t, cache.Pruned{Remaining: 1, RemainingBytes: 4096, Leftovers: 1}, pruned)
	assert.True(t, c.Has(digest))
	assert.NoFileExists(t, filepath.Join(temporary, "killed"))
	assert.FileExists(t, filepath.Join(temporary, "running"))

	leave("killed", cache.LeftoverAge+time.Second)
	put(t, open(t, folder, cache.Options{Now: now.Now}), []byte("other"))
	assert.NoFileExists(t, filepath.Join(temporary, "killed"), "whoever writes first tidies")
}

func TestPrune(t *testing.T) {
	t.Parallel()
	fill := func(t *testing.T, now *clock) (*cache.Cache, []v1.Hash) {
		t.Helper()
		c := open(t, t.TempDir(), cache.Options{Now: now.Now, MaxBytes: 100 * 4096})
		var digests []v1.Hash
		for i := range 5 {
			digests = append(digests, put(t, c, block(i, 2)))
			now.Advance(time.Hour)
		}
		return c, digests
	}
	for name, test := range map[string]struct {
		options cache.PruneOptions
		want    []int
	}{
		"bound":          {cache.PruneOptions{}, []int{0, 1, 2, 3, 4}},
		"smaller":        {cache.PruneOptions{MaxBytes: 6 * 4096}, []int{2, 3, 4}},
		"smaller by one": {cache.PruneOptions{MaxBytes: 6*4096 - 1}, []int{3, 4}},
		"tiny":           {cache.PruneOptions{MaxBytes: 1}, []int{}},
		"old":            {cache.PruneOptions{OlderThan: 150 * time.Minute}, []int{3, 4}},
		"old and small":  {cache.PruneOptions{OlderThan: 150 * time.Minute, MaxBytes: 2 * 4096}, []int{4}},
		"unbounded":      {cache.PruneOptions{MaxBytes: -1, OlderThan: 90 * time.Minute}, []int{4}},
		"all":            {cache.PruneOptions{All: true}, []int{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, digests := fill(t, newClock())
			pruned, err := c.Prune(t.Context(), test.options)
			require.NoError(t, err)
			assert.Equal(t, test.want, there(c, digests))
			gone := len(digests) - len(test.want)
			assert.Equal(t, cache.Pruned{
				Removed: gone, RemovedBytes: int64(gone) * 8192,
				Remaining: len(test.want), RemainingBytes: int64(len(test.want)) * 8192,
			}, pruned)
			total, err := c.Usage()
			require.NoError(t, err)
			assert.Equal(t, pruned.RemainingBytes, total)
		})
	}
	t.Run("refuses", func(t *testing.T) {
		t.Parallel()
		c, digests := fill(t, newClock())
		_, err := c.Prune(t.Context(), cache.PruneOptions{OlderThan: -1})
		require.Error(t, err)
		_, err = open(t, c.Folder(), cache.Options{ReadOnly: true}).Prune(t.Context(), cache.PruneOptions{All: true})
		require.ErrorIs(t, err, cache.ErrReadOnly)
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = c.Prune(ended, cache.PruneOptions{All: true})
		require.ErrorIs(t, err, context.Canceled)
		require.Len(t, there(c, digests), 5)
	})
	t.Run("empty", func(t *testing.T) {
		t.Parallel()
		pruned, err := open(t, t.TempDir(), cache.Options{}).Prune(t.Context(), cache.PruneOptions{All: true})
		require.NoError(t, err)
		assert.Equal(t, cache.Pruned{}, pruned)
	})
	t.Run("waits", func(t *testing.T) {
		t.Parallel()
		c, _ := fill(t, newClock())
		unlock, err := cache.Lock(c, t.Context())
		require.NoError(t, err)
		impatient, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		_, err = c.Prune(impatient, cache.PruneOptions{All: true})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		unlock()
		_, err = c.Prune(t.Context(), cache.PruneOptions{All: true})
		require.NoError(t, err)
	})
}

func TestInfo(t *testing.T) {
	t.Parallel()
	now := newClock()
	c := open(t, t.TempDir(), cache.Options{Now: now.Now, MaxBytes: 1 << 20})
	info, err := c.Info(t.Context())
	require.NoError(t, err)
	assert.Equal(t, cache.Info{Folder: c.Folder(), MaxBytes: 1 << 20}, info)

	oldest := now.Now()
	put(t, c, block(1, 1))
	now.Advance(time.Hour)
	put(t, c, append(block(2, 1), 'x'))
	require.NoError(t, c.SetNote("kind", "key", []byte("value")))
	// What is not of the layout is left alone.
	require.NoError(t, os.WriteFile(filepath.Join(c.Folder(), "v1", "sha256", "README"), nil, 0o600))
	require.NoError(t, os.MkdirAll(filepath.Join(c.Folder(), "v2", "sha256"), 0o700))
	info, err = c.Info(t.Context())
	require.NoError(t, err)
	assert.True(t, oldest.Equal(info.OldestUse))
	assert.True(t, now.Now().Equal(info.NewestUse))
	info.OldestUse, info.NewestUse = time.Time{}, time.Time{}
	assert.Equal(t, cache.Info{Folder: c.Folder(), MaxBytes: 1 << 20, Entries: 2, Notes: 1, Bytes: 4 * 4096}, info)
}
