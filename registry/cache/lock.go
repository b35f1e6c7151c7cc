package cache

import (
	"context"
	"errors"
	"os"
	"time"
)

var (
	// errLocked means that another process, or another Cache of this one, holds the
	// lock.
	errLocked = errors.New("the lock is held")
	// errNoLocks means that the system or the file system has none. Making room at
	// the same time removes more than has to go, and no more harm than that.
	errNoLocks = errors.New("there are no locks")
)

// lock takes the lock that whoever removes things holds; the system gives it back
// when the process ends. Commits and reads need none.
func (c *Cache) lock(ctx context.Context) (unlock func(), err error) {
	file, err := c.root.OpenFile(lockFile, os.O_RDWR|os.O_CREATE, fileMode)
	if err != nil {
		return nil, err
	}
	// The file is not removed: whoever waits for it would wait for one that nobody
	// else sees.
	const shortest, longest = time.Millisecond, 50 * time.Millisecond
	for pause := shortest; ; pause = min(2*pause, longest) {
		switch err := tryLock(file); {
		case err == nil:
			return func() { _ = file.Close() }, nil
		case errors.Is(err, errNoLocks):
			return func() { _ = file.Close() }, nil
		case !errors.Is(err, errLocked):
			_ = file.Close()
			return nil, err
		}
		select {
		case <-ctx.Done():
			_ = file.Close()
			return nil, context.Cause(ctx)
		case <-time.After(pause):
		}
	}
}
