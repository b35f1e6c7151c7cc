package kubernetes

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/yamldoc"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/validate"
)

// Schemas are the schemas in a folder or file: CustomResourceDefinitions in YAML
// or JSON, and JSON Schemas that are named as kubeconform names them. They are
// safe for concurrent use.
type Schemas struct {
	label  string
	kinds  map[schema.GroupKind]*customKind
	json   *jsonSchemas
	limits packagetypes.Limits
	// compile says how the schemas in CustomResourceDefinitions are compiled: all with
	// one environment for their rules.
	compile validate.ConfigSchemaOptions
}

// ReadSchemas reads the schemas of a folder with all folders in it, or of one
// file; root is a path in fsys, "." for all of it. Label names the root in
// findings. JSON Schemas are found by their names:
// {kind}-{group}-{version}.json (also with the first part of the group alone),
// {kind}-{version}.json for kinds without a group, and
// {group}/{kind}_{version}.json, in lower case; other files in JSON and YAML count
// where they hold CustomResourceDefinitions, in a list or not.
//
// Findings have code [diagnostic.ObjectSchemaUnusable]: files that cannot be
// parsed, and a root without any schema. The error says that the file system
// failed, or ctx is done.
func ReadSchemas(ctx context.Context, fsys fs.FS, root, label string, limits packagetypes.Limits) (*Schemas, diagnostic.Diagnostics, error) {
	reader := newSchemaReader(fsys, root, label, limits)
	if err := fs.WalkDir(fsys, root, func(name string, entry fs.DirEntry, err error) error {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		return reader.visit(name, entry)
	}); err != nil {
		return nil, nil, fmt.Errorf("read schemas: %w", err)
	}
	s := reader.schemas
	if len(s.kinds) == 0 && len(s.json.names) == 0 {
		reader.found = append(reader.found, diagnostic.Diagnostic{
			Code: diagnostic.ObjectSchemaUnusable, Severity: diagnostic.Warning, Position: diagnostic.Position{File: label},
			Message: "there are no schemas here",
			Hint:    "schemas are CustomResourceDefinitions in YAML or JSON, and JSON Schemas named {kind}-{group}-{version}.json",
		})
	}
	return s, reader.found.Sorted(), nil
}

// readNearby reads the schemas that lie in the folder of a package, which nobody asked
// for: what cannot be read is left out, and so are golden files.
func readNearby(fsys fs.FS, limits packagetypes.Limits) *Schemas {
	reader := newSchemaReader(fsys, ".", "the package", limits)
	_ = fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrPermission) && entry != nil && entry.IsDir():
			return fs.SkipDir
		case err != nil:
			return nil
		case entry.IsDir() && isGolden(name):
			return fs.SkipDir
		}
		err = reader.visit(name, entry)
		if err == fs.SkipDir || errors.Is(err, errTooMany) { //nolint:errorlint // as fs.WalkDir compares it
			return err
		}
		return nil
	})
	return reader.schemas
}

// isGolden tells whether a folder is one of golden files: they hold what was rendered
// once, which defines nothing.
func isGolden(folder string) bool {
	return path.Base(folder) == ".test-fixtures" || folder == ".packstage/golden" || strings.HasSuffix(folder, "/.packstage/golden")
}

// schemaReader reads the files of one root.
type schemaReader struct {
	fsys        fs.FS
	root        string
	schemas     *Schemas
	found       diagnostic.Diagnostics
	files, size int64
}

func newSchemaReader(fsys fs.FS, root, label string, limits packagetypes.Limits) *schemaReader {
	s := &Schemas{label: label, kinds: map[schema.GroupKind]*customKind{}, limits: limits.WithDefaults()}
	s.compile = validate.ConfigSchemaOptions{Limits: s.limits, Shared: validate.NewShared()}
	s.json = newJSONSchemas(fsys, label, s.limits.File)
	return &schemaReader{fsys: fsys, root: root, schemas: s}
}

var errTooMany = errors.New("too many files")

