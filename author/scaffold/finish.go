package scaffold

import (
	"context"
	"maps"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// finish writes the files and checks the package that they are.
func (m *maker) finish(ctx context.Context) (*Result, error) {
	m.writeObjects()
	if err := m.writeManifest(); err != nil {
		return nil, diagnostic.Diagnostics{{Code: diagnostic.ManifestInvalidValue, Position: diagnostic.Position{File: manifestPath}, Message: err.Error()}}
	}
	renderer, err := m.compile(ctx)
	if err != nil {
		return nil, m.withOrigins(err)
	}
	var found diagnostic.Diagnostics
	compared := 0
	for _, scope := range m.scopes {
		if m.config.required() {
			break // without a configuration there is nothing to compare
		}
		instance, err := renderer.Render(ctx, renderContext(scope, m.context(scope, nil)))
		if err != nil {
			return nil, m.withOrigins(err)
		}
		differences, same := m.compare(renderer, instance)
		found = append(found, differences...)
		compared += same
	}
	if len(found) > 0 {
		return nil, found.Sorted()
	}
	if err := m.writeGoldenFiles(ctx, renderer); err != nil {
		return nil, m.withOrigins(err)
	}
	result := &Result{Name: m.name, Files: m.files, Decisions: m.decisions, Objects: len(m.objects), Compared: compared / len(m.scopes), renderer: renderer}
	for _, image := range m.images {
		if image.digest == "" {
			result.Unlocked = append(result.Unlocked, image.Image.Image)
		}
	}
	return result, nil
}

// compile loads the package, with a digest for each image that has none yet, and checks
// it as for its author.
func (m *maker) compile(ctx context.Context) (*packageloader.Renderer, error) {
	files := maps.Clone(m.files)
	if len(m.images) > 0 {
		lock, err := manifest.EncodeLock(m.lock(true))
		if err != nil {
			return nil, diagnostic.Diagnostics{{Code: diagnostic.LockInvalidDigest, Message: err.Error()}}
		}
		files[lockPath] = lock
	}
	source := packageloader.FromFiles(visible(files))
	options := packageloader.Options{Limits: m.options.Limits}
	found, err := packageloader.Validate(ctx, source, options)
	if err != nil {
		return nil, err
	}
	if errors := found.WithSeverity(diagnostic.Error); len(errors) > 0 {
		return nil, errors
	}
	pkg, err := packageloader.Load(ctx, source, packageloader.LoadOptions{Limits: m.options.Limits})
	if err != nil {
		return nil, err
	}
	return packageloader.Compile(pkg, options)
}

// visible returns the files that are part of the package.
func visible(files map[string][]byte) map[string][]byte {
	shown := map[string][]byte{}
	for file, content := range files {
		if file[0] != '.' {
			shown[file] = content
		}
	}
	return shown
}

func renderContext(scope manifest.Scope, c manifest.TemplateContext) packagetypes.Context {
	return packagetypes.Context{Scope: scope, Package: c.Package, Config: c.Config, Environment: c.Environment}
}

// writeGoldenFiles writes what the test cases render to, so that the next change of the
// package shows as a difference.
func (m *maker) writeGoldenFiles(ctx context.Context, renderer *packageloader.Renderer) error {
	for _, test := range m.cases() {
		if test.Context.Config == nil && m.config.required() {
			continue
		}
		if err := addGoldenFiles(ctx, renderer, test, m.files); err != nil {
			return err
		}
	}
	return nil
}

// withOrigins points findings about files that were made at what their objects are made
// of: nobody has seen those files.
func (m *maker) withOrigins(err error) error {
	found, ok := diagnostic.From(err)
	if !ok {
		return err
	}
	origins := map[string]string{}
	for _, o := range m.objects {
		if origins[o.path] == "" {
			origins[o.path], origins[o.path+".gotmpl"] = o.Origin, o.Origin
		}
	}
	for i, finding := range found {
		if origin := origins[finding.Position.File]; origin != "" {
			found[i].Position = originPosition(origin)
		}
	}
	return found.Sorted()
}
