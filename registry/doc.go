// Package registry moves images between registries and this process: it
// resolves references, pulls manifests and blobs, and pushes images.
//
// A [Client] is made once and used for everything; it remembers credentials and
// tokens for each repository and is safe for concurrent use. A tag is resolved
// once, by [Client.Resolve] or [Client.Manifest]; everything after that goes by
// digest.
//
// HTTPS is always tried first, and plain HTTP is spoken only with hosts of this
// machine unless [Options.PlainHTTP] says otherwise, whatever a registry
// redirects to.
//
// Errors are of type [Error] and match one of the sentinel errors of this
// package ([ErrNotFound], [ErrUnauthorized], [ErrUnreachable], ...) by
// errors.Is. Bytes that are not those of their digest are not trouble with the
// network but a finding: a [diagnostic.Diagnostics] with code
// ImageDigestMismatch.
//
// The package registryserver beside this one is a registry to run in a process.
package registry
