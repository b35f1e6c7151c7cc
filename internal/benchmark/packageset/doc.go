// Package packageset generates the packages that benchmarks work on: what a
// small package, a large application and a bundle of definitions look like in
// earnest, in sizes that are always the same.
//
// A set depends on nothing but this code, so that figures of different machines
// and days are about the same bytes.
package packageset
