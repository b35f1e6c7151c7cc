package golden

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/atomicfile"
)

// Update makes golden files say what is rendered: it writes those that are missing or
// changed, each of them wholly or not at all, and removes those that belong to
// nothing, with folders in which nothing is left. The folder is that of the case, as a
// slash path below base, which is that of the package or component in the file system;
// it is made where it is missing. Nothing outside of it is touched, whatever links lead
// there.
//
// A folder that is a link, or behind one, may be that of another case or of something
// else: nothing is written there, and the error is a [diagnostic.Diagnostics] with code
// FilesUnsupportedType. Other errors are those of the file system: that of the first file,
// where several cannot be written; those that can be are.
func Update(base, folder string, differences []Difference) error {
	if len(differences) == 0 {
		return nil
	}
	top, err := os.OpenRoot(base)
	if err != nil {
		return fmt.Errorf("write golden files: %w", err)
	}
	defer top.Close()
	if err := refuseLinks(top, folder); err != nil {
		return err
	}
	if err := top.MkdirAll(filepath.FromSlash(folder), 0o777); err != nil {
		return fmt.Errorf("write golden files: %w", err)
	}
	root, err := top.OpenRoot(filepath.FromSlash(folder))
	if err != nil {
		return fmt.Errorf("write golden files: %w", err)
	}
	defer root.Close()
	inFileSystem := filepath.Join(base, filepath.FromSlash(folder))
	return update(root, inFileSystem, differences)
}

// refuseLinks looks for links on the way to a folder.
func refuseLinks(top *os.Root, folder string) error {
	elements := strings.Split(folder, "/")
	for i := range elements {
		name := path.Join(elements[:i+1]...)
		info, err := top.Lstat(filepath.FromSlash(name))
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("write golden files: %w", err)
		}
		if info.Mode()&fs.ModeSymlink != 0 {
			return diagnostic.Diagnostics{{
				Code: diagnostic.FilesUnsupportedType, Position: diagnostic.Position{File: name},
				Message: "golden files are not written through a link: what is there may belong to something else",
				Hint:    "put a folder in its place",
			}}
		}
	}
	return nil
}

// writers is how many golden files are written at the same time: each waits for the
// disk, and the processor for none of them.
const writers = 16

func update(root *os.Root, folder string, differences []Difference) error {
	// What is in the way of a folder goes first.
	for _, difference := range differences {
		if difference.Kind == Superfluous {
			if err := remove(root, difference.Path); err != nil {
				return fmt.Errorf("remove the golden file %s: %w", filepath.Join(folder, difference.Path), err)
			}
		}
	}
	var group errgroup.Group
	group.SetLimit(writers)
	errs := make([]error, len(differences))
	for i, difference := range differences {
		if difference.Kind == Superfluous {
			continue
		}
		group.Go(func() error {
			if err := write(root, folder, difference); err != nil {
				errs[i] = fmt.Errorf("write the golden file %s: %w", filepath.Join(folder, difference.Path), err)
			}
			return nil
		})
	}
	_ = group.Wait() // the errors are in the order of the files
	for _, err := range errs {
		if err != nil {
			return err
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
