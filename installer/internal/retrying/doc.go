// Package retrying makes a Cluster that repeats what fails for a reason that passes:
// a server that restarts or is busy, a connection that breaks.
//
// A write whose answer was lost may have been done. The repetition finds out: what
// it then meets counts as the answer that was lost only where that is proven, by the
// content and the field manager; otherwise the caller gets the error that it met.
package retrying
