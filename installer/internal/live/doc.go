// Package live reads many objects of a cluster at once with few calls, and does
// many things at once with a bound.
package live
