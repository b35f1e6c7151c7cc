// Command print-phases loads a package, renders it with defaults and prints its
// phases and objects in the order of installation:
//
//	go run ./examples/print-phases ./examples/packages/webapp
//	go run ./examples/print-phases registry.example.com/webapp:v1
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/registry"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: print-phases FOLDER|REFERENCE")
		os.Exit(2)
	}
	if err := run(ctx, os.Args[1], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "print-phases:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, target string, out io.Writer) error {
	source := packageloader.FromRegistry(target, registry.Options{})
	if info, err := os.Stat(target); err == nil && info.IsDir() {
		source = packageloader.FromFolder(target, packageloader.FolderOptions{})
	}
	pkg, err := packageloader.Load(ctx, source, packageloader.LoadOptions{})
	if err != nil {
		return err
	}
	instance, err := packageloader.Render(ctx, pkg, packagetypes.Context{}, packageloader.Options{})
	if err != nil {
		return err
	}
	var current *packagetypes.Phase
	for phase, object := range instance.Objects() {
		if phase != current {
			fmt.Fprintln(out, phase.Name)
			current = phase
		}
		fmt.Fprintf(out, "  %s %s\n", object.GroupVersionKind().Kind, object.Name())
	}
	fmt.Fprintln(out, instance.Digest())
	return nil
}
