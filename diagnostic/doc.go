// Package diagnostic holds the one type in which everything in packstage
// reports what is wrong with a package, a configuration or an image.
//
// A [Diagnostic] says what is wrong, where, and what to do about it. A list of
// them, [Diagnostics], is sorted, free of duplicates and an error at the same
// time, so that a function can return all findings of a run at once:
//
//	pkg, err := packageloader.Load(ctx, source, packageloader.LoadOptions{})
//	var findings diagnostic.Diagnostics
//	if errors.As(err, &findings) {
//		for _, finding := range findings { ... }
//	}
//
// Callers decide by [Code], which is stable (docs/diagnostics.md has an entry
// for each); messages and hints may get better in any release. An error that is
// not a Diagnostics is trouble with the outside world: network, registry, file
// system, or a cancelled context.
//
// Printing lives apart, in diagnostic/report.
package diagnostic
