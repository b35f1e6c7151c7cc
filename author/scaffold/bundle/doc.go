// Package bundle turns a bundle of the Operator Lifecycle Manager, in the format
// registry+v1, into the input of a package that installs the operator without it:
//
//	input, err := bundle.Convert(files, bundle.Options{})
//	...
//	made, err := scaffold.Make(ctx, *input, scaffold.Options{})
//
// What OLM makes when it installs a ClusterServiceVersion (deployments, service accounts,
// roles, services and configurations of webhooks, certificates) becomes objects of the
// package; what it chooses then (the namespace, the namespaces that are watched)
// becomes configuration.
package bundle
