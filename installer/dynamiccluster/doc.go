// Package dynamiccluster makes a [cluster.Cluster] of client-go's dynamic client.
//
// [New] takes the configuration of a connection, as in-cluster programs have it or
// as installer/dynamiccluster/kubeconfig reads it from files; [NewForClient] takes
// clients that a program has already. Objects travel as JSON, which is the one form
// that servers have for objects whose types a program does not know.
//
// Each call is one request, or the pages of one listing: nothing is repeated here.
// What client-go repeats by itself, a write that the server answered with 5xx among
// it, would hide from a caller that the write may have been done; a Cluster of New
// has that off.
//
// Discovery asks for single versions of groups, when they are first needed, and
// remembers the answer. What was not there is asked for again.
package dynamiccluster
