// Package scope holds tests that try on a real API server, with users who may do
// everything and with one who may do nothing outside, to make a package in scope
// Namespaced reach beyond its namespace: the crafted packages of
// installer/internal/preflight/testdata/escape.
package scope
