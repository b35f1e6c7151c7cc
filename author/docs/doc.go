// Package docs says in words what a package is: its configuration, phases, images,
// permissions, objects, probes, dependencies and components.
//
// [New] makes a [Document] of what [matrix.Open] gives, so it knows what the test
// cases render to: an object that is not in each of them is there on a condition,
// and permissions are those of the rendered roles and bindings.
//
//	suites, found, err := matrix.Open(ctx, source, matrix.Options{})
//	document, found, err := docs.New(ctx, suites)
//	section := docs.Section(document, docs.SectionOptions{})
//	readme, err = docs.Replace("README.md", readme, section)
//
// [Section] writes Markdown, and [Replace] keeps it in place between two marks in a
// README. Packages page and graph make pages and pictures of the same document.
//
// A document depends on the package and its test cases alone: neither the time nor
// the machine nor the digests of the package itself are in a section, so that it is
// stale only where the package changed, and can lie in the package's own folder.
//
// Everything in a document comes from the package, which may be hostile: texts are
// as they stand there, and whoever prints them escapes them, as Section does. What
// test cases put into Secrets, and what a schema marks as sensitive, is for nobody to
// read: [Package.Masked] and [Property.DefaultText] leave it out.
package docs
