// Package cluster holds the small interfaces that the installer asks of
// a Kubernetes cluster, over unstructured objects. Any client can stand behind
// them: installer/dynamiccluster does it for client-go's dynamic client,
// examples/operator for the client of controller-runtime.
//
// Errors of an implementation are those of the API server, in the form of
// k8s.io/apimachinery/pkg/api/errors: callers ask with IsNotFound, IsConflict,
// IsForbidden and the like. A kind that the server does not serve is an
// [UnknownKindError].
package cluster
