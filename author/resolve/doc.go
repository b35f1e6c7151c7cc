// Package resolve chooses what a package's names stand for, and writes it into
// its lock: a digest for each image, and a version and digest for each
// dependency on another package.
//
// [Solve] is the resolver of dependencies, a pure function over what
// repositories offer. The entries of repositories have no dependencies of their
// own, so the problem is flat: dependencies on one package, under whatever names,
// share one version; all others are independent. The version is the newest that
// is in every range and whose platforms are those that the manifest asks for,
// unless the lock has one that still is, which stays.
//
// [Lock] does that for a package and all its components, and asks the registry
// for the digests of images that are not locked yet. It returns a [Plan], which
// says what would change and why, and writes nothing; [Plan.Write] does.
package resolve
