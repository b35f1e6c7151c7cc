package packagetypes

import "github.com/packstage/packstage/manifest"

// Context is what a package is rendered with; with the package it determines
// the result completely. The zero value renders with defaults: the manifest's
// name as instance name, the first listed scope, namespace "default" where that
// scope is [manifest.ScopeNamespaced], and an empty configuration.
//
// Rendering never changes the maps of a Context.
type Context struct {
	// Scope in which the instance lives; one that the manifest lists.
	Scope manifest.Scope
	// Package names the instance.
	Package manifest.PackageContext
	// Config is the configuration as the user gave it: values as from JSON or
	// YAML. It is admitted (defaulted, checked) before templates see it.
	Config map[string]any
	// Environment describes the cluster.
	Environment manifest.Environment
}

// UnknownConfig says what happens to configuration keys that the schema does
// not have.
type UnknownConfig int

const (
	// RejectUnknownConfig makes unknown keys errors. It is the default: pruning
	// in silence hides misspelled configuration.
	RejectUnknownConfig UnknownConfig = iota
	// WarnUnknownConfig drops unknown keys with a warning for each.
	WarnUnknownConfig
	// PruneUnknownConfig drops unknown keys in silence, as Kubernetes does.
	PruneUnknownConfig
)

// String returns "reject", "warn" or "prune".
func (u UnknownConfig) String() string {
	switch u {
	case WarnUnknownConfig:
		return "warn"
	case PruneUnknownConfig:
		return "prune"
	default:
		return "reject"
	}
}
