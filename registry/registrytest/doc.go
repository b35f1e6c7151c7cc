// Package registrytest runs a registry inside a test: the real one of package
// registryserver, in memory, on a port of this machine, with its requests noted,
// and with everything on top that registries in the world do to their clients.
//
//	server := registrytest.Start(t, registrytest.Options{
//		Faults: &registrytest.FaultOptions{Faults: []registrytest.Fault{
//			{Kind: registrytest.CutBody, On: registrytest.Blobs, Nth: 1, At: 1000},
//		}},
//	})
//
// [NewFaults] does the same to any registry that is an [http.Handler]: it answers
// 429 and 503, cuts and stalls connections, changes bytes, forgets ranges, sends
// blobs to another host and much more, see [Kind]. Which request gets which fault
// is said one by one by [Fault], or drawn from a seed. It depends on the seed, on
// the request's method and path, and on how many such requests came before, but
// never on the time or on which goroutine is first: a schedule can be run again.
//
// [BasicAuth] and [TokenAuth] ask for credentials in front of any registry, the
// latter with a token server of its own. An [Authority] makes certificates.
package registrytest
