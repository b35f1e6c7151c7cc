// Package clustertest has a Kubernetes cluster in memory, for tests of whatever
// works with installer/cluster: no server, no network, no clock that decides.
//
// What it does as the API server does:
//
//   - Server-side apply is the server's own code (k8s.io/apimachinery), with the list
//     keys of the built-in kinds and those that a CustomResourceDefinition declares:
//     ownership of fields, conflicts, removal of what is no longer applied.
//   - Kinds are those of Kubernetes that can be created, and the ones of definitions
//     that are created in the cluster, once they are established. Two versions of
//     a kind name the same object.
//   - Namespaces, finalizers, owner references, preconditions, generations, dry runs,
//     immutable fields, names, labels: with the server's status codes and messages.
//   - The status of an object is written by controllers, not by who creates it. One
//     that makes workloads available at once is there from the start; [WithReadiness]
//     delays it by a number of reads, for each object on its own.
//
// Its answers are compared with those of a real server, call by call, in the module
// test (test/clustertest).
//
// What it leaves out: built-in kinds are not defaulted and their fields are not
// checked, so that a field that Kubernetes does not know is taken; values of custom resources are not validated beyond their types in an
// apply, versions of a kind differ in nothing but apiVersion, access is not
// restricted, and there are no admission plug-ins but those of [WithAdmission].
// Removal is complete when the call returns, unless a finalizer or [WithRemoval]
// holds it.
//
// Faults come from hooks: [WithFault] refuses a call before it is carried out,
// [WithLostAnswer] after. [Cluster.Calls] is the log of what was asked.
package clustertest
