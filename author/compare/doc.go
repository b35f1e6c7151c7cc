// Package compare says what a new version of a package changes, and whether those
// who upgrade to it have something to fear.
//
// [Compare] takes two packages, renders both with the same contexts (the test
// matrix of package matrix, or configurations that it is given) and returns a
// [Report]: a list of changes, each with a stable [Code], an [Effect], a reason in
// words and a position, and a verdict over all of them. What it is made of can be
// used alone, over plain values and without a package: [Objects], [ConfigSchemas],
// [CustomResourceDefinitions], [Permissions], [Manifests] and [Locks].
//
// A change is
//
//   - breaking where an upgrade can be refused, loses data or an API, or turns
//     away a configuration or an object that was good before;
//   - notable where something behaves differently and a person should read it;
//   - compatible otherwise.
//
// All functions are pure: the same input gives the same changes in the same order.
// They take any value and never panic. [Human] and [Markdown] print a report;
// its JSON encoding is stable.
package compare
