// Package cli is the command line of packstage: flags, defaults and printing
// around the library, without an ability of its own.
//
// Results go to the standard output and nothing else does; findings, progress
// and remarks go to the standard error output. The exit codes are the contract
// with scripts: [ExitOK], [ExitFindings], [ExitUsage], [ExitOutside].
package cli
