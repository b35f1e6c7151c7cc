package scaffold

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/packstage/packstage/internal/atomicfile"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// Result is a package that was made. It is read-only.
type Result struct {
	// Name of the package.
	Name string
	// Files by slash path, those of the author in dot folders included: golden files, and
	// the schema for editors.
	Files map[string][]byte
	// Decisions in the order in which they were taken.
	Decisions []Decision
	// Objects is their number, Compared that of those that were rendered with the
	// defaults and found to be those of the input. The others have conditions that
	// do not hold, or need a configuration.
	Objects, Compared int
	// Unlocked are images in spec.images without an entry in the lock: the package
	// loads when it is locked.
	Unlocked []string

	renderer *packageloader.Renderer
}

// Renderer renders the package, for proofs beyond those of Make. Its images have a digest
// each; of those that are not locked yet it is one that does not exist.
func (r *Result) Renderer() *packageloader.Renderer { return r.renderer }

// Paths returns the paths of the files in the order of packagetypes.ComparePaths.
func (r *Result) Paths() []string {
	return slices.SortedFunc(maps.Keys(r.Files), packagetypes.ComparePaths)
}

// ErrNotEmpty is a folder that has files already.
var ErrNotEmpty = errors.New("the folder is not empty")

// Write writes the files into a folder, which is made where it is missing. What is
// there is never replaced: a folder with anything but hidden files of other tools
// (.git, .gitignore) is ErrNotEmpty. Where something goes wrong, what was written is
// taken away again.
func (r *Result) Write(folder string) error {
	if _, err := os.Lstat(folder); errors.Is(err, fs.ErrNotExist) {
		return atomicfile.WriteFolder(folder, atomicfile.FolderOptions{}, func(temporary string) error {
			_, err := r.writeFiles(temporary, func(file string, data []byte) error { return os.WriteFile(file, data, 0o644) })
			return err
		})
	}
	if err := CheckEmpty(folder); err != nil {
		return err
	}
	written, err := r.writeFiles(folder, func(file string, data []byte) error {
		return atomicfile.WriteNew(file, 0o644, func(w io.Writer) error {
			_, err := w.Write(data)
			return err
		})
	})
	if err != nil {
		for _, path := range slices.Backward(written) {
			err = errors.Join(err, os.Remove(path))
		}
	}
	return err
}

// CheckEmpty returns ErrNotEmpty, wrapped with the name of what is there, where Write
// would not write into a folder. A folder that does not exist is fine.
func CheckEmpty(folder string) error {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name := entry.Name()
		if !strings.HasPrefix(name, ".") || name == ".packstage" || name+"/" == fixtures {
			return fmt.Errorf("%s: %w: it has %s", folder, ErrNotEmpty, name)
		}
	}
	return nil
}

// writeFiles writes the manifest last: without it the folder is no package. It returns
// the files and folders that are new.
func (r *Result) writeFiles(folder string, write func(file string, data []byte) error) (written []string, err error) {
	paths := slices.DeleteFunc(r.Paths(), func(path string) bool { return path == manifestPath })
	if _, ok := r.Files[manifestPath]; ok {
		paths = append(paths, manifestPath)
	}
	for _, path := range paths {
		file := filepath.Join(folder, filepath.FromSlash(path))
		made := newFolders(filepath.Dir(file))
		if len(made) > 0 {
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				return written, err
			}
		}
		written = append(written, made...)
		if err := write(file, r.Files[path]); err != nil {
			return written, err
		}
		written = append(written, file)
	}
	return written, nil
}

// newFolders returns the folders of a path that do not exist, the outermost first.
func newFolders(folder string) []string {
	var missing []string
	for {
		if _, err := os.Lstat(folder); err == nil || folder == filepath.Dir(folder) {
			break
		}
		missing = append(missing, folder)
		folder = filepath.Dir(folder)
	}
	slices.Reverse(missing)
	return missing
}
