// Package kills holds tests that kill an installer with SIGKILL between any two of its
// API calls, and want the next run to bring the cluster to the state of a run that was
// not disturbed.
//
// Where is chosen by a seed: -kills.seed is another one, -kills.points their number, and
// -kills.only one of them by its number, as a failure names it.
package kills
