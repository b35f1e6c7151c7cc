package cli

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"
	"golang.org/x/net/http/httpproxy"

	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/credentials"
)

// registriesVariable names a file of registries where no flag does.
const registriesVariable = "PACKSTAGE_REGISTRIES"

// registryFlags say how registries are spoken to.
type registryFlags struct {
	cacheFlags
	connectionFlags
}

// connectionFlags are registryFlags without the cache, for commands that pull
// nothing.
type connectionFlags struct {
	registries               string
	plainHTTP, skipTLSVerify bool
	tls                      registry.HostSettings
}

func (f *registryFlags) add(command *cobra.Command) {
	f.connectionFlags.add(command)
	inSection(command, registrySection, func() { f.cacheFlags.add(command) })
}

func (f *connectionFlags) add(command *cobra.Command) {
	inSection(command, registrySection, func() { f.addFlags(command) })
}

func (f *connectionFlags) addFlags(command *cobra.Command) {
	flags := command.Flags()
	flags.StringVar(&f.registries, "registries", "",
		"`FILE` with mirrors, certificates and limits of registries; without it $"+registriesVariable+", or else packstage/registries.yaml in the user's folder for configuration")
	flags.BoolVar(&f.plainHTTP, "plain-http", false,
		"DANGEROUS: speak HTTP without TLS to registries; whoever is on the way sees credentials and can change packages (this machine's own addresses never need it)")
	flags.BoolVar(&f.skipTLSVerify, "insecure-skip-tls-verify", false,
		"DANGEROUS: believe any certificate; whoever is on the way sees credentials and can change packages")
	flags.StringVar(&f.tls.CAFile, "ca-file", "", "PEM `FILE` of certificate authorities to trust beside those of the system")
	flags.StringVar(&f.tls.ClientCertificateFile, "client-certificate", "", "PEM `FILE` of the certificate to show to registries, with --client-key")
	flags.StringVar(&f.tls.ClientKeyFile, "client-key", "", "PEM `FILE` of the key of --client-certificate")
	for _, name := range []string{"registries", "ca-file", "client-certificate", "client-key"} {
		_ = command.MarkFlagFilename(name)
	}
}

// client returns a client for registries. The progress that it shows is over when
// done is called, which leaves the client usable; more calls of it do nothing.
func (f *registryFlags) client(p *program) (client *registry.Client, done func(), err error) {
	options, err := f.options(p)
	if err != nil {
		return nil, nil, err
	}
	opened, err := f.open(p)
	if err != nil {
		return nil, nil, err
	}
	options.Cache = opened
	endProgress := func() {}
	if width, terminal := terminalWidth(p.Stderr); terminal && !p.quiet {
		line := newProgressLine(p.Stderr, width)
		options.Progress, endProgress = line.update, line.clear
	}
	return registry.NewClient(options), endProgress, nil
}

// options are those of a client without a cache.
func (f *connectionFlags) options(p *program) (registry.Options, error) {
	options := registry.Options{
		PlainHTTP: f.plainHTTP, UserAgent: "packstage/" + p.programVersion().Version,
		Keychain: p.credentials(),
		Warn:     func(err error) { p.remark("packstage: warning: %v", err) },
	}
	if (f.tls.ClientCertificateFile == "") != (f.tls.ClientKeyFile == "") {
		return options, usagef("--client-certificate and --client-key go together")
	}
	var err error
	if options.Configuration, err = f.configuration(p); err != nil {
		return options, err
	}
	options.Transport, err = f.transport(p)
	return options, err
}

// credentials are those of the user.
func (p *program) credentials() *credentials.Store {
	environment := p.Env
	if environment == nil {
		environment = []string{} // nil is that of the process
	}
	return credentials.Open(credentials.FromEnvironment(environment))
}

// configuration reads the file of registries, if there is one.
func (f *connectionFlags) configuration(p *program) (*registry.Configuration, error) {
	if f.registries != "" {
		return registry.ReadConfiguration(f.registries)
	}
	if path := p.env(registriesVariable); path != "" {
		configuration, err := registry.ReadConfiguration(path)
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("$%s: %w", registriesVariable, err)
		}
		return configuration, err
	}
	path := p.configFile("registries.yaml")
	if path == "" {
		return nil, nil
	}
	configuration, err := registry.ReadConfiguration(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return configuration, err
}

// transport goes by the flags and by the proxy variables of the invocation.
func (f *connectionFlags) transport(p *program) (*http.Transport, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableCompression = true // blobs are hashed as they come
	const idle = 16                     // a push moves several blobs at a time
	transport.MaxIdleConnsPerHost = idle
	proxy := p.proxy().ProxyFunc()
	transport.Proxy = func(request *http.Request) (*url.URL, error) { return proxy(request.URL) }
	settings := f.tls
	settings.SkipTLSVerify = f.skipTLSVerify
	config, err := settings.TLS(&tls.Config{MinVersion: tls.VersionTLS12})
	if err != nil {
		var path *fs.PathError
		if errors.As(err, &path) {
			return nil, err
		}
		return nil, usage(err)
	}
	transport.TLSClientConfig = config
	return transport, nil
}

// proxy reads the variables as net/http does, where the upper case goes first.
func (p *program) proxy() *httpproxy.Config {
	either := func(upper, lower string) string {
		if value := p.env(upper); value != "" {
			return value
		}
		return p.env(lower)
	}
	return &httpproxy.Config{
		HTTPProxy:  either("HTTP_PROXY", "http_proxy"),
		HTTPSProxy: either("HTTPS_PROXY", "https_proxy"),
		NoProxy:    either("NO_PROXY", "no_proxy"),
		CGI:        p.env("REQUEST_METHOD") != "",
	}
}
