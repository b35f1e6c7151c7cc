// Package tarfs reads a tar by name: it notes where each file begins and opens
// files in any order without unpacking the tar.
package tarfs

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
)

// FS is the index of a tar. It is immutable and, where the underlying ReaderAt
// is, safe for concurrent use.
type FS struct {
	reader io.ReaderAt
	files  map[string]extent
	links  map[string]string
}

type extent struct{ offset, size int64 }

// maxEntries bounds the index. An image archive holds a few files a layer.
const maxEntries = 100_000

// New reads the headers of the tar in the first size bytes of reader. Names are
// slash paths relative to the root of the tar; a leading "./" is cut off.
// Entries with absolute names or "..", and two files of one name, are an error.
// Errors of archive/tar (tar.ErrHeader, io.ErrUnexpectedEOF) stay recognizable.
func New(reader io.ReaderAt, size int64) (*FS, error) {
	section := io.NewSectionReader(reader, 0, size)
	archive := tar.NewReader(section)
	index := &FS{reader: reader, files: map[string]extent{}, links: map[string]string{}}
	for count := 0; ; count++ {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return index, nil
		}
		if err != nil {
			return nil, err
		}
		if count == maxEntries {
			return nil, fmt.Errorf("more than %d entries", maxEntries)
		}
		if err := index.add(section, header, size); err != nil {
			return nil, err
		}
	}
}

func (f *FS) add(section *io.SectionReader, header *tar.Header, size int64) error {
	name := strings.TrimSuffix(strings.TrimPrefix(header.Name, "./"), "/")
	if name == "" || name == "." {
		return nil
	}
	if !fs.ValidPath(name) {
		return fmt.Errorf("entry with the unsafe name %q", header.Name)
	}
	if _, ok := f.files[name]; ok {
		return fmt.Errorf("two entries with the name %q", name)
	}
	switch header.Typeflag {
	case tar.TypeReg:
		// archive/tar reads block by block, so that the section stands where
		// the content begins.
		offset, err := section.Seek(0, io.SeekCurrent)
		if err != nil {
			return err
		}
		if header.Size > size-offset {
			return fmt.Errorf("%q: %w", name, io.ErrUnexpectedEOF)
		}
		if isSparse(header) {
			return fmt.Errorf("%q is a sparse file", name)
		}
		f.files[name] = extent{offset: offset, size: header.Size}
	case tar.TypeSymlink:
		f.links[name] = path.Join(path.Dir(name), header.Linkname)
	case tar.TypeLink:
		f.links[name] = path.Clean(header.Linkname)
	}
	return nil
}

func isSparse(header *tar.Header) bool {
	for key := range header.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}

// Open returns a regular file, following one link to it inside the tar.
func (f *FS) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	found, ok := f.files[name]
	if !ok {
		found, ok = f.files[f.links[name]]
	}
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &file{
		SectionReader: io.NewSectionReader(f.reader, found.offset, found.size),
		info:          info{name: path.Base(name), size: found.size},
	}, nil
}
