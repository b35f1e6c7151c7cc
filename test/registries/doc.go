// Package registries starts real registries for tests: the distribution
// registry, go-containerregistry's and our own, each with every way to log in
// and every kind of transport, on loopback, with certificates and token servers
// that exist for one test only.
//
// The programs that it starts are those that .ci/e2e-tools builds. Whatever a
// test starts ends with the test, or with the test's process, however that
// ends.
package registries
