// Package preflight judges an instance against a cluster before the first write:
// whether what the package contains may be installed at all, whether the cluster
// has the kinds and gives the permissions, whom existing objects belong to, and
// what the API server says to each object in a dry run. Everything that is wrong is
// found at once.
package preflight
