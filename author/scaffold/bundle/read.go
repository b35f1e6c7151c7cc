package bundle

import (
	"fmt"
	"path"
	"strings"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/author/scaffold/manifests"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/yamldoc"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
)

// Keys of metadata/annotations.yaml.
const (
	mediaTypeKey = "operators.operatorframework.io.bundle.mediatype.v1"
	manifestsKey = "operators.operatorframework.io.bundle.manifests.v1"
	packageKey   = "operators.operatorframework.io.bundle.package.v1"
	mediaType    = "registry+v1"
)

// content is a bundle as it was read.
type content struct {
	annotations map[string]any
	// csv is the ClusterServiceVersion, and csvFile where it is.
	csv     map[string]any
	csvFile string
	crds    []scaffold.InputObject
	others  []scaffold.InputObject
	// dependencies are those of metadata/dependencies.yaml.
	dependencies []any
	removed      []scaffold.Decision
}

// reader reads a bundle and collects what is wrong with it.
type reader struct {
	files  *packagetypes.Files
	limits packagetypes.Limits
	found  diagnostic.Diagnostics
	content
}

func read(files *packagetypes.Files, limits packagetypes.Limits) (*content, diagnostic.Diagnostics) {
	r := &reader{files: files, limits: limits.WithDefaults()}
	r.metadata()
	folder := "manifests"
	if text, ok := r.annotations[manifestsKey].(string); ok && text != "" {
		folder = path.Clean(text)
	}
	if kind, ok := r.annotations[mediaTypeKey].(string); ok && kind != mediaType {
		r.unsupported("metadata/annotations.yaml", fmt.Sprintf("the bundle has the format %q", kind), "packstage reads "+mediaType)
		return nil, r.found
	}
	read := 0
	for _, file := range files.Paths() {
		if path.Dir(file) == folder && isYAML(file) {
			read++
			r.manifests(file)
		}
	}
	switch {
	case len(r.found) > 0:
	case read == 0:
		r.unsupported(folder, "there are no manifests in this folder", "a bundle has folders manifests and metadata")
	case r.csv == nil:
		r.unsupported(folder, "there is no ClusterServiceVersion in this folder", "for plain manifests: packstage import manifests")
	}
	return &r.content, r.found
}

// removedFrom cleans an object and says what it lost.
func removedFrom(object scaffold.InputObject) []scaffold.Decision {
	removed := manifests.Clean(object.Content)
	if len(removed) == 0 {
		return nil
	}
	return []scaffold.Decision{{
		Topic: scaffold.TopicRemoved, Object: scaffold.Title(object.Content), Origin: object.Origin,
		Message: strings.Join(removed, ", "), Reason: "tools left it there, servers write it",
	}}
}

func isYAML(file string) bool {
	switch path.Ext(file) {
	case ".yaml", ".yml", ".json":
		return true
	}
	return false
}

func (r *reader) unsupported(file, message, hint string) {
	r.found = append(r.found, diagnostic.Diagnostic{
		Code: diagnostic.ImportUnsupported, Position: diagnostic.Position{File: file}, Message: message, Hint: hint,
	})
}

func (r *reader) metadata() {
	if document, ok := r.single("metadata/annotations.yaml"); ok {
		r.annotations, _ = document["annotations"].(map[string]any)
	}
	if document, ok := r.single("metadata/dependencies.yaml"); ok {
		r.dependencies, _ = document["dependencies"].([]any)
	}
}

// single reads a file of one document that need not be there.
func (r *reader) single(file string) (map[string]any, bool) {
	data, ok := r.files.Read(file)
	if !ok {
		return nil, false
	}
	documents := yamldoc.Split(data)
	if len(documents) == 0 {
		return nil, false
	}
	content, err := r.decode(documents[0])
	if err != nil {
		r.found = append(r.found, manifest.YAMLDiagnostic(file, 1, err))
		return nil, false
	}
	return content, true
}

func (r *reader) decode(document yamldoc.Document) (map[string]any, error) {
	return yamldoc.DecodeMap(document, yamldoc.Options{MaxAliasNodes: r.limits.YAMLAliasNodes, MaxDepth: r.limits.YAMLDepth})
}

func (r *reader) manifests(file string) {
	data, _ := r.files.Read(file)
	for _, document := range yamldoc.Split(data) {
		if document.Empty() {
			continue
		}
		fields, err := r.decode(document)
		if err != nil {
			r.found = append(r.found, manifest.YAMLDiagnostic(file, document.Number, err))
			return
		}
		kind, _ := fields["kind"].(string)
		object := scaffold.InputObject{Content: fields, Origin: fmt.Sprintf("%s:%d", file, document.Line)}
		switch kind {
		case "ClusterServiceVersion":
			if r.csv != nil {
				r.unsupported(file, "there is a second ClusterServiceVersion, beside that in "+r.csvFile, "a bundle has one")
				return
			}
			r.csv, r.csvFile = fields, file
		case "CustomResourceDefinition":
			r.crds = append(r.crds, object)
		default:
			r.others = append(r.others, object)
		}
		if kind != "ClusterServiceVersion" {
			r.removed = append(r.removed, removedFrom(object)...)
		}
	}
}

// field follows keys.
func field(value any, keys ...string) any {
	for _, key := range keys {
		mapping, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = mapping[key]
	}
	return value
}

func text(value any, keys ...string) string {
	found, _ := field(value, keys...).(string)
	return found
}

func mapping(value any, keys ...string) map[string]any {
	found, _ := field(value, keys...).(map[string]any)
	return found
}

// list returns the mappings of a list.
func list(value any, keys ...string) []map[string]any {
	items, _ := field(value, keys...).([]any)
	var found []map[string]any
	for _, item := range items {
		if fields, ok := item.(map[string]any); ok {
			found = append(found, fields)
		}
	}
	return found
}

// baseAndSuffix joins a name and a suffix within the 63 characters of a label.
func baseAndSuffix(base, suffix string) string {
	const most = 63
	if over := len(base) + len(suffix) + 1 - most; over > 0 {
		base = base[:len(base)-over]
	}
	return strings.TrimRight(base, "-") + "-" + suffix
}
