// Command packstage builds, checks, moves and renders Kubernetes packages that
// are OCI images.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	_ "github.com/packstage/packstage/cmd/packstage/internal/garbage" // for the whole program
	"github.com/packstage/packstage/internal/cli"
)

// version is set by the linker; without it the build information tells.
var version string

func main() { os.Exit(run()) }

func run() int {
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
