// Package manifests turns Kubernetes manifests into the input of a package: files as
// people write them, and what `kubectl get -o yaml` prints, freed of what the API server
// and controllers put into it.
//
//	input, err := manifests.Convert([]manifests.File{{Name: "web.yaml", Data: data}}, manifests.Options{})
//	...
//	made, err := scaffold.Make(ctx, *input, scaffold.Options{Name: "web"})
//
// What is taken away, and why, stands in the decisions of the input.
package manifests
