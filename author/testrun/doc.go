// Package testrun runs the tests of a package: all cases of its manifest and of
// .packstage/test.yaml (package matrix), in all environments, of the root and of all
// components.
//
// [Run] renders each case twice, in different orders and on different numbers of
// goroutines, and reports where the results differ. It compares golden files (package
// golden), evaluates assertions, and looks whether those cases fail that are to fail.
// Nothing of a [Report] depends on the machine or on time: cases run at the same time,
// and their results stand in the order of the cases.
package testrun
