package registry

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/packstage/packstage/diagnostic"
)

// MaxConfigurationBytes bounds a file of registries.
const MaxConfigurationBytes = 1 << 20

// Configuration says how registries are reached. A program can build one, or
// read it with [ReadConfiguration]. It is not changed by this package, and is
// safe for concurrent use as long as nobody else changes it.
type Configuration struct {
	// Registries in any order: the longest prefix that fits counts, alone.
	Registries []ConfigurationEntry
}

// ConfigurationEntry is about one registry, or about a part of one.
type ConfigurationEntry struct {
	// Prefix is a host, or a host and a path. It covers the repositories that
	// begin with it at the border of a path's part: example.com/team covers
	// example.com/team/shop and not example.com/teams. Docker Hub is docker.io.
	Prefix string
	// Location is what stands for Prefix in what is really asked. Empty is
	// Prefix itself.
	Location string
	// Mirrors are asked before Location, in order, and for pulling only. Each is
	// a host, or a host and a path, that stands for Prefix.
	Mirrors []string
	// CAFile holds certificate authorities in PEM to trust beside those of the
	// system.
	CAFile string
	// ClientCertificateFile and ClientKeyFile, in PEM, say to the registry who
	// this is. There are both, or none.
	ClientCertificateFile, ClientKeyFile string
	// PlainHTTP speaks HTTP without TLS: whoever is on the way sees credentials
	// and can change packages.
	PlainHTTP bool
	// SkipTLSVerify believes any certificate, with the same danger.
	SkipTLSVerify bool
	// Concurrency is the number of requests at a time. 0 is the client's
	// default.
	Concurrency int
	// RequestsPerSecond bounds the rate of requests. 0 is no bound.
	RequestsPerSecond float64
}

// settings returns what an entry says about its own place.
func (r ConfigurationEntry) settings() HostSettings {
	return HostSettings{
		PlainHTTP: r.PlainHTTP, SkipTLSVerify: r.SkipTLSVerify,
		CAFile: r.CAFile, ClientCertificateFile: r.ClientCertificateFile, ClientKeyFile: r.ClientKeyFile,
		Concurrency: r.Concurrency, RequestsPerSecond: r.RequestsPerSecond,
	}
}

// ReadConfiguration reads a file of registries; [ParseConfiguration] says how it
// looks. The PEM files that it names must be there and open: they are read when
// their host is first asked. The error is a [diagnostic.Diagnostics] where the
// content is at fault, and wraps that of the file system where the file cannot be
// read.
func ReadConfiguration(path string) (*Configuration, error) {
	content, err := readSmallFile(path, MaxConfigurationBytes)
	if err != nil {
		return nil, fmt.Errorf("read registries: %w", err)
	}
	return parseConfiguration(path, content, openFault)
}

// openFault says why a file cannot be read, or "".
func openFault(path string) string {
	file, err := os.Open(path)
	if err == nil {
		var info fs.FileInfo
		if info, err = file.Stat(); err == nil && info.IsDir() {
			err = errors.New("it is a folder")
		}
		_ = file.Close()
	}
	if err == nil {
		return ""
	}
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		err = pathError.Err
	}
	return fmt.Sprintf("%s cannot be read: %v", path, err)
}

// readSmallFile reads a file; of one that is too large a byte beyond the limit,
// which is for the parser to refuse.
func readSmallFile(path string, limit int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, &fs.PathError{Op: "read", Path: path, Err: errors.New("it is a folder")}
	}
	return io.ReadAll(io.LimitReader(file, limit+1))
}

// Check returns what is wrong with a configuration that a program has built, as
// a [diagnostic.Diagnostics] with the code RegistriesInvalid. What
// [ParseConfiguration] returns has been checked.
func (c *Configuration) Check() error {
	var found diagnostic.Diagnostics
	checkConfiguration(c, func(message, hint string, path ...any) {
		found = append(found, diagnostic.Diagnostic{
			Code: diagnostic.RegistriesInvalid, Field: diagnostic.FieldPath(path...), Message: message, Hint: hint,
		})
	})
	return found.Sorted().Err()
}
