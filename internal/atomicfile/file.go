package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// errNotRegular is the cause where a path is something that a rename must not
// replace: a folder, a device, a pipe.
var errNotRegular = errors.New("is not a regular file")

// WriteFile writes a file whose content is what write writes. A file that is there
// is replaced, and where path is a symbolic link, the file that it leads to. Folders
// that are missing above it are made, and stay. The permissions are perm, less the
// umask, also where an existing file had others. The content is on the disk before it
// gets its name.
//
// The writer is not buffered and must not be used after write has returned.
// Errors are [fs.PathError] with path; they wrap what write returned, or the
// cause in the file system.
func WriteFile(path string, perm fs.FileMode, write func(io.Writer) error) error {
	target, err := targetOf(path)
	if err == nil {
		err = writeFile(target, perm, write, os.Rename)
	}
	if err != nil {
		return &fs.PathError{Op: "write", Path: path, Err: err}
	}
	return nil
}

// CheckWrite returns the error that [WriteFile] would meet now, for those who want
// to know before they do what is to be written. It makes missing folders, too, and
// leaves the file as it is.
func CheckWrite(path string) error {
	err := checkWrite(path)
	if err != nil {
		return &fs.PathError{Op: "write", Path: path, Err: err}
	}
	return nil
}

func checkWrite(path string) error {
	target, err := targetOf(path)
	if err != nil {
		return err
	}
	temporary, err := createTemporary(filepath.Dir(target), func(path string) error {
		file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		return file.Close()
	})
	if err != nil {
		return err
	}
	return withoutPath(os.Remove(temporary))
}

// targetOf returns the path of the file to replace, the folder of which is there.
func targetOf(path string) (string, error) {
	target, existing, err := resolve(path)
	if err != nil {
		return "", err
	}
	if existing != nil && !existing.Mode().IsRegular() {
		return "", errNotRegular
	}
	return target, makeFolder(filepath.Dir(target))
}

// writeFile writes a temporary file beside the target, and then gives it its name.
func writeFile(target string, perm fs.FileMode, write func(io.Writer) error, name func(temporary, target string) error) (err error) {
	folder := filepath.Dir(target)
	var file *os.File
	temporary, err := createTemporary(folder, func(path string) (err error) {
		file, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
		return err
	})
	if err != nil {
		return err
	}
	renamed := false
	defer func() {
		if renamed {
			return
		}
		// Not by the error: after a panic there is none.
		_ = file.Close()
		if removeErr := os.Remove(temporary); removeErr != nil {
			err = errors.Join(err, removeErr)
		}
	}()

	if err := write(content{file}); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return withoutPath(err)
	}
	if err := file.Close(); err != nil {
		return withoutPath(err)
	}
	if err := name(temporary, target); err != nil {
		return withoutPath(err)
	}
	renamed = true
	syncFolder(folder)
	return nil
}

// content is the writer that callers get: its errors do not speak of the
// temporary name, and it can do nothing but write.
type content struct{ file *os.File }

func (c content) Write(p []byte) (int, error) {
	n, err := c.file.Write(p)
	return n, withoutPath(err)
}

// ReadFrom lets [io.Copy] from another file be done by the system.
func (c content) ReadFrom(r io.Reader) (int64, error) {
	n, err := c.file.ReadFrom(r)
	return n, withoutPath(err)
}
