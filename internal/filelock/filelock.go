// Package filelock locks files between processes, and between goroutines of one.
// The system gives a lock back when its process ends.
package filelock

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"
)

var (
	// ErrLocked means that somebody else holds the lock.
	ErrLocked = errors.New("the lock is held")
	// errNoLocks means that the system or the file system has none.
	errNoLocks = errors.New("there are no locks")
)

// Try locks the file at path, which must exist, until unlock is called. The error
// matches [ErrLocked] where somebody else holds the lock, and otherwise is that of
// opening the file. Where the file system knows no locks, nothing is locked.
func Try(path string) (unlock func(), err error) {
	for {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		if err := tryLock(file); err != nil && !errors.Is(err, errNoLocks) {
			_ = file.Close()
			return nil, &fs.PathError{Op: "lock", Path: path, Err: err}
		}
		// The file that was opened may have been replaced since.
		locked, err := file.Stat()
		if err == nil {
			var there fs.FileInfo
			if there, err = os.Stat(path); err == nil && os.SameFile(locked, there) {
				return func() { _ = file.Close() }, nil
			}
		}
		_ = file.Close()
		if err != nil {
			return nil, err
		}
	}
}

// Lock is [Try] that waits until the lock is free or the context ends.
func Lock(ctx context.Context, path string) (unlock func(), err error) {
	err = wait(ctx, func() (err error) {
		unlock, err = Try(path)
		return err
	})
	return unlock, err
}

// LockOpen waits until it has locked an open file, which then is locked until it is
// closed, or until the context ends. It is for files that are never replaced or
// removed. Where the file system knows no locks, nothing is locked.
func LockOpen(ctx context.Context, file *os.File) error {
	return wait(ctx, func() error {
		if err := tryLock(file); !errors.Is(err, errNoLocks) {
			return err
		}
		return nil
	})
}

// wait tries again as long as somebody else holds the lock.
func wait(ctx context.Context, try func() error) error {
	const shortest, longest = time.Millisecond, 50 * time.Millisecond
	for pause := shortest; ; pause = min(2*pause, longest) {
		if err := try(); !errors.Is(err, ErrLocked) {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(pause):
		}
	}
}
