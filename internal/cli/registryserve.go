package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/registry/registryserver"
)

func (p *program) registryCommand() *cobra.Command {
	return group(&cobra.Command{Use: "registry", Short: "The embedded registry"}, p.registryServeCommand())
}

func (p *program) registryServeCommand() *cobra.Command {
	var (
		address, folder string
		readOnly        bool
	)
	command := &cobra.Command{
		Use:   "serve",
		Short: "Run a registry in this process",
		Long: `Run a registry until the process is interrupted, in memory or in a folder that
lasts. It knows no users and no TLS, so it is reachable from this machine only,
unless --address says otherwise.

The address is printed when the registry is ready; port 0 chooses a free one.`,
		Example: `  packstage registry serve
  packstage registry serve --address 127.0.0.1:0 --dir ./packages`,
		Args:              arguments(0, 0),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(command *cobra.Command, _ []string) error {
			options := registryserver.Options{
				ReadOnly: readOnly,
				Failed: func(request *http.Request, err error) {
					fmt.Fprintf(p.Stderr, "packstage: %s %s: %v\n", request.Method, request.URL.Path, err)
				},
			}
			if folder != "" {
				storage, err := registryserver.OpenFolder(folder)
				if err != nil {
					return err
				}
				defer storage.Close()
				options.Storage = storage
			}
			return p.serve(command.Context(), address, registryserver.New(options))
		},
	}
	command.Flags().StringVar(&address, "address", "127.0.0.1:5000", "`ADDRESS` to listen on; anyone who reaches it can read and change everything")
	command.Flags().StringVar(&folder, "dir", "", "`FOLDER` that keeps the content; without it the content ends with the process")
	command.Flags().BoolVar(&readOnly, "read-only", false, "refuse everything that would change the content")
	_ = command.MarkFlagDirname("dir")
	return command
}

// stopWithin is how long transfers that are under way may take to end.
const stopWithin = 5 * time.Second

// serve answers requests until the context ends, which is no failure.
func (p *program) serve(ctx context.Context, address string, handler http.Handler) error {
	if _, _, err := net.SplitHostPort(address); err != nil {
		return usagef("--address: %w", err)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%w; port 0 in --address chooses a free one", err)
	}
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second,
		ErrorLog: log.New(p.Stderr, "packstage: ", 0),
	}
	if bound, ok := listener.Addr().(*net.TCPAddr); ok && !bound.IP.IsLoopback() {
		p.remark("packstage: warning: the registry is reachable from other machines, and anyone there can change its content")
	}
	err = p.result(func(w io.Writer) error {
		_, err := fmt.Fprintln(w, listener.Addr())
		return err
	})
	if err != nil {
		_ = listener.Close()
		return err
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	if err := server.Shutdown(stopping); err != nil {
		_ = server.Close() // what is still under way is cut off
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
