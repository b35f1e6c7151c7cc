// Package linediff compares two texts line by line and writes what differs in the
// unified form that diff -u, git and patch share.
//
// The comparison is the linear-space algorithm of Myers ("An O(ND) Difference
// Algorithm and Its Variations", 1986): no shorter list of changes exists. Where
// texts are so large and so different that it would take too long, the part in
// question is replaced as a whole. It is of our own since libraries that are kept
// well either anchor at unique lines only, of which YAML has few, or bring much
// more than this.
package linediff
