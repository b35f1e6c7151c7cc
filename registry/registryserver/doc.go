// Package registryserver is an OCI registry for one process: the distribution
// specification 1.1 with pull, push (in one piece, in chunks, and by mounting),
// content discovery (tags and referrers), and deletion, over a small [Storage].
//
//	storage, err := registryserver.OpenFolder("packages")
//	...
//	http.Serve(listener, registryserver.New(registryserver.Options{Storage: storage}))
//
// It knows no users: whoever reaches it may do everything, or only read with
// [Options.ReadOnly]. Deleting takes names away; bytes stay in the storage.
//
// Every byte that comes in is compared with its digest before it gets a name,
// sizes are bounded, and no part of a request becomes part of a path before it
// has matched the specification's grammar.
package registryserver
