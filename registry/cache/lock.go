package cache

import (
	"context"
	"os"

	"github.com/packstage/packstage/internal/filelock"
)

// lock takes the lock that whoever removes things holds; the system gives it back
// when the process ends. Commits and reads need none. Where there are no locks,
// making room at the same time removes more than has to go, and no more harm than
// that.
func (c *Cache) lock(ctx context.Context) (unlock func(), err error) {
	file, err := c.root.OpenFile(lockFile, os.O_RDWR|os.O_CREATE, fileMode)
	if err != nil {
		return nil, err
	}
	// The file is not removed: whoever waits for it would wait for one that nobody
	// else sees.
	if err := filelock.LockOpen(ctx, file); err != nil {
		_ = file.Close()
		return nil, err
	}
	return func() { _ = file.Close() }, nil
}
