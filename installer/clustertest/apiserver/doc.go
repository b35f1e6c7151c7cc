// Package apiserver serves a [cluster.Cluster] as a Kubernetes API over HTTP, so
// that programs can be tested with a kubeconfig and the client that they really
// use, without a Kubernetes anywhere.
//
// It knows discovery, and get, list, create, update, server-side apply and delete
// of objects, in JSON. There is no watching, no authentication and no patch but
// apply: what a test needs of these, it puts in front of the handler.
package apiserver
