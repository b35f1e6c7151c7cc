// Package validate holds the rules of the format: what a manifest, a lock, a
// configuration and a rendered object must be like.
//
// A [Rule] looks at a [Subject] and returns what it finds. [PackageRules] are
// those that need no rendering; others find the rendered instance in the Subject.
// Programs add rules of their own by passing them to packageloader; the rules
// here always run.
//
// The admission of configurations is a [ConfigSchema]: made once for a package,
// used for every instance.
//
// Authors and users of a package want different strictness: an unknown field is
// a mistake for the author and history for whoever loads the package. Rules
// report such findings as warnings; [ForAuthors] turns them into errors.
package validate
