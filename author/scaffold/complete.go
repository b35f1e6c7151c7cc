package scaffold

import (
	"context"
	"fmt"
	"maps"
	"path"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// Complete checks the files of a package as for its author and adds what can be made of
// them: the schema of the manifest for editors, and the golden files of its test cases.
// The files are those of the author's folder by slash path; they are not changed.
//
// The error is a diagnostic.Diagnostics where the package is at fault, or that of ctx.
func Complete(ctx context.Context, files map[string][]byte, limits packagetypes.Limits) (*Result, error) {
	options := packageloader.Options{Limits: limits}
	source := packageloader.FromFiles(visible(files))
	found, err := packageloader.Validate(ctx, source, options)
	if err != nil {
		return nil, err
	}
	if errors := found.WithSeverity(diagnostic.Error); len(errors) > 0 {
		return nil, errors
	}
	pkg, err := packageloader.Load(ctx, source, packageloader.LoadOptions{Limits: limits})
	if err != nil {
		return nil, err
	}
	renderer, err := packageloader.Compile(pkg, options)
	if err != nil {
		return nil, err
	}
	result := &Result{Name: pkg.Name, Files: maps.Clone(files)}
	if result.Files[schemaPath], err = manifest.JSONSchema(manifest.PackageManifestKind); err != nil {
		return nil, fmt.Errorf("schema of the manifest: %w", err)
	}
	for _, test := range pkg.Manifest.Test.Template {
		if err := addGoldenFiles(ctx, renderer, test, result.Files); err != nil {
			return nil, err
		}
	}
	return result, nil
}

// addGoldenFiles writes what a test case renders to, so that the next change of the
// package shows as a difference.
func addGoldenFiles(ctx context.Context, renderer *packageloader.Renderer, test manifest.TemplateTest, files map[string][]byte) error {
	rendered, err := renderer.RenderFiles(ctx, renderer.TestContext(test.Context))
	if err != nil {
		return err
	}
	for _, file := range rendered {
		files[path.Join(fixtures+test.Name, file.Path)] = file.Content
	}
	return nil
}
