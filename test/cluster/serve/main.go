// Command serve runs a cluster to try things in until it is interrupted: a real API
// server with controllers, and nodes on which pods only seem to run.
//
//	go run ./cluster/serve        # in test/, or make cluster
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/packstage/packstage/test/cluster"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	c, err := cluster.Run(ctx, cluster.Options{Controllers: true, Nodes: 3})
	if err != nil {
		return err
	}
	fmt.Printf("export KUBECONFIG=%s\n", c.Kubeconfig())
	fmt.Fprintln(os.Stderr, "# the cluster runs until Ctrl-C")
	<-ctx.Done()
	return c.Stop()
}
