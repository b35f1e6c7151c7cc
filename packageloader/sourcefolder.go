package packageloader

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
)

// FolderOptions says how [FromFolder] reads a folder.
type FolderOptions struct {
	// FollowLinks follows symbolic links that lead out of the folder, too: the
	// package then holds what this machine has there. Without it such a link is
	// a finding with code FilesLinkOutside.
	FollowLinks bool
}

// FromFolder returns a source that reads a folder of the operating system.
// Symbolic links to files and folders inside the folder are followed. Files and
// folders whose names begin with "." are left out.
func FromFolder(path string, options FolderOptions) Source { return folderSource{path, options} }

type folderSource struct {
	path    string
	options FolderOptions
}

func (s folderSource) Open(ctx context.Context, limits packagetypes.Limits) (*Content, error) {
	content, err := s.read(ctx, limits)
	if found, _ := diagnostic.From(err); errors.Is(err, diagnostic.LimitExceeded) && s.hasNoManifest() {
		// What is so large is most often the wrong folder.
		return nil, append(diagnostic.Diagnostics{missingManifest(s.path, nil)}, found...)
	}
	if err != nil {
		return nil, err
	}
	content.place = s.path
	return content, nil
}

func (s folderSource) hasNoManifest() bool {
	for _, name := range []string{"manifest.yaml", "manifest.yml"} {
		if _, err := os.Lstat(filepath.Join(s.path, name)); !errors.Is(err, fs.ErrNotExist) {
			return false
		}
	}
	return true
}

func (s folderSource) read(ctx context.Context, limits packagetypes.Limits) (*Content, error) {
	root, err := os.OpenRoot(s.path)
	if err != nil {
		return nil, fmt.Errorf("open package folder: %w", err)
	}
	defer root.Close()
	if s.options.FollowLinks {
		walker := newFolderWalker(ctx, os.DirFS(s.path), limits)
		walker.followAll = true
		return walker.content()
	}
	// Links are resolved here and files opened by names without links; os.Root
	// sees to it that a link that appears in between leads nowhere else.
	walker := newFolderWalker(ctx, root.FS(), limits)
	if walker.roots, err = absolutePaths(s.path); err != nil {
		return nil, fmt.Errorf("open package folder: %w", err)
	}
	return walker.content()
}

// absolutePaths returns the absolute path of a folder, as it was named and
// without links.
func absolutePaths(folder string) ([]string, error) {
	absolute, err := filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	real, err := filepath.EvalSymlinks(absolute)
	if err != nil {
		return nil, err
	}
	return []string{absolute, real}, nil
}

// FromFS returns a source that reads a file system, such as an embed.FS.
// Symbolic links inside it are followed where it implements [fs.ReadLinkFS].
// Names that begin with "." are left out.
func FromFS(fsys fs.FS) Source { return fsSource{fsys} }

type fsSource struct{ fsys fs.FS }

func (s fsSource) Open(ctx context.Context, limits packagetypes.Limits) (*Content, error) {
	return newFolderWalker(ctx, s.fsys, limits).content()
}

// folderWalker collects the files of a file system.
type folderWalker struct {
	ctx    context.Context // of the call that reads the folder
	fsys   fs.FS
	limits packagetypes.Limits
	// roots are the folder's absolute paths, for links with absolute targets.
	roots []string
	// followAll leaves links to the file system.
	followAll bool

	files   map[string][]byte
	folders int64
	total   int64
	found   diagnostic.Diagnostics
}

func newFolderWalker(ctx context.Context, fsys fs.FS, limits packagetypes.Limits) *folderWalker {
	return &folderWalker{ctx: ctx, fsys: fsys, limits: limits.WithDefaults(), files: map[string][]byte{}}
}

func (w *folderWalker) content() (*Content, error) {
	if err := w.folder("", ".", nil); err != nil {
		if found, ok := diagnostic.From(err); ok {
			return nil, append(w.found, found...).Sorted()
		}
		return nil, err
	}
	if err := w.found.Sorted().Err(); err != nil {
		return nil, err
	}
	return newContent(w.files, w.limits)
}

// folder collects what is below the folder at the real path real, under the
// name that it has in the package. Above are the folders on the way to it.
func (w *folderWalker) folder(name, real string, above []visited) error {
	if w.ctx.Err() != nil {
		return context.Cause(w.ctx)
	}
	here, err := w.visit(real)
	if err != nil {
		return fmt.Errorf("read package folder: %w", err)
	}
	if slices.ContainsFunc(above, here.same) {
		w.fault(name, diagnostic.FilesUnsupportedType, "is a symbolic link to a folder that it is in")
		return nil
	}
	if w.folders++; w.folders > w.limits.Files {
		return diagnostic.Diagnostics{packagetypes.LimitDiagnostic(diagnostic.Position{}, "Files", w.folders, w.limits.Files)}
	}
	entries, err := fs.ReadDir(w.fsys, real)
	if err != nil {
		return fmt.Errorf("read package folder: %w", err)
	}
	above = append(slices.Clip(above), here)
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		if err := w.entry(path.Join(name, entry.Name()), path.Join(real, entry.Name()), entry.Type(), above); err != nil {
			return err
		}
	}
	return nil
}

