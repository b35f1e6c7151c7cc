package registry

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/yamldoc"
)

// Bounds of the YAML of a configuration: far above what a person writes.
const (
	maxConfigurationAliasNodes = 10_000
	maxConfigurationDepth      = 20
)

// ParseConfiguration reads registries in YAML or JSON:
//
//	version: 1                            # may be left out
//	registries:
//	- prefix: docker.io                   # a host, or a host and a path
//	  mirrors:                            # in order, for pulling
//	  - harbor.example.com/hub
//	- prefix: ghcr.io/team
//	  location: harbor.example.com/team   # what is asked in its place
//	- prefix: harbor.example.com
//	  ca: ca.pem                          # files beside this one
//	  clientCertificate: client.pem
//	  clientKey: client-key.pem
//	  concurrency: 8                      # requests at a time
//	  requestsPerSecond: 20
//	- prefix: registry.lab.example.com
//	  insecure: skip-tls-verify           # or plain-http
//
// The longest prefix that covers a repository counts, and it alone. The settings
// of a mirror or location are those of the entry that covers it.
//
// The name is that of the file: it is used in positions, and names of files in the
// content are relative to its folder.
//
// The error is a [diagnostic.Diagnostics] with the codes RegistriesInvalid,
// RegistriesUnknownField, YAMLInvalid, YAMLDuplicateKey or LimitExceeded: all that
// is wrong, with positions. A configuration is understood wholly, or not used.
func ParseConfiguration(name string, content []byte) (*Configuration, error) {
	return parseConfiguration(name, content, func(string) string { return "" })
}

// parseConfiguration asks fileFault about each file that is named.
func parseConfiguration(name string, content []byte, fileFault func(path string) string) (*Configuration, error) {
	document, found := configurationDocument(name, content)
	if found != nil {
		return nil, found
	}
	d := configurationDecoder{file: name, document: document, locator: yamldoc.NewLocator(document), fileFault: fileFault}
	if document.Empty() { // all of it may be commented out
		return &Configuration{}, nil
	}
	fields, err := yamldoc.DecodeMap(document, yamldoc.Options{MaxAliasNodes: maxConfigurationAliasNodes, MaxDepth: maxConfigurationDepth})
	if err != nil {
		return nil, diagnostic.Diagnostics{configurationYAMLFault(name, err)}
	}
	configuration := d.configuration(fields)
	checkConfiguration(configuration, d.faultOnce(d.found))
	if len(d.found) > 0 {
		return nil, d.found.Sorted()
	}
	return configuration, nil
}

func configurationDocument(file string, content []byte) (yamldoc.Document, diagnostic.Diagnostics) {
	fault := func(code diagnostic.Code, line int, message, hint string) diagnostic.Diagnostics {
		return diagnostic.Diagnostics{{Code: code, Position: diagnostic.Position{File: file, Line: line}, Message: message, Hint: hint}}
	}
	if len(content) > MaxConfigurationBytes {
		return yamldoc.Document{}, fault(diagnostic.LimitExceeded, 0, fmt.Sprintf("a file of registries has at most %d bytes", MaxConfigurationBytes), "")
	}
	full := slices.DeleteFunc(yamldoc.Split(content), yamldoc.Document.Empty)
	switch len(full) {
	case 0:
		return yamldoc.Document{}, nil
	case 1:
		return full[0], nil
	default:
		return yamldoc.Document{}, fault(diagnostic.YAMLInvalid, full[1].Line,
			fmt.Sprintf("the file holds %d documents, but only one is allowed", len(full)), `remove the second document or its "---"`)
	}
}

