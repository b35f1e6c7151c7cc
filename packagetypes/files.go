package packagetypes

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"math/bits"
	"slices"
	"strings"
	"unicode"

	"github.com/packstage/packstage/diagnostic"
)

// Files is an immutable set of files by slash path. It is safe for concurrent
// use. The zero value is an empty set.
type Files struct {
	paths    []string // in ComparePaths order
	contents map[string][]byte
	size     int64
}

// NewFiles returns the set of the given files, which the caller gives away: the
// map and the byte slices must not be changed afterwards. Paths are those of
// [ValidatePath]. All violations, limits included, come back at once as
// [diagnostic.Diagnostics].
func NewFiles(contents map[string][]byte, limits Limits) (*Files, error) {
	limits = limits.WithDefaults()
	files := &Files{
		paths:    slices.SortedFunc(maps.Keys(contents), ComparePaths),
		contents: contents,
	}
	var found diagnostic.Diagnostics
	breach := func(path, limit string, value, maximum int64) {
		if value > maximum {
			found = append(found, LimitDiagnostic(diagnostic.Position{File: path}, limit, value, maximum))
		}
	}
	breach("", "Files", int64(len(files.paths)), limits.Files)
	for i, path := range files.paths {
		if err := ValidatePath(path, limits); err != nil {
			d, _ := diagnostic.From(err)
			found = append(found, d...)
		}
		if i > 0 && isBelow(path, files.paths[i-1]) {
			found = append(found, diagnostic.Diagnostic{
				Code:     diagnostic.FilesInvalidPath,
				Position: diagnostic.Position{File: files.paths[i-1]},
				Message:  fmt.Sprintf("is a file and the folder of %q at the same time", path),
			})
		}
		size := int64(len(contents[path]))
		breach(path, "File", size, limits.File)
		files.size += size
	}
	breach("", "UncompressedImage", files.size, limits.UncompressedImage)
	if err := found.Sorted().Err(); err != nil {
		return nil, err
	}
	return files, nil
}

// ValidatePath checks that a path can stand in a package: a relative slash path
// without ".", "..", empty elements, backslashes or control characters, in
// valid UTF-8, within the limits PathBytes and PathDepth. The error is a
// [diagnostic.Diagnostics].
func ValidatePath(path string, limits Limits) error {
	if limits.PathBytes == 0 || limits.PathDepth == 0 { // the others do not matter here
		limits = limits.WithDefaults()
	}
	position := diagnostic.Position{File: path}
	if int64(len(path)) > limits.PathBytes {
		position.File = path[:min(len(path), 64)] + "…"
		return diagnostic.Diagnostics{LimitDiagnostic(position, "PathBytes", int64(len(path)), limits.PathBytes)}
	}
	if depth := int64(strings.Count(path, "/") + 1); depth > limits.PathDepth {
		return diagnostic.Diagnostics{LimitDiagnostic(position, "PathDepth", depth, limits.PathDepth)}
	}
	if !fs.ValidPath(path) || path == "." ||
		!isPrintableASCII(path) && strings.ContainsFunc(path, unicode.IsControl) || strings.IndexByte(path, '\\') >= 0 {
		return diagnostic.Diagnostics{{
			Code:    diagnostic.FilesInvalidPath,
			Message: fmt.Sprintf("path %q cannot stand in a package", path),
			Hint:    `paths are relative, with "/" between elements, without "..", backslashes or control characters`,
		}}
	}
	return nil
}

// isPrintableASCII spares most paths a look at Unicode.
func isPrintableASCII(path string) bool {
	for i := range len(path) {
		if path[i] < ' ' || path[i] > '~' {
			return false
		}
	}
	return true
}

// isBelow tells whether a path is that of something in the folder, at any depth.
func isBelow(path, folder string) bool {
	return len(path) > len(folder) && path[len(folder)] == '/' && path[:len(folder)] == folder
}

// LimitDiagnostic returns the finding for an exceeded limit; its cause is a
// [*LimitError].
func LimitDiagnostic(position diagnostic.Position, limit string, value, maximum int64) diagnostic.Diagnostic {
	err := &LimitError{Limit: limit, Value: value, Max: maximum}
	return diagnostic.Diagnostic{Code: diagnostic.LimitExceeded, Position: position, Message: err.Error(), Err: err}
}

// ComparePaths orders paths element by element, so that the files of a folder
// stay together: "a/x.yaml" comes before "a-b.yaml".
func ComparePaths(a, b string) int {
	same := commonPrefix(a, b)
	switch {
	case same == len(a) || same == len(b):
		return len(a) - len(b)
	case a[same] == '/':
		return -1
	case b[same] == '/':
		return 1
	case a[same] < b[same]:
		return -1
	default:
		return 1
	}
}

// commonPrefix returns how many bytes two strings have in common. Most paths of a
// package differ late, so that it looks at eight at a time.
func commonPrefix(a, b string) int {
	shorter, same := min(len(a), len(b)), 0
	for ; same+8 <= shorter; same += 8 {
		if difference := eightBytes(a[same:]) ^ eightBytes(b[same:]); difference != 0 {
			return same + bits.TrailingZeros64(difference)/8
		}
	}
	for same < shorter && a[same] == b[same] {
		same++
	}
	return same
}

// eightBytes is one load for the processor.
func eightBytes(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// Len returns the number of files.
func (f *Files) Len() int { return len(f.paths) }

// Size returns the number of bytes in all files.
func (f *Files) Size() int64 { return f.size }

// Paths returns all paths in the order of [ComparePaths]. The caller must not
// change the slice.
func (f *Files) Paths() []string { return f.paths }

// Read returns the content of a file, which the caller must not change, and
// whether there is such a file. To append to it copies it.
func (f *Files) Read(path string) ([]byte, bool) {
	content, ok := f.contents[path]
	return slices.Clip(content), ok
}

// Sub returns the files below a folder, by their paths relative to it.
func (f *Files) Sub(folder string) *Files {
	prefix := folder + "/"
	return f.derive(func(path string) (string, bool) { return strings.CutPrefix(path, prefix) })
}

// Without returns the files that are not below a folder.
func (f *Files) Without(folder string) *Files {
	prefix := folder + "/"
	return f.derive(func(path string) (string, bool) { return path, !strings.HasPrefix(path, prefix) })
}

// derive keeps the order: neither dropping paths nor cutting one prefix off all
// of them changes it.
func (f *Files) derive(rename func(string) (string, bool)) *Files {
	derived := &Files{contents: map[string][]byte{}}
	for _, path := range f.paths {
		if renamed, ok := rename(path); ok {
			derived.paths = append(derived.paths, renamed)
			derived.contents[renamed] = f.contents[path]
			derived.size += int64(len(f.contents[path]))
		}
	}
	return derived
}

// Digest returns the content digest: the sha256 of what `sha256sum` prints for
// all files in byte order of their paths, so that
//
//	find . -name '.?*' -prune -o -type f -printf '%P\n' | LC_ALL=C sort | xargs -d '\n' sha256sum | sha256sum
//
// gives the same in an unpacked package. It has the form "sha256:<64 hex>".
func (f *Files) Digest() string {
	total := sha256.New()
	for _, path := range slices.Sorted(slices.Values(f.paths)) {
		sum := sha256.Sum256(f.contents[path])
		fmt.Fprintf(total, "%s  %s\n", hex.EncodeToString(sum[:]), path)
	}
	return "sha256:" + hex.EncodeToString(total.Sum(nil))
}

// FS returns the files as a read-only file system with folders, mode 0444 and
// no times.
func (f *Files) FS() fs.FS { return filesFS{f} }
