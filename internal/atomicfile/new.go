package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// WriteNew is [WriteFile] for a file that must not be there yet, not even as a
// symbolic link: of several that write the same one at the same time, one does. The
// error of the others matches [fs.ErrExist].
//
// On file systems without links, a process that is killed at the very end can leave
// a part of the file.
func WriteNew(path string, perm fs.FileMode, write func(io.Writer) error) error {
	_, err := os.Lstat(path)
	switch {
	case err == nil:
		err = fs.ErrExist
	case errors.Is(err, fs.ErrNotExist):
		if err = makeFolder(filepath.Dir(path)); err == nil {
			err = writeFile(path, perm, write, nameNew)
		}
	default:
		err = withoutPath(err)
	}
	if err != nil {
		return &fs.PathError{Op: "write", Path: path, Err: err}
	}
	return nil
}

// nameNew gives a file a name that no other has. A rename would replace.
func nameNew(temporary, target string) error {
	err := os.Link(temporary, target)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		err = copyNew(temporary, target)
	}
	if err != nil {
		return err
	}
	// The file has its name, whatever becomes of the other one.
	_ = os.Remove(temporary)
	return nil
}

func copyNew(temporary, target string) (err error) {
	from, err := os.Open(temporary)
	if err != nil {
		return err
	}
	defer from.Close()
	info, err := from.Stat()
	if err != nil {
		return err
	}
	to, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_EXCL, info.Mode().Perm())
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	if err == nil {
		err = to.Sync()
	}
	if err = errors.Join(err, to.Close()); err != nil {
		return errors.Join(err, os.Remove(target))
	}
	return nil
}