func (w *folderWalker) entry(name, real string, kind fs.FileMode, above []visited) error {
	if err := packagetypes.ValidatePath(name, w.limits); err != nil {
		found, _ := diagnostic.From(err)
		w.found = append(w.found, found...)
		return nil
	}
	if kind&fs.ModeSymlink != 0 {
		target, info, ok, err := w.follow(name, real)
		if err != nil || !ok {
			return err
		}
		real, kind = target, info.Mode().Type()
	}
	switch {
	case kind.IsDir():
		return w.folder(name, real, above)
	case kind.IsRegular():
		return w.file(name, real)
	default:
		w.fault(name, diagnostic.FilesUnsupportedType, "is neither a file nor a folder")
		return nil
	}
}

// follow returns the real path that a link leads to, and what is there. It
// reports links that cannot be followed and returns false.
func (w *folderWalker) follow(name, real string) (string, fs.FileInfo, bool, error) {
	target := real
	if links, ok := w.fsys.(fs.ReadLinkFS); ok && !w.followAll {
		resolved, err := resolveLinks(links, real, w.roots)
		switch {
		case errors.Is(err, errLinkOutside):
			w.found = append(w.found, diagnostic.Diagnostic{
				Code:     diagnostic.FilesLinkOutside,
				Position: diagnostic.Position{File: name},
				Message:  "is a symbolic link that leads out of the folder",
				Hint:     "copy the file into the package, or allow links to be followed",
			})
			return "", nil, false, nil
		case errors.Is(err, errLinkCycle):
			w.fault(name, diagnostic.FilesUnsupportedType, "is a symbolic link that leads to itself")
			return "", nil, false, nil
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return "", nil, false, fmt.Errorf("read package folder: %w", err)
		case err == nil:
			target = resolved
		}
	}
	info, err := fs.Stat(w.fsys, target)
	if errors.Is(err, syscall.ELOOP) {
		w.fault(name, diagnostic.FilesUnsupportedType, "is a symbolic link that leads to itself")
		return "", nil, false, nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		w.fault(name, diagnostic.FilesUnsupportedType, "is a symbolic link that leads to nothing")
		return "", nil, false, nil
	}
	if err != nil {
		return "", nil, false, fmt.Errorf("read package folder: %w", err)
	}
	return target, info, true, nil
}

func (w *folderWalker) file(name, real string) error {
	if count := int64(len(w.files) + 1); count > w.limits.Files {
		return diagnostic.Diagnostics{packagetypes.LimitDiagnostic(diagnostic.Position{}, "Files", count, w.limits.Files)}
	}
	content, size, err := w.read(real)
	if err != nil {
		return fmt.Errorf("read package folder: %w", err)
	}
	position := diagnostic.Position{File: name}
	if size > w.limits.File {
		w.found = append(w.found, packagetypes.LimitDiagnostic(position, "File", size, w.limits.File))
		return nil
	}
	if w.total += size; w.total > w.limits.UncompressedImage {
		return diagnostic.Diagnostics{packagetypes.LimitDiagnostic(
			diagnostic.Position{}, "UncompressedImage", w.total, w.limits.UncompressedImage)}
	}
	w.files[name] = content
	return nil
}

// read returns a file and its size; the content is nil where the size is over
// the limit. Files that grow while they are read are bounded too.
func (w *folderWalker) read(real string) ([]byte, int64, error) {
	file, err := w.fsys.Open(real)
	if err != nil {
		return nil, 0, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, 0, err
	}
	if info.Size() > w.limits.File {
		return nil, info.Size(), nil
	}
	// The byte that should not be there tells where a file has grown.
	content := make([]byte, info.Size()+1)
	count, err := io.ReadFull(file, content)
	if endOfStream(err) {
		return content[:count:count], int64(count), nil
	}
	if err != nil {
		return nil, 0, err
	}
	rest, err := io.ReadAll(io.LimitReader(file, w.limits.File-int64(count)+1))
	if err != nil {
		return nil, 0, err
	}
	content = append(content, rest...)
	return content, int64(len(content)), nil
}

func (w *folderWalker) fault(name string, code diagnostic.Code, message string) {
	w.found = append(w.found, diagnostic.Diagnostic{Code: code, Position: diagnostic.Position{File: name}, Message: message})
}