func configurationYAMLFault(file string, err error) diagnostic.Diagnostic {
	fault := diagnostic.Diagnostic{
		Code: diagnostic.YAMLInvalid, Position: diagnostic.Position{File: file}, Message: err.Error(), Err: err,
	}
	var yamlError *yamldoc.Error
	if !errors.As(err, &yamlError) {
		return fault
	}
	fault.Position.Line, fault.Position.Column = yamlError.Line, yamlError.Column
	fault.Message, fault.Hint = yamlError.Message, yamlError.Hint
	switch yamlError.Kind {
	case yamldoc.DuplicateKey:
		fault.Code = diagnostic.YAMLDuplicateKey
	case yamldoc.AliasLimit, yamldoc.DepthLimit:
		fault.Code = diagnostic.LimitExceeded
	}
	return fault
}

// configurationDecoder turns plain values into entries and notes what does not
// fit.
type configurationDecoder struct {
	file     string
	document yamldoc.Document
	locator  *yamldoc.Locator
	// fileFault says why a file cannot be read, or "".
	fileFault func(path string) string
	found     diagnostic.Diagnostics
}

func (d *configurationDecoder) fault(message, hint string, path ...any) {
	d.add(diagnostic.RegistriesInvalid, message, hint, path...)
}

// faultOnce leaves out what is about fields, or parts of fields, that something is
// known to be wrong with.
func (d *configurationDecoder) faultOnce(known diagnostic.Diagnostics) func(message, hint string, path ...any) {
	return func(message, hint string, path ...any) {
		for n := range len(path) {
			field := diagnostic.FieldPath(path[:n+1]...)
			if slices.ContainsFunc(known, func(one diagnostic.Diagnostic) bool { return one.Field == field }) {
				return
			}
		}
		d.fault(message, hint, path...)
	}
}

func (d *configurationDecoder) add(code diagnostic.Code, message, hint string, path ...any) {
	position := diagnostic.Position{File: d.file, Line: d.document.Line}
	// A field that is missing is shown at the nearest one above it.
	for n := len(path); n > 0; n-- {
		find := d.locator.Locate
		if n < len(path) || code == diagnostic.RegistriesUnknownField {
			find = d.locator.LocateKey
		}
		if line, column, ok := find(path[:n]...); ok {
			position.Line, position.Column = line, column
			break
		}
	}
	d.found = append(d.found, diagnostic.Diagnostic{
		Code: code, Position: position, Field: diagnostic.FieldPath(path...), Message: message, Hint: hint,
	})
}

func (d *configurationDecoder) configuration(fields map[string]any) *Configuration {
	d.checkKeys(fields, []string{"version", "registries"})
	if version, ok := fields["version"]; ok && version != int64(1) {
		d.fault("this program knows version 1", "", "version")
	}
	if _, ok := fields["registries"]; !ok && len(d.found) == 0 {
		d.fault("registries is missing", "it is the list of entries")
	}
	configuration := &Configuration{}
	for i, item := range d.list(fields["registries"], "registries") {
		values, ok := item.(map[string]any)
		if !ok {
			d.fault("must be a mapping", `write "prefix: HOST"`, "registries", i)
		}
		entry := ConfigurationEntry{} // it keeps the numbers of those that follow
		if ok {
			entry = d.entry(values, i)
		}
		configuration.Registries = append(configuration.Registries, entry)
	}
	return configuration
}

func (d *configurationDecoder) entry(values map[string]any, i int) ConfigurationEntry {
	at := func(path ...any) []any { return append([]any{"registries", i}, path...) }
	d.checkKeys(values, []string{
		"prefix", "location", "mirrors", "ca", "clientCertificate", "clientKey", "insecure", "concurrency", "requestsPerSecond",
	}, at()...)
	entry := ConfigurationEntry{
		Prefix:                d.text(values, "prefix", at("prefix")...),
		Location:              d.text(values, "location", at("location")...),
		CAFile:                d.fileName(values, "ca", at("ca")...),
		ClientCertificateFile: d.fileName(values, "clientCertificate", at("clientCertificate")...),
		ClientKeyFile:         d.fileName(values, "clientKey", at("clientKey")...),
	}
	if _, ok := values["prefix"]; !ok {
		d.fault("prefix is missing", "it says which repositories the entry is about", at("prefix")...)
	}
	for k, item := range d.list(values["mirrors"], at("mirrors")...) {
		mirror, ok := item.(string)
		if !ok {
			d.fault("must be text", "", at("mirrors", k)...)
		}
		entry.Mirrors = append(entry.Mirrors, mirror)
	}
	d.insecure(values, &entry, at("insecure")...)
	entry.Concurrency = d.concurrency(values, at("concurrency")...)
	entry.RequestsPerSecond = d.rate(values, at("requestsPerSecond")...)
	return entry
}

