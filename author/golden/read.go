package golden

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
)

// Files are the golden files of one case: contents by path below its folder.
type Files map[string][]byte

// Read reads the golden files in a folder. A folder that is not there has none.
// What cannot be a file of objects is left out, since it is not compared and must
// never be removed: files that are not YAML by their names, and files and folders whose
// names begin with a dot. So are the folders of other cases: names of cases in a
// manifest may have slashes.
//
// The limits are those of a package. A breach, and what is no regular file, is a
// [diagnostic.Diagnostics]; other errors are those of the file system.
func Read(author fs.FS, folder string, limits packagetypes.Limits, others ...string) (Files, error) {
	reader := reader{author: author, folder: folder, others: others, limits: limits.WithDefaults(), files: Files{}}
	err := fs.WalkDir(author, folder, reader.visit)
	if errors.Is(err, fs.ErrNotExist) && len(reader.files) == 0 {
		return Files{}, nil
	}
	if err != nil {
		if found, ok := diagnostic.From(err); ok {
			return nil, found
		}
		return nil, fmt.Errorf("read the golden files: %w", err)
	}
	return reader.files, nil
}

type reader struct {
	author fs.FS
	folder string
	others []string
	limits packagetypes.Limits
	files  Files
	bytes  int64
}

func (r *reader) visit(name string, entry fs.DirEntry, err error) error {
	switch {
	case err != nil:
		return err
	case name != r.folder && strings.HasPrefix(path.Base(name), "."):
		if entry.IsDir() {
			return fs.SkipDir
		}
		return nil
	case entry.IsDir():
		if name != r.folder && slices.Contains(r.others, name) {
			return fs.SkipDir
		}
		return nil
	case name == r.folder:
		return unsupported(name, "the golden files of a case are in a folder, which this is not")
	case entry.Type()&fs.ModeSymlink == 0 && !isYAML(name):
		return nil
	}
	if count := int64(len(r.files)) + 1; count > r.limits.Files {
		return exceeded(name, "Files", count, r.limits.Files)
	}
	// Opening a pipe would wait for somebody who writes. What a link leads to is not known yet.
	if !entry.Type().IsRegular() {
		info, err := fs.Stat(r.author, name)
		if err != nil {
			return err
		}
		if !info.Mode().IsRegular() {
			return unsupported(name, "a golden file is a regular file, or a link to one")
		}
	}
	file, err := r.author.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	content, err := r.content(file)
	if err != nil {
		return err
	}
	if size := int64(len(content)); size > r.limits.File {
		return exceeded(name, "File", size, r.limits.File)
	}
	if r.bytes += int64(len(content)); r.bytes > r.limits.UncompressedImage {
		return exceeded(name, "UncompressedImage", r.bytes, r.limits.UncompressedImage)
	}
	r.files[strings.TrimPrefix(name, r.folder+"/")] = content
	return nil
}

// content returns what a file holds, and a byte more than the limit where it is longer.
// The size that the file says is where room is made for it, and nothing else: it may
// change.
func (r *reader) content(file fs.File) ([]byte, error) {
	var content bytes.Buffer
	if info, err := file.Stat(); err == nil {
		content.Grow(int(max(min(info.Size(), r.limits.File), 0)) + bytes.MinRead)
	}
	_, err := content.ReadFrom(io.LimitReader(file, r.limits.File+1))
	return content.Bytes(), err
}

// isYAML tells whether a file of a package with this name can hold objects.
func isYAML(name string) bool {
	extension := path.Ext(name)
	return extension == ".yaml" || extension == ".yml"
}

func unsupported(file, message string) error {
	return diagnostic.Diagnostics{{
		Code: diagnostic.FilesUnsupportedType, Position: diagnostic.Position{File: file}, Message: message,
	}}
}

func exceeded(file, limit string, value, most int64) error {
	return diagnostic.Diagnostics{packagetypes.LimitDiagnostic(diagnostic.Position{File: file}, limit, value, most)}
}
