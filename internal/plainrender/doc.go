// Package plainrender renders packages in the plainest way there is, as an oracle
// for tests of the fast one: one goroutine, nothing compiled ahead, nothing kept,
// nothing shared. Each template is parsed anew with all others and sees its own
// deep copy of the context, each CEL expression is compiled anew each time it is
// met, YAML is read by sigs.k8s.io/yaml.
//
// It is written after docs/format.md with libraries that everyone has (text/template,
// sprig, cel-go), and shares no code with what it judges but the Go types of a
// context. It believes in its input: it knows no limits, and of faults it finds
// only those that depend on the context.
package plainrender
