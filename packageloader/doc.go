// Package packageloader turns a place that holds a package into a package, and
// a package into ordered phases of objects:
//
//	source := packageloader.FromRegistry("registry.example.com/shop:v1", registry.Options{})
//	pkg, err := packageloader.Load(ctx, source, packageloader.LoadOptions{})
//	...
//	instance, err := packageloader.Render(ctx, pkg, packagetypes.Context{Config: config}, packageloader.Options{})
//	...
//	for phase, object := range instance.Objects() { ... }
//
// A [Source] provides the files: a folder, an fs.FS, an OCI image, an OCI image
// layout, a tar, a registry, or one of your own. Everything that a source reads
// is checked against digests and limits before it is used.
//
// [OpenArtifact] reads what other tools keep in registries, such as Helm charts,
// as plain files.
//
// To render one package many times, [Compile] it once: a [Renderer] is immutable
// and safe for concurrent use.
//
// Errors that are [diagnostic.Diagnostics] are about the package or its
// configuration; all others are about the world outside.
package packageloader
