// Package randompackage generates packages that use the whole format, for tests
// that one way of rendering gives what another gives: templates that include,
// read files, evaluate conditions and change their data in place; static files of
// many documents, lists, anchors, YAML 1.1 spellings, CRLF, comments and block
// scalars; conditions, path filters, components, locks, schemas with defaults and
// rules, probes and classes.
//
// A seed always gives the same package. Most of its cases render; some have to be
// refused, because of their context or because the package itself is broken.
package randompackage
