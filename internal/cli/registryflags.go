package cli

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/registry"
)

// registryFlags say how registries are spoken to.
type registryFlags struct {
	plainHTTP, skipTLSVerify bool
	caFile                   string
}

func (f *registryFlags) add(command *cobra.Command) {
	flags := command.Flags()
	flags.BoolVar(&f.plainHTTP, "plain-http", false,
		"DANGEROUS: speak HTTP without TLS to registries; whoever is on the way sees credentials and can change packages (this machine's own addresses never need it)")
	flags.BoolVar(&f.skipTLSVerify, "insecure-skip-tls-verify", false,
		"DANGEROUS: believe any certificate; whoever is on the way sees credentials and can change packages")
	flags.StringVar(&f.caFile, "ca-file", "", "PEM `FILE` of certificate authorities to trust beside those of the system")
	_ = command.MarkFlagFilename("ca-file")
}

// client returns a client for registries. The progress that it shows is over
// when done is called.
func (f *registryFlags) client(p *program) (client *registry.Client, done func(), err error) {
	options := registry.Options{PlainHTTP: f.plainHTTP, UserAgent: "packstage/" + p.programVersion().Version}
	if f.skipTLSVerify || f.caFile != "" {
		if options.Transport, err = f.transport(); err != nil {
			return nil, nil, err
		}
	}
	done = func() {}
	if width, terminal := terminalWidth(p.Stderr); terminal && !p.quiet {
		line := newProgressLine(p.Stderr, width)
		options.Progress, done = line.update, line.clear
	}
	return registry.NewClient(options), done, nil
}

func (f *registryFlags) transport() (http.RoundTripper, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableCompression = true // blobs are hashed as they come
	transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: f.skipTLSVerify}
	if f.caFile == "" {
		return transport, nil
	}
	pem, err := os.ReadFile(f.caFile)
	if err != nil {
		return nil, fmt.Errorf("read --ca-file: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, usagef("--ca-file %s holds no certificate in PEM form", f.caFile)
	}
	transport.TLSClientConfig.RootCAs = pool
	return transport, nil
}
