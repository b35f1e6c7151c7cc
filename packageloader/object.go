package packageloader

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/yamldoc"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/validate"
)

// objectFile is a file of objects, read: a static one once for a package, the
// output of a template once for each render.
type objectFile struct {
	// path is the name that decides the order and path filters: that of the
	// template without its suffix.
	path string
	// source is the file that the author wrote.
	source  string
	objects []readObject
	// output is what the template wrote, where a render keeps it.
	output []byte
}

// readObject is an object with what its annotations say. Its content is shared
// by all renders when it is static, and therefore never changed.
type readObject struct {
	content  map[string]any
	key      validate.ObjectKey
	steering validate.Steering
	position diagnostic.Position
	// path leads from the document to the object; empty for all but items of lists.
	path []any
}

// objectReader reads files of objects.
type objectReader struct {
	phases []string
	limits packagetypes.Limits
	// rendered marks the output of templates. There a duplicate key is a warning
	// and the last one wins: packages in use have some, which no schema and no
	// linter could see in the template.
	rendered bool
}

// read reads all objects of a file. It returns what it could read beside
// everything that is wrong, so that all findings come at once. Positions are
// those in data, which nobody changes afterwards: the objects consist of parts of it.
func (r objectReader) read(path, source string, data []byte) (objectFile, diagnostic.Diagnostics) {
	file := objectFile{path: path, source: source}
	var found diagnostic.Diagnostics
	for _, document := range yamldoc.Split(data) {
		if document.Empty() {
			continue
		}
		content, fault := r.decode(document, source)
		if fault.Code != "" {
			found = append(found, fault)
		}
		if content == nil {
			continue
		}
		position := diagnostic.Position{File: source, Line: document.Line, Column: 1, Document: document.Number}
		fields := yamldoc.NewLocator(document)
		for _, item := range expandList(content, nil) {
			key, steering, faults := validate.Object(item.content, r.phases)
			for _, fault := range faults {
				path := append(slices.Clone(item.path), diagnostic.ParseFieldPath(fault.Field)...)
				fault.Field = diagnostic.FieldPath(path...)
				fault.Message = describe(key) + ": " + fault.Message
				fault.Position = fieldPosition(fields, position, path)
				found = append(found, fault)
			}
			if len(faults) > 0 {
				continue
			}
			file.objects = append(file.objects, readObject{
				content: withoutSteering(item.content), key: key, steering: steering, position: position, path: item.path,
			})
		}
	}
	return file, found
}

// decode reads one document. The content is nil where it cannot be read; a fault
// without that is a warning.
func (r objectReader) decode(document yamldoc.Document, source string) (map[string]any, diagnostic.Diagnostic) {
	options := yamldoc.Options{MaxAliasNodes: r.limits.YAMLAliasNodes, MaxDepth: r.limits.YAMLDepth, ReadOnly: true}
	content, err := yamldoc.DecodeMap(document, options)
	if err == nil {
		return content, diagnostic.Diagnostic{}
	}
	fault := manifest.YAMLDiagnostic(source, document.Number, err)
	if r.rendered && fault.Code == diagnostic.YAMLDuplicateKey {
		options.LastKeyWins = true
		if content, err = yamldoc.DecodeMap(document, options); err == nil {
			fault.Severity = diagnostic.Warning
			fault.Hint = "the last one wins; " + fault.Hint
			return content, fault
		}
		fault = manifest.YAMLDiagnostic(source, document.Number, err)
	}
	var limit *yamldoc.Error
	if errors.As(err, &limit) {
		// Reading stops at the limit: one more is the least that it can be.
		switch limit.Kind {
		case yamldoc.AliasLimit:
			fault.Err = &packagetypes.LimitError{Limit: "YAMLAliasNodes", Value: r.limits.YAMLAliasNodes + 1, Max: r.limits.YAMLAliasNodes}
		case yamldoc.DepthLimit:
			fault.Err = &packagetypes.LimitError{Limit: "YAMLDepth", Value: r.limits.YAMLDepth + 1, Max: r.limits.YAMLDepth}
		}
	}
	return nil, fault
}

// listItem is an object and its path in the document.
type listItem struct {
	content map[string]any
	path    []any
}

// expandList returns the items of a v1 List, of lists in it too, or the object
// itself. An item that is no mapping stays: it is refused as an object.
func expandList(content map[string]any, path []any) []listItem {
	if content["apiVersion"] != "v1" || content["kind"] != "List" {
		return []listItem{{content, path}}
	}
	items, ok := content["items"].([]any)
	if !ok {
		return []listItem{{content, path}}
	}
	var expanded []listItem
	for i, item := range items {
		object, _ := item.(map[string]any)
		expanded = append(expanded, expandList(object, append(slices.Clone(path), "items", i))...)
	}
	return expanded
}

// fieldPosition finds a field in a document, or the nearest part of its path
// that is there; position is that of the document.
func fieldPosition(fields *yamldoc.Locator, position diagnostic.Position, path []any) diagnostic.Position {
	for n := len(path); n > 0; n-- {
		if line, column, ok := fields.Locate(path[:n]...); ok {
			position.Line, position.Column = line, column
			break
		}
	}
	return position
}

func describe(key validate.ObjectKey) string {
	kind := key.Kind
	if kind == "" {
		kind = "object"
	}
	if key.Name == "" {
		return kind
	}
	if key.Namespace == "" {
		return fmt.Sprintf("%s %q", kind, key.Name)
	}
	return fmt.Sprintf("%s %q", kind, key.Namespace+"/"+key.Name)
}

// withoutSteering returns the object without the annotations that steer it,
// and without empty annotations. It changes nothing that others see: the
// content was just decoded.
func withoutSteering(content map[string]any) map[string]any {
	metadata := content["metadata"].(map[string]any)
	annotations, ok := metadata["annotations"].(map[string]any)
	if !ok {
		return content
	}
	for _, name := range [...]string{
		validate.PhaseAnnotation, validate.ConditionAnnotation,
		validate.ConditionMapAnnotation, validate.CollisionProtectionAnnotation,
	} {
		delete(annotations, name)
	}
	if len(annotations) == 0 {
		delete(metadata, "annotations")
	}
	return content
}

// ownLabels are the values of the labels that every object of a package gets. They are
// strings; as any they are made once for all objects.
type ownLabels struct{ pkg, instance any }

// added returns the object with the labels added, sharing everything else with content.
func (l ownLabels) added(content map[string]any) map[string]any {
	labelled := maps.Clone(content)
	metadata := maps.Clone(content["metadata"].(map[string]any))
	old, _ := metadata["labels"].(map[string]any)
	labels := make(map[string]any, len(old)+2)
	maps.Copy(labels, old)
	labels[validate.PackageLabel] = l.pkg
	labels[validate.InstanceLabel] = l.instance
	metadata["labels"] = labels
	labelled["metadata"] = metadata
	return labelled
}
