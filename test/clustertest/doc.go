// Package clustertest compares the cluster in memory of installer/clustertest with
// a real API server: the same calls to both, and the same answers of both.
package clustertest
