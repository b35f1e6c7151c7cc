package atomicfile

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
)

// attempts to find a free name. Names are 64 random bits: a second attempt is
// next to never needed, and endless ones would hide a broken file system.
const attempts = 100

// createTemporary calls create with names in folder until one is free. Unlike
// [os.CreateTemp] it leaves the permissions to create, so that the process's
// umask holds for the result, and the length of the name does not depend on the
// name of the result.
func createTemporary(folder string, create func(path string) error) (string, error) {
	for range attempts {
		path := filepath.Join(folder, ".packstage-"+strconv.FormatUint(rand.Uint64(), 36)+".tmp")
		err := create(path)
		if err == nil {
			return path, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return "", withoutPath(err)
		}
	}
	return "", fs.ErrExist
}

// resolve follows the symbolic links of a path, so that it is what they lead to
// that is replaced, and returns what is there, or nil where there is nothing.
func resolve(path string) (string, fs.FileInfo, error) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return path, nil, nil
	case err != nil:
		return "", nil, withoutPath(err)
	case info.Mode()&fs.ModeSymlink == 0:
		return path, info, nil
	}
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", nil, err
	}
	info, err = os.Lstat(target)
	return target, info, err
}

// makeFolder makes a folder, and those above it, where they are missing.
func makeFolder(path string) error { return withoutPath(os.MkdirAll(path, 0o755)) }

// withoutPath returns the cause of an error that os returned about a temporary
// path. What the caller's function returns keeps its paths: they are its own.
func withoutPath(err error) error {
	switch e := err.(type) { //nolint:errorlint // only what os returned itself
	case *fs.PathError:
		return e.Err
	case *os.LinkError:
		return e.Err
	case *os.SyscallError:
		return e.Err
	default:
		return err
	}
}

// syncFolder makes a rename survive a loss of power, as far as the file system
// can. It reports nothing: the rename has happened, and some systems cannot open
// or sync folders at all.
func syncFolder(path string) {
	folder, err := os.Open(path)
	if err != nil {
		return
	}
	_ = folder.Sync()
	_ = folder.Close()
}
