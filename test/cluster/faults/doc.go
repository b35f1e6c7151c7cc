// Package faults holds tests of an installer whose API server, network or cluster does
// not do what it should: schedules of errors chosen by a seed (-faults.seed,
// -faults.schedules, -faults.only), and one test for each thing that goes wrong in real
// clusters, which want the release to be in a state that can be explained, the next call
// to go on, and the message to say what to do.
package faults
