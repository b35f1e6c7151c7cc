package packagetypes

import (
	"bytes"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// filesFS presents Files as fs.FS. Folders exist where a file is below them.
type filesFS struct{ files *Files }

var (
	_ fs.ReadFileFS = filesFS{}
	_ fs.ReadDirFS  = filesFS{}
)

func (f filesFS) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	if content, ok := f.files.Read(name); ok {
		return &openFile{Reader: bytes.NewReader(content), info: fileInfo{name: path.Base(name), size: int64(len(content))}}, nil
	}
	entries, err := f.ReadDir(name)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &openFolder{info: fileInfo{name: path.Base(name), folder: true}, entries: entries}, nil
}

func (f filesFS) ReadFile(name string) ([]byte, error) {
	content, ok := f.files.Read(name)
	if !ok {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
	}
	return bytes.Clone(content), nil
}

func (f filesFS) ReadDir(name string) ([]fs.DirEntry, error) {
	prefix := name + "/"
	if name == "." {
		prefix = ""
	}
	var entries []fs.DirEntry
	found := name == "."
	last := ""
	for _, file := range f.files.paths {
		rest, ok := strings.CutPrefix(file, prefix)
		if !ok {
			continue
		}
		found = true
		element, _, folder := strings.Cut(rest, "/")
		if folder {
			// The files of a folder stand next to one another.
			if element == last {
				continue
			}
			last = element
			entries = append(entries, fs.FileInfoToDirEntry(fileInfo{name: element, folder: true}))
			continue
		}
		content, _ := f.files.Read(file)
		entries = append(entries, fs.FileInfoToDirEntry(fileInfo{name: element, size: int64(len(content))}))
	}
	if !found {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, nil
}

type fileInfo struct {
	name   string
	size   int64
	folder bool
}

func (i fileInfo) Name() string       { return i.name }
func (i fileInfo) Size() int64        { return i.size }
func (i fileInfo) ModTime() time.Time { return time.Time{} }
func (i fileInfo) IsDir() bool        { return i.folder }
func (i fileInfo) Sys() any           { return nil }
func (i fileInfo) Mode() fs.FileMode {
	if i.folder {
		return fs.ModeDir | 0o555
	}
	return 0o444
}

type openFile struct {
	*bytes.Reader
	info fileInfo
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *openFile) Close() error               { return nil }

type openFolder struct {
	info    fileInfo
	entries []fs.DirEntry
}

func (f *openFolder) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *openFolder) Close() error               { return nil }
func (f *openFolder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: f.info.name, Err: fs.ErrInvalid}
}

func (f *openFolder) ReadDir(count int) ([]fs.DirEntry, error) {
	if count <= 0 {
		rest := f.entries
		f.entries = nil
		return rest, nil
	}
	if len(f.entries) == 0 {
		return nil, io.EOF
	}
	rest := f.entries[:min(count, len(f.entries))]
	f.entries = f.entries[len(rest):]
	return rest, nil
}
