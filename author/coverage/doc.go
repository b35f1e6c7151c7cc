// Package coverage tells which parts of a package no test case reaches: actions
// and branches of its templates, defines, files, outcomes of its conditions, and
// properties of its configuration.
//
// A [Recorder] renders the cases of one package or component and remembers what
// each of them reached; its [Profile] is the result, for machines and for
// people:
//
//	recorder := coverage.NewRecorder(suite.Renderer)
//	for _, c := range suite.Cases {
//		instance, err := recorder.Render(ctx, c.Name, c.Context) // as Renderer.Render
//		...
//	}
//	profile, err := coverage.Merge(recorder.Profile(), others...)
//	found := profile.Check(90) // --coverage-min 90
//	err = profile.WriteTable(w)
//	err = profile.WritePage(w, coverage.SourcesOf(suite.Package))
//	data := profile.Encode() // JSON
//
// # What counts
//
// The percentage is that of points that at least one case reached, of all points.
// A point is
//
//   - an action: whatever stands between {{ and }} and does something: it prints,
//     declares or assigns a variable, uses a template, breaks or continues a loop,
//     or decides (if, else if, with, range);
//   - a branch of a decision: what is between if and else or end, and what is
//     between else and end. Where there is no else, the branch that it would have
//     counts too: that the condition was false, that with found nothing, that the
//     loop had no round. It does not count where the decision is the same at every
//     render (range over a list that the template itself writes down);
//   - a define or block: that it was used;
//   - an outcome of a condition in CEL: that it was true, and that it was false.
//     Conditions stand in spec.filter of the manifest, in the annotation
//     package-operator.run/condition, and in the template function cel.
//
// Text, comments, else and end are no points. An action in a define is one point,
// however many templates include it. What a case reached before its render failed
// counts as well: cases that expect an error reach the `fail` that they test.
//
// Files and properties follow from points and are counted beside them. A file is
// reached where one of its points is, or where it has none and was executed. A
// property of the configuration is reached where a case executed an action or
// evaluated a condition that reads it (or a value above it as a whole, such as
// toYAML .config); it is varied where some case sets it to something else than its
// default.
package coverage