// visit reads a file, if it can hold schemas.
func (r *schemaReader) visit(name string, entry fs.DirEntry) error {
	if entry.IsDir() {
		if name != r.root && strings.HasPrefix(entry.Name(), ".git") {
			return fs.SkipDir
		}
		return nil
	}
	extension := path.Ext(name)
	if extension != ".json" && extension != ".yaml" && extension != ".yml" {
		return nil
	}
	s := r.schemas
	data, err := readBounded(r.fsys, name, s.limits.File)
	if errors.Is(err, errNoFile) {
		return nil
	}
	if err != nil {
		return err
	}
	r.files, r.size = r.files+1, r.size+int64(len(data))
	if r.files > s.limits.Files || r.size > s.limits.UncompressedImage {
		return fmt.Errorf("%w: %s holds more than %d files or %d bytes", errTooMany, s.label, s.limits.Files, s.limits.UncompressedImage)
	}
	if s.addDefinitions(s.named(r.root, name), data, &r.found) || extension != ".json" {
		return nil
	}
	s.json.add(name)
	return nil
}

// named is the name of a file as findings show it.
func (s *Schemas) named(root, name string) string {
	if name == root {
		return s.label
	}
	return path.Join(s.label, strings.TrimPrefix(name, strings.TrimSuffix(root, "/")+"/"))
}

var errNoFile = errors.New("is no regular file")

func readBounded(fsys fs.FS, name string, limit int64) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // opening a pipe would wait for somebody who writes
		return nil, fmt.Errorf("%s %w", name, errNoFile)
	}
	file, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s is larger than %d bytes", name, limit)
	}
	return data, nil
}

// addDefinitions adds the CustomResourceDefinitions in a file, and tells whether
// there are any, or the file cannot be read for them.
func (s *Schemas) addDefinitions(file string, data []byte, found *diagnostic.Diagnostics) bool {
	if !bytes.Contains(data, []byte("CustomResourceDefinition")) {
		return false
	}
	holds := false
	for _, document := range yamldoc.Split(data) {
		if document.Empty() {
			continue
		}
		content, err := yamldoc.DecodeMap(document, yamldoc.Options{
			MaxAliasNodes: s.limits.YAMLAliasNodes, MaxDepth: s.limits.YAMLDepth, LastKeyWins: true,
		})
		if err != nil {
			// Folders may hold templates and other files, which are no schemas.
			if bytes.Contains(document.Data, []byte("CustomResourceDefinition")) {
				fault := manifest.YAMLDiagnostic(file, document.Number, err)
				fault.Code, fault.Severity = diagnostic.ObjectSchemaUnusable, diagnostic.Warning
				*found = append(*found, fault)
				holds = true
			}
			continue
		}
		for _, object := range definitionsIn(content) {
			holds = true
			if kind := newCustomKind(object, s.compile); kind != nil {
				s.kinds[kind.name] = kind
			}
		}
	}
	return holds
}

// definitionsIn returns the CustomResourceDefinitions that a document is or lists.
func definitionsIn(content map[string]any) []map[string]any {
	if isDefinition(content) {
		return []map[string]any{content}
	}
	kind, _ := content["kind"].(string)
	items, _ := content["items"].([]any)
	if !strings.HasSuffix(kind, "List") {
		return nil
	}
	var found []map[string]any
	for _, item := range items {
		if object, ok := item.(map[string]any); ok && isDefinition(object) {
			found = append(found, object)
		}
	}
	return found
}

// check checks an object by these schemas; it reports false where they have none
// for it.
func (s *Schemas) check(gvk schema.GroupVersionKind, content map[string]any) ([]fault, bool) {
	if kind := s.kinds[gvk.GroupKind()]; kind != nil {
		if version := kind.version(gvk.Version); version != nil {
			return version.check(content, s.label), true
		}
	}
	for _, name := range jsonSchemaNames(gvk) {
		if file, ok := s.json.names[name]; ok {
			return s.json.check(file, content), true
		}
	}
	return nil, false
}

// unusable is the fault of an object whose schema cannot be used.
func unusable(label, why string) fault {
	return fault{
		code: diagnostic.ObjectSchemaUnusable, severity: diagnostic.Warning,
		message: fmt.Sprintf("was not checked: its schema in %s cannot be used: %s", label, why),
	}
}
