// Command packstage builds, checks, moves and renders Kubernetes packages that
// are OCI images.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/packstage/packstage/internal/cli"
)

// version is set by the linker; without it the build information tells.
var version string

// garbagePercent is how much a process allocates, in percent of what it holds, before
// garbage is collected. At Go's own 100 collecting takes a quarter of the time of long
// commands, such as tests of a hundred cases, and their memory is given back soon.
const garbagePercent = 200

func main() { os.Exit(run()) }

func run() int {
	if _, chosen := os.LookupEnv("GOGC"); !chosen {
		debug.SetGCPercent(garbagePercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal ends the process at once, whatever it is doing.
	context.AfterFunc(ctx, stop)
	// With a receiver for SIGPIPE, a reader that went away is an error of the
	// write, and the exit code stays one of ours.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	return cli.Run(ctx, cli.Invocation{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Env: os.Environ(), Version: version,
	})
}
