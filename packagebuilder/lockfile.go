package packagebuilder

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/packstage/packstage/internal/atomicfile"
	"github.com/packstage/packstage/manifest"
)

// EncodeLock returns the content of a lock file. Previous is what the file holds
// now, or nil: where that has the same entries, in whatever order and form, it is
// returned as it is; otherwise its comments at the top, its name, labels and
// annotations are kept.
//
// The content depends on the arguments alone; Package Operator reads it.
func EncodeLock(lock *manifest.PackageManifestLock, previous []byte) ([]byte, error) {
	written := *lock
	if previous != nil {
		old, found := manifest.DecodeLock("manifest.lock.yaml", previous)
		switch {
		case found.HasErrors(): // what cannot be read is not kept
		case sameEntries(old.Spec, lock.Spec):
			return previous, nil
		default:
			written.Metadata = old.Metadata
		}
	}
	encoded, err := manifest.EncodeLock(&written)
	if err != nil {
		return nil, err
	}
	return append(topComments(previous), encoded...), nil
}

// sameEntries compares entries by name: their order means nothing.
func sameEntries(a, b manifest.PackageManifestLockSpec) bool {
	imageName := func(a, b manifest.LockedImage) int { return cmp.Compare(a.Name, b.Name) }
	dependencyName := func(a, b manifest.LockedDependency) int { return cmp.Compare(a.Name, b.Name) }
	return slices.Equal(slices.SortedStableFunc(slices.Values(a.Images), imageName), slices.SortedStableFunc(slices.Values(b.Images), imageName)) &&
		slices.Equal(slices.SortedStableFunc(slices.Values(a.Dependencies), dependencyName), slices.SortedStableFunc(slices.Values(b.Dependencies), dependencyName))
}

// topComments returns the lines of comments, and the empty lines among them, that
// stand before the first field.
func topComments(data []byte) []byte {
	var kept []byte
	for line := range bytes.Lines(bytes.TrimPrefix(data, []byte("\ufeff"))) {
		text := strings.TrimRight(string(line), "\r\n")
		switch {
		case text == "---":
		case strings.Trim(text, " \t") == "":
			kept = append(kept, '\n')
		case text[0] == '#':
			if isOneLine(text) {
				kept = append(append(kept, strings.TrimRight(text, " \t")...), '\n')
			}
		default:
			return bytes.TrimLeft(kept, "\n")
		}
	}
	return nil // nothing but comments: not a lock
}

// isOneLine tells whether a comment ends where the line does for every reader of
// YAML: some characters end a line in one version of YAML only.
func isOneLine(comment string) bool {
	return utf8.ValidString(comment) &&
		!strings.ContainsFunc(comment, func(r rune) bool { return r != '\t' && !unicode.IsGraphic(r) })
}

// WriteLockFile writes a file as [EncodeLock] returns it, and reports whether
// it had another content. The file is there wholly or as it was before, and one
// with the same content is not touched, so that its time stays.
func WriteLockFile(path string, content []byte) (changed bool, err error) {
	current, err := os.ReadFile(path)
	switch {
	case err == nil && bytes.Equal(current, content):
		return false, nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return false, fmt.Errorf("read the lock: %w", err)
	}
	// A lock belongs to a package: the folder of none is not made for it.
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		return false, fmt.Errorf("write the lock: %w", err)
	}
	const permissions = 0o644
	if err := atomicfile.WriteFile(path, permissions, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	}); err != nil {
		return false, fmt.Errorf("write the lock: %w", err)
	}
	return true, nil
}
