// Package validate holds the rules of the format: what a manifest, a lock, a
// configuration and a rendered object must be like.
//
// A [Rule] looks at a [Subject] and returns what it finds. [PackageRules] look at
// the package alone and always run. Programs add rules of their own by passing
// them to packageloader; those can look at what was rendered, too.
//
// The admission of configurations is a [ConfigSchema]: made once for a package,
// used for every instance.
//
// Authors and users of a package want different strictness: an unknown field is
// a mistake for the author and history for whoever loads the package. Rules
// report such findings as warnings; [ForAuthors] turns them into errors.
package validate
