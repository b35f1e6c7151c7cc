// Package scaffold makes packages: from nothing, and from what a converter found in
// manifests, charts, kustomizations or bundles.
//
// An Input holds objects and what is known about them; Make sorts them into phases,
// proposes probes, takes images and configuration out of them, writes templates, and
// proves its work: the package is compiled, rendered with its defaults and compared with
// the input. The Result says what was decided and why.
//
// Nothing here reads a clock, a network or a file system, except Result.Write. The same
// input gives the same bytes.
package scaffold