func (d *configurationDecoder) insecure(values map[string]any, entry *ConfigurationEntry, path ...any) {
	value, ok := values["insecure"]
	if !ok {
		return
	}
	switch value {
	case "plain-http":
		entry.PlainHTTP = true
	case "skip-tls-verify":
		entry.SkipTLSVerify = true
	default:
		hint := ""
		if kind, ok := value.(string); ok {
			hint = diagnostic.DidYouMean(kind, []string{"plain-http", "skip-tls-verify"})
		}
		d.fault("must be plain-http or skip-tls-verify", hint, path...)
	}
}

func (d *configurationDecoder) concurrency(values map[string]any, path ...any) int {
	value, ok := values["concurrency"]
	if !ok {
		return 0
	}
	number, ok := value.(int64)
	if !ok || number < 1 || number > maxHostConcurrency {
		d.fault(fmt.Sprintf("must be a whole number from 1 to %d", maxHostConcurrency), "", path...)
		return 0
	}
	return int(number)
}

func (d *configurationDecoder) rate(values map[string]any, path ...any) float64 {
	value, ok := values["requestsPerSecond"]
	if !ok {
		return 0
	}
	var rate float64
	switch number := value.(type) {
	case int64:
		rate = float64(number)
	case float64:
		rate = number
	}
	if !(rate > 0 && rate <= maxRequestsPerSecond) {
		d.fault("must be a number above 0 and not more than a million", "", path...)
		return 0
	}
	return rate
}

func (d *configurationDecoder) checkKeys(fields map[string]any, known []string, path ...any) {
	for key := range fields {
		if !slices.Contains(known, key) {
			d.add(diagnostic.RegistriesUnknownField, fmt.Sprintf("unknown field %q", key),
				diagnostic.DidYouMean(key, known), append(slices.Clone(path), key)...)
		}
	}
}

func (d *configurationDecoder) list(value any, path ...any) []any {
	if value == nil {
		return nil
	}
	items, ok := value.([]any)
	if !ok {
		d.fault("must be a list", `write [a, b], or each item on a line of its own after "- "`, path...)
	}
	return items
}

// text reads a field that is text, and not empty where it is there.
func (d *configurationDecoder) text(values map[string]any, key string, path ...any) string {
	value, ok := values[key]
	if !ok {
		return ""
	}
	text, ok := value.(string)
	switch {
	case !ok:
		d.fault("must be text", "", path...)
		return fmt.Sprint(value) // there is something, for whoever asks
	case text == "":
		d.fault("is empty", "give it a value, or remove it", path...)
	}
	return text
}

// fileName reads the name of a file that is relative to the configuration.
func (d *configurationDecoder) fileName(values map[string]any, key string, path ...any) string {
	name := d.text(values, key, path...)
	switch {
	case name == "":
		return ""
	case strings.ContainsAny(name, "\n\r\x00"):
		d.fault("must be the name of a file", "put PEM into a file, and its name here", path...)
		return name
	case !filepath.IsAbs(name):
		name = filepath.Join(filepath.Dir(d.file), filepath.FromSlash(name))
	}
	_, isText := values[key].(string)
	if message := d.fileFault(name); isText && message != "" {
		d.fault(message, "names are relative to the folder of "+filepath.Base(d.file), path...)
	}
	return name
}
