// Package kubernetes checks rendered objects against the schemas of their kinds,
// as a Kubernetes API server with strict field validation would when it creates
// them:
//
//	checker := kubernetes.New(kubernetes.Options{Builtin: builtin.Catalog()})
//	options := packageloader.Options{Rules: []validate.Rule{checker}}
//
// A [Checker] is a [validate.Rule]. The schemas of Kubernetes' own kinds are in a
// [Catalog], those of custom resources in the CustomResourceDefinitions of the
// package itself, and in folders and files that the options name. An object whose
// kind has none is a finding, never a silence. Nothing is fetched.
//
// Package validate/kubernetes/builtin holds the catalog, and nothing but programs
// for authors needs it.
package kubernetes
