package golden

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/packstage/packstage/internal/atomicfile"
)

// Update makes golden files say what is rendered: it writes those that are missing or
// changed, each of them wholly or not at all, and removes those that belong to
// nothing, with folders in which nothing is left. The folder is that of the case in
// the file system; it is made where it is missing, and nothing outside of it is
// touched, whatever links lead there.
//
// It stops at the first error, which is one of the file system.
func Update(folder string, differences []Difference) error {
	if len(differences) == 0 {
		return nil
	}
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return fmt.Errorf("write golden files: %w", err)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return fmt.Errorf("write golden files: %w", err)
	}
	defer root.Close()
	// What is in the way of a folder goes first.
	for _, difference := range differences {
		if difference.Kind == Superfluous {
			if err := remove(root, difference.Path); err != nil {
				return fmt.Errorf("remove the golden file %s: %w", filepath.Join(folder, difference.Path), err)
			}
		}
	}
	for _, difference := range differences {
		if difference.Kind != Superfluous {
			if err := write(root, folder, difference); err != nil {
				return fmt.Errorf("write the golden file %s: %w", filepath.Join(folder, difference.Path), err)
			}
		}
	}
	return nil
}

// remove removes a file, and folders above it that are empty then.
func remove(root *os.Root, name string) error {
	if err := root.Remove(filepath.FromSlash(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for folder := path.Dir(name); folder != "."; folder = path.Dir(folder) {
		if root.Remove(filepath.FromSlash(folder)) != nil {
			return nil // it is not empty
		}
	}
	return nil
}

func write(root *os.Root, folder string, difference Difference) error {
	name := filepath.FromSlash(difference.Path)
	if err := root.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	if _, err := root.Stat(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err // a link that leads out of the folder
	}
	if info, err := root.Lstat(name); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		if err := root.Remove(name); err != nil {
			return err
		}
	}
	return atomicfile.WriteFile(filepath.Join(folder, name), 0o644, func(w io.Writer) error {
		_, err := w.Write(difference.Rendered)
		return err
	})
}
