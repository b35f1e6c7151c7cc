// Package cluster runs a real Kubernetes control plane for tests: etcd and
// kube-apiserver, on request kube-controller-manager, and kwok with nodes that
// exist only in the API. All of it listens on loopback, with certificates of its
// own, and ends with the test, even when the test's process is killed.
//
// Start makes a cluster for one test; Main and Shared make one for all tests of a
// package. The programs come from `make cluster-tools`. Where they are missing a test
// is skipped, in continuous integration (CI=true) it fails.
//
// AuditEvents is what the server saw: every request with its verb, object, user
// agent, code and times. Proxy stands between a client under test and the server and
// makes what goes wrong in real networks: refusals, delays, requests and answers that
// get lost, and a client that is killed at a request of a given number.
//
// No scheduler runs. The package itself binds pods to nodes, each to the next one.
package cluster
