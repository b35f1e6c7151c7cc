package packageloader

import (
	"bytes"
	"context"
	"fmt"
	"maps"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/yamldoc"
	"github.com/packstage/packstage/packagetypes"
)

// GoldenImage stands in golden files for every image and dependency, so that a new
// lock changes none of them.
const GoldenImage = "registry.package-operator.run/static-image"

// RenderedFile is a file of objects as golden files hold it: before anything is
// read from it, with comments and steering annotations and without the labels that
// rendering adds.
type RenderedFile struct {
	// Path is that of the static file, or of the output of the template.
	Path string
	// Source is the path of the file that the author wrote.
	Source string
	// Content is what is left of the file when the documents that conditions drop
	// are left out. It must not be changed.
	Content []byte
}

// RenderFiles renders the package with a context as golden files want it: templates
// see name and namespace as they are in the context, without defaults, and
// [GoldenImage] in the place of every image and dependency. It returns the files of
// which an object is left, in order. What is checked, and the errors, are those of
// [Renderer.Render], but for the rules of the options, which are not run.
func (r *Renderer) RenderFiles(ctx context.Context, c packagetypes.Context) ([]RenderedFile, error) {
	return r.variant().renderFiles(ctx, c)
}

func (r *Renderer) renderFiles(ctx context.Context, c packagetypes.Context) ([]RenderedFile, error) {
	r.images, r.dependencies = map[string]string{}, map[string]string{}
	for _, image := range r.pkg.Manifest.Spec.Images {
		r.images[image.Name] = GoldenImage
	}
	for _, dependency := range r.pkg.Manifest.Spec.Dependencies {
		r.dependencies[dependency.Image.Name] = GoldenImage
	}
	var rendered []RenderedFile
	run, _, found, err := r.begin(ctx, c, nil)
	if err == nil && !found.HasErrors() {
		run.keepsOutput = true
		run.data["package"] = r.templateData(c, nil, nil)["package"]
		var faults diagnostic.Diagnostics
		rendered, faults, err = run.goldenFiles(ctx)
		found = append(found, faults...)
	}
	if err != nil {
		return nil, fmt.Errorf("render package %q: %w", r.pkg.Name, err)
	}
	if found = found.Sorted(); found.HasErrors() {
		return nil, r.mask(found, c.Config)
	}
	return rendered, nil
}

// goldenFiles executes the templates and returns the files without what conditions
// drop.
func (run *renderRun) goldenFiles(ctx context.Context) ([]RenderedFile, diagnostic.Diagnostics, error) {
	files, found, err := run.filesOrEarlier(ctx)
	if err != nil || found.HasErrors() {
		return nil, found, err
	}
	type verdict struct{ kept, dropped map[int]bool } // documents by number
	verdicts := map[string]verdict{}
	faults, err := run.filter(ctx, files, func(file compiledFile, object readObject, kept bool) {
		v, known := verdicts[file.path]
		if !known {
			v = verdict{map[int]bool{}, map[int]bool{}}
			verdicts[file.path] = v
		}
		if kept {
			v.kept[object.position.Document] = true
		} else {
			v.dropped[object.position.Document] = true
		}
	})
	if found = append(found, withComponent(run.pkg, faults)...); err != nil {
		return nil, found, err
	}
	var rendered []RenderedFile
	for _, file := range files {
		v := verdicts[file.path]
		if len(v.kept) == 0 {
			continue
		}
		// A document is a list when it is both: its items cannot be left out.
		maps.DeleteFunc(v.dropped, func(number int, _ bool) bool { return v.kept[number] })
		content := file.output
		if file.template == "" {
			content, _ = run.pkg.Files.Read(file.source)
		}
		if len(v.dropped) > 0 {
			content = leftDocuments(content, v.dropped)
		}
		rendered = append(rendered, RenderedFile{Path: file.path, Source: file.source, Content: content})
	}
	return rendered, found, nil
}

// variant returns a renderer of the same package of which fields can be set. What is
// compiled is shared.
func (r *Renderer) variant() *Renderer {
	variant := *r
	return &variant
}

// leftDocuments returns a file without the documents that were dropped.
func leftDocuments(data []byte, dropped map[int]bool) []byte {
	var left [][]byte
	for _, document := range yamldoc.Split(data) {
		if dropped[document.Number] {
			continue
		}
		text := bytes.TrimSpace(document.Data)
		text = bytes.TrimSpace(bytes.TrimPrefix(text, []byte("---")))
		text = bytes.TrimSpace(bytes.TrimSuffix(text, []byte("\n...")))
		if len(text) > 0 {
			left = append(left, text)
		}
	}
	return append(bytes.Join(left, []byte("\n---\n")), '\n')
}
