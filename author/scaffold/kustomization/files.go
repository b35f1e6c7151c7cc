package kustomization

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/yamldoc"
)

// file is a kustomization file with those that it is made of.
type file struct {
	// path of the file, for messages.
	path   string
	fields map[string]any
	// below are the kustomizations that it uses.
	below []*file
}

const (
	maxFile  = 1 << 20
	maxFiles = 1000
)

// fileNames are the names that a kustomization file can have.
func fileNames() []string {
	return []string{"kustomization.yaml", "kustomization.yml", "Kustomization"}
}

// reader reads kustomization files, each once.
type reader struct {
	known  map[string]*file
	found  diagnostic.Diagnostics
	remote bool
}

// read reads the kustomization of a folder and all that it uses.
func (r *reader) read(folder string) (*file, error) {
	for _, name := range fileNames() {
		path := filepath.Join(folder, name)
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if known := r.known[path]; known != nil {
			return known, nil
		}
		if info.Size() > maxFile || len(r.known) == maxFiles {
			return nil, fmt.Errorf("%s: kustomizations are limited to %d files of %d bytes", path, maxFiles, maxFile)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		return r.decode(path, data)
	}
	return nil, nil
}

func (r *reader) decode(path string, data []byte) (*file, error) {
	read := &file{path: path, fields: map[string]any{}}
	r.known[path] = read
	for _, document := range yamldoc.Split(data) {
		if document.Empty() {
			continue
		}
		fields, err := yamldoc.DecodeMap(document, yamldoc.Options{MaxAliasNodes: 10_000, MaxDepth: 100, LastKeyWins: true})
		if err != nil {
			finding := diagnostic.Diagnostic{Code: diagnostic.YAMLInvalid, Position: diagnostic.Position{File: path}, Message: err.Error()}
			var located *yamldoc.Error
			if errors.As(err, &located) {
				finding.Position.Line, finding.Position.Column, finding.Message = located.Line, located.Column, located.Message
			}
			return nil, diagnostic.Diagnostics{finding}
		}
		read.fields = fields
		if err := r.follow(read, document); err != nil {
			return nil, err
		}
		break
	}
	return read, nil
}

// follow reads what a kustomization uses, and finds what is not in the file system.
func (r *reader) follow(read *file, document yamldoc.Document) error {
	locator := yamldoc.NewLocator(document)
	for _, list := range []string{"resources", "bases", "components", "crds", "generators", "transformers", "validators", "configurations", "patchesStrategicMerge"} {
		items, _ := read.fields[list].([]any)
		for i, item := range items {
			target, ok := item.(string)
			if !ok || strings.Contains(target, "\n") {
				continue
			}
			path := filepath.Join(filepath.Dir(read.path), filepath.FromSlash(target))
			info, err := os.Stat(path)
			switch {
			case err == nil && info.IsDir():
				below, err := r.read(path)
				if err != nil {
					return err
				}
				if below != nil {
					read.below = append(read.below, below)
				}
			case err != nil && isRemote(target):
				r.refuse(read, locator, []any{list, i}, target)
			}
		}
	}
	for _, field := range []string{"patches", "patchesJson6902", "replacements", "configMapGenerator", "secretGenerator", "openapi"} {
		r.findURLs(read, locator, []any{field}, read.fields[field])
	}
	return nil
}

// refuse notes what is not in the file system, unless that is allowed.
func (r *reader) refuse(read *file, locator *yamldoc.Locator, place []any, target string) {
	if r.remote {
		return
	}
	line, column, _ := locator.Locate(place...)
	r.found = append(r.found, diagnostic.Diagnostic{
		Code: diagnostic.ImportUnsupported, Position: diagnostic.Position{File: read.path, Line: line, Column: column},
		Field: diagnostic.FieldPath(place...), Message: fmt.Sprintf("%s comes from elsewhere", target),
		Hint: "download it, or allow it with --remote: the package has what it is at that moment",
	})
}

// findURLs finds URLs where a kustomization names files: kustomize fetches them there, too.
func (r *reader) findURLs(read *file, locator *yamldoc.Locator, place []any, value any) {
	switch value := value.(type) {
	case map[string]any:
		for _, key := range []string{"path", "files", "envs", "env"} {
			r.findURLs(read, locator, append(slices.Clone(place), key), value[key])
		}
	case []any:
		for i, item := range value {
			r.findURLs(read, locator, append(slices.Clone(place), i), item)
		}
	case string:
		target := value
		if _, file, found := strings.Cut(value, "="); found && place[len(place)-1] != "path" {
			target = file // KEY=FILE
		}
		if lower := strings.ToLower(target); strings.HasPrefix(lower, "http://") || strings.HasPrefix(lower, "https://") {
			r.refuse(read, locator, place, target)
		}
	}
}

// isRemote reports whether kustomize would take a path that is no file for a URL or a
// repository.
func isRemote(target string) bool {
	if strings.Contains(target, "://") || strings.HasPrefix(target, "git@") || strings.Contains(target, "?ref=") || strings.Contains(target, "//") {
		return true
	}
	host, _, found := strings.Cut(target, "/")
	return found && strings.Contains(host, ".") && host != "." && host != ".." || strings.HasSuffix(target, ".git")
}

// each calls visit for the file and all that it uses, each once, the file first.
func (f *file) each(visit func(*file)) {
	var seen []*file
	var walk func(*file)
	walk = func(at *file) {
		if slices.Contains(seen, at) {
			return
		}
		seen = append(seen, at)
		visit(at)
		for _, below := range at.below {
			walk(below)
		}
	}
	walk(f)
}

func (f *file) text(key string) string {
	text, _ := f.fields[key].(string)
	return text
}
