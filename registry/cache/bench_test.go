package cache_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/registry/cache"
)

func BenchmarkCache(b *testing.B) {
	for _, size := range []int{4 << 10, 1 << 20, 32 << 20} {
		content := block(size, size/4096)
		digest := digestOf(content)
		c := open(b, b.TempDir(), cache.Options{MaxBytes: 1 << 30})
		run := func(name string, f func() error) {
			b.Run(fmt.Sprintf("%s/%dKiB", name, size>>10), func(b *testing.B) {
				b.SetBytes(int64(size))
				b.ReportAllocs()
				for b.Loop() {
					require.NoError(b, f())
				}
			})
		}
		run("Put", func() error { return c.Put(b.Context(), digest, content) })
		run("ReadAll", func() error {
			_, err := c.ReadAll(b.Context(), digest, int64(size), int64(size))
			return err
		})
		run("Open", func() error {
			file, err := c.Open(b.Context(), digest, int64(size))
			if err != nil {
				return err
			}
			return file.Close()
		})
		plain := filepath.Join(b.TempDir(), "plain")
		require.NoError(b, os.WriteFile(plain, content, 0o600))
		run("sha256 of a file", func() error {
			read, err := os.ReadFile(plain)
			if got := digestOf(read); err == nil && got != digest {
				return fmt.Errorf("digest %s", got)
			}
			return err
		})
	}
}

// A commit into a full cache of many files pays for looking at all of them once in
// a while only.
func BenchmarkCommitIntoFullCache(b *testing.B) {
	const count = 5000
	c := open(b, b.TempDir(), cache.Options{MaxBytes: count * 4096})
	for i := range count {
		put(b, c, block(i, 1))
	}
	seed := count
	for b.Loop() {
		seed++
		put(b, c, block(seed, 1))
	}
}
