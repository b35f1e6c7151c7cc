// Package operator holds tests that run examples/operator as a process against a real
// API server, with the rights that its own package gives it.
package operator
