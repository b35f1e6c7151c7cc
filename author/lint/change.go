package lint

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/packstage/packstage/internal/atomicfile"
	"github.com/packstage/packstage/internal/linediff"
)

// Change is a file of a package that fixes change.
type Change struct {
	// Path in the whole package.
	Path          string
	Before, After []byte
}

// Diff returns the change in the unified form.
func (c Change) Diff() string {
	return linediff.Unified("a/"+c.Path, "b/"+c.Path, c.Before, c.After)
}

// Write writes the changes into the folder of the package, each file as a whole and
// with the permissions that it has. A file that is not what it was when it was read,
// or that a link leads to out of the folder, is an error, before any is written.
func (f *Fixed) Write(folder string) error {
	permissions := make([]fs.FileMode, len(f.Changes))
	for i, change := range f.Changes {
		name := filepath.Join(folder, filepath.FromSlash(change.Path))
		if err := checkInside(folder, name); err != nil {
			return err
		}
		now, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if !bytes.Equal(now, change.Before) {
			return fmt.Errorf("%s has changed meanwhile; nothing is written", name)
		}
		info, err := os.Stat(name)
		if err != nil {
			return err
		}
		permissions[i] = info.Mode().Perm()
		if err := atomicfile.CheckWrite(name); err != nil {
			return err
		}
	}
	for i, change := range f.Changes {
		name := filepath.Join(folder, filepath.FromSlash(change.Path))
		err := atomicfile.WriteFile(name, permissions[i], func(w io.Writer) error {
			_, err := w.Write(change.After)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// checkInside makes sure that no link leads from a name in a folder to a file that is
// not in it: that may belong to something else.
func checkInside(folder, name string) error {
	root, err := filepath.EvalSymlinks(folder)
	if err != nil {
		return err
	}
	target, err := filepath.EvalSymlinks(name)
	if err != nil {
		return err
	}
	if inside, err := filepath.Rel(root, target); err != nil || !filepath.IsLocal(inside) {
		return fmt.Errorf("%s is a link to %s, out of the package; nothing is written", name, target)
	}
	return nil
}
