// Package celenv is the one place in which CEL environments are built: for
// conditions, for the rules of configuration schemas (x-kubernetes-validations),
// for probes and assertions.
//
// An [Environment] has the functions of Kubernetes' CEL ([Libraries] lists them),
// compares numbers across types, counts the cost of each evaluation against a
// limit and stops when its context is done. It keeps what it has compiled, so
// that the thousandth use of an expression costs an evaluation only. Environments
// share nothing unless they are made over one [Base].
//
// [Conditions] is an environment for the conditions of a package: everything in
// it is dynamic, so macros work on lists and maps, and the result is a boolean.
// [Rules] is an environment whose variable self has the types of a schema.
package celenv
