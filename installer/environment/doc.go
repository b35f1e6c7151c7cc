// Package environment finds out what kind of cluster a cluster is: the environment
// that templates and constraints of packages see, filled as Package Operator fills it.
package environment
