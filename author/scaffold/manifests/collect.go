package manifests

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
)

// File is the text of a stream of manifests.
type File struct {
	// Name for messages: its path, or "stdin".
	Name string
	Data []byte
	// Found tells that nobody named the file: it was found in a folder. What is no
	// object is left out of such files, and a finding in others.
	Found bool
}

// Collect reads a file, or all files in a folder and the folders below it whose names
// end in .yaml, .yml or .json, in the order of their paths. What begins with a dot is left
// out, and so are symbolic links, with a decision.
//
// The error is a diagnostic.Diagnostics where a limit is exceeded, else that of the file
// system.
func Collect(name string, limits packagetypes.Limits) ([]File, []scaffold.Decision, error) {
	limits = limits.WithDefaults()
	info, err := os.Stat(name)
	if err != nil {
		return nil, nil, err
	}
	c := &collector{limits: limits}
	if !info.IsDir() {
		err = c.read(name, info, false)
		return c.files, nil, err
	}
	err = filepath.WalkDir(name, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return c.visit(name, file, entry)
	})
	return c.files, c.decisions, err
}

type collector struct {
	limits    packagetypes.Limits
	size      int64
	files     []File
	decisions []scaffold.Decision
}

func (c *collector) visit(root, file string, entry fs.DirEntry) error {
	base := entry.Name()
	if file != root && strings.HasPrefix(base, ".") {
		if entry.IsDir() {
			return fs.SkipDir
		}
		return nil
	}
	if entry.IsDir() || !isManifest(base) {
		return nil
	}
	if entry.Type()&fs.ModeSymlink != 0 {
		c.decisions = append(c.decisions, scaffold.Decision{
			Topic: scaffold.TopicLeftOut, Origin: filepath.ToSlash(file),
			Message: scaffold.LeftOut, Reason: "it is a symbolic link; name it to have it read",
		})
		return nil
	}
	info, err := entry.Info()
	if err != nil {
		return err
	}
	return c.read(file, info, true)
}

func isManifest(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".yaml", ".yml", ".json":
		return true
	}
	return false
}

func (c *collector) read(file string, info fs.FileInfo, found bool) error {
	position := diagnostic.Position{File: filepath.ToSlash(file)}
	if info.Mode().IsRegular() && info.Size() > c.limits.File {
		return diagnostic.Diagnostics{packagetypes.LimitDiagnostic(position, "File", info.Size(), c.limits.File)}
	}
	data, err := readFile(file, c.limits.File)
	if err != nil {
		return err
	}
	if int64(len(data)) > c.limits.File {
		return diagnostic.Diagnostics{packagetypes.LimitDiagnostic(position, "File", int64(len(data)), c.limits.File)}
	}
	c.size += int64(len(data))
	if c.size > c.limits.UncompressedImage {
		return diagnostic.Diagnostics{packagetypes.LimitDiagnostic(position, "UncompressedImage", c.size, c.limits.UncompressedImage)}
	}
	c.files = append(c.files, File{Name: position.File, Data: data, Found: found})
	if n := int64(len(c.files)); n > c.limits.Files {
		return diagnostic.Diagnostics{packagetypes.LimitDiagnostic(position, "Files", n, c.limits.Files)}
	}
	return nil
}

// readFile reads at most one byte more than the limit.
func readFile(name string, limit int64) (data []byte, err error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if data, err = readLimited(file, limit); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return data, nil
}
