package cache_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/packstage/packstage/registry/cache"
)

// Read content from the cache, and take it in where it is not there.
func Example() {
	folder, err := os.MkdirTemp("", "cache")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	c, err := cache.Open(filepath.Join(folder, "packstage"), cache.Options{MaxBytes: 100 << 20})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()

	ctx := context.Background()
	digest, size, _ := v1.SHA256(strings.NewReader("hello\n"))
	for range 2 {
		content, err := c.ReadAll(ctx, digest, size, 1<<20)
		if err == nil {
			fmt.Printf("from the cache: %s", content)
			continue
		}
		fmt.Println("a miss:", errors.Is(err, fs.ErrNotExist))
		stage, err := c.Stage(ctx, digest, size)
		if err != nil {
			fmt.Println(err)
			return
		}
		defer stage.Discard()
		if _, err := io.Copy(stage, strings.NewReader("hello\n")); err != nil { // as it comes from a registry
			fmt.Println(err)
			return
		}
		if err := stage.Commit(ctx); err != nil {
			fmt.Println(err)
			return
		}
	}
	// Output:
	// a miss: true
	// from the cache: hello
}

// Keep the cache small, whatever was put into it.
func ExampleCache_Prune() {
	folder, err := os.MkdirTemp("", "cache")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	c, err := cache.Open(folder, cache.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()

	ctx := context.Background()
	for _, content := range []string{"one", "two", "three"} {
		digest, _, _ := v1.SHA256(strings.NewReader(content))
		if err := c.Put(ctx, digest, []byte(content)); err != nil {
			fmt.Println(err)
			return
		}
	}
	pruned, err := c.Prune(ctx, cache.PruneOptions{MaxBytes: 8 << 10})
	fmt.Println(pruned.Removed, pruned.Remaining, err)
	// Output: 1 2 <nil>
}
