package editor

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/packstage/packstage/internal/atomicfile"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
)

// Folder is where the folder of a package has the schemas. Its name begins with a dot,
// so it is never part of the package.
const Folder = ".packstage/schemas"

// The files in [Folder].
const (
	ManifestFile = "manifest.schema.json"
	LockFile     = "manifest.lock.schema.json"
	ConfigFile   = "config.schema.json"
)

// comment is what the yaml-language-server looks for; it takes other white space, too.
const comment = "# yaml-language-server: $schema="

var commentForm = regexp.MustCompile(`^#\s*yaml-language-server\s*:\s*\$schema\s*=`)

// Schemas returns the files of [Folder] for a package, by their names.
func Schemas(pkg *packagetypes.Package) (map[string][]byte, error) {
	files := map[string][]byte{}
	for name, kind := range map[string]string{ManifestFile: manifest.PackageManifestKind, LockFile: manifest.PackageManifestLockKind} {
		schema, err := manifest.JSONSchema(kind)
		if err != nil {
			return nil, err
		}
		files[name] = schema
	}
	config, err := ConfigSchema(pkg)
	if err != nil {
		return nil, err
	}
	files[ConfigFile] = config
	if files[TestSchemaFile], err = TestSchema(); err != nil {
		return nil, err
	}
	files[LintSchemaFile], err = LintSchema()
	return files, err
}

// Write writes the schemas into the folder of a package, and the line that leads to
// them to the top of its manifest, lock and settings, where no such line is. The packages are the
// root and its components; those of a component lie in its own folder. It returns the
// paths of what it changed, relative to the folder, in order.
//
// Errors are those of the file system; what was written before one stays.
func Write(folder string, packages ...*packagetypes.Package) ([]string, error) {
	var changed []string
	for _, pkg := range packages {
		at := ""
		if pkg.Component != "" {
			at = path.Join("components", pkg.Component)
		}
		files, err := Schemas(pkg)
		if err != nil {
			return changed, err
		}
		for _, name := range []string{ConfigFile, LintSchemaFile, LockFile, ManifestFile, TestSchemaFile} {
			place := path.Join(at, Folder, name)
			if changed, err = replace(folder, place, files[name], changed); err != nil {
				return changed, err
			}
		}
		for _, one := range []struct{ file, schema string }{
			{pkg.ManifestPath, Folder + "/" + ManifestFile}, {pkg.LockPath, Folder + "/" + LockFile},
			// Paths are relative to the file.
			{testSettings, "schemas/" + TestSchemaFile}, {lintSettings, "schemas/" + LintSchemaFile},
		} {
			if one.file == "" {
				continue
			}
			place := path.Join(at, one.file)
			before, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(place)))
			if errors.Is(err, fs.ErrNotExist) && strings.HasPrefix(one.file, ".") {
				continue
			}
			if err != nil {
				return changed, err
			}
			if changed, err = replace(folder, place, WithSchemaLine(before, one.schema), changed); err != nil {
				return changed, err
			}
		}
	}
	return changed, nil
}

// replace writes a file where it differs.
func replace(folder, place string, content []byte, changed []string) ([]string, error) {
	file := filepath.Join(folder, filepath.FromSlash(place))
	before, err := os.ReadFile(file)
	if err == nil && bytes.Equal(before, content) {
		return changed, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return changed, err
	}
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(file); err == nil {
		mode = info.Mode().Perm()
	}
	err = atomicfile.WriteFile(file, mode, func(w io.Writer) error { _, err := w.Write(content); return err })
	if err != nil {
		return changed, fmt.Errorf("write the schemas: %w", err)
	}
	return append(changed, place), nil
}

// WithSchemaLine returns a YAML file with the line that names its schema at the top; one
// that has such a line among the comments at its top stays as it is.
func WithSchemaLine(original []byte, schema string) []byte {
	const byteOrderMark = "\ufeff" // stays the first thing in the file
	file, marked := bytes.CutPrefix(original, []byte(byteOrderMark))
	for line := range strings.Lines(string(file)) {
		text := strings.TrimSpace(line)
		if commentForm.MatchString(text) {
			return original
		}
		if text != "" && text != "---" && !strings.HasPrefix(text, "#") {
			break
		}
	}
	lineBreak := "\n"
	if first, _, _ := bytes.Cut(file, []byte("\n")); bytes.HasSuffix(first, []byte("\r")) {
		lineBreak = "\r\n"
	}
	begin := comment + schema + lineBreak
	if marked {
		begin = byteOrderMark + begin
	}
	return append([]byte(begin), file...)
}
