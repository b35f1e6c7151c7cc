package registry

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Bounds of an entry's numbers: far above what a registry stands.
const (
	maxHostConcurrency   = 1000
	maxRequestsPerSecond = 1e6
)

// checkConfiguration tells report what is wrong.
func checkConfiguration(c *Configuration, report func(message, hint string, path ...any)) {
	if c == nil {
		return
	}
	first := map[string]int{}
	for i := range c.Registries {
		entry := &c.Registries[i]
		at := func(message, hint string, path ...any) {
			report(message, hint, append([]any{"registries", i}, path...)...)
		}
		if message, hint := placeFault(entry.Prefix); message != "" {
			at(message, hint, "prefix")
			continue
		}
		prefix := canonicalPlace(entry.Prefix)
		if earlier, ok := first[prefix]; ok {
			at(fmt.Sprintf("registries[%d] has this prefix already", earlier), "put both into one entry", "prefix")
		} else {
			first[prefix] = i
		}
		checkLocation(entry, at)
		checkMirrors(entry, at)
		checkSettings(entry, at)
	}
	checkCycles(c, report)
}

func checkLocation(entry *ConfigurationEntry, report func(message, hint string, path ...any)) {
	if entry.Location == "" {
		return
	}
	if message, hint := targetFault(entry, entry.Location); message != "" {
		report(message, hint, "location")
		return
	}
	if canonicalPlace(entry.Location) == canonicalPlace(entry.Prefix) {
		report("is the prefix itself", "leave it out", "location")
	}
	own := entry.settings()
	if own.Concurrency, own.RequestsPerSecond = 0, 0; own != (HostSettings{}) {
		report("the settings for TLS would have no effect: the registry that is asked is "+entry.Location,
			"put them into an entry with the prefix "+entry.Location, "location")
	}
}

func checkMirrors(entry *ConfigurationEntry, report func(message, hint string, path ...any)) {
	location := entry.Location
	if location == "" {
		location = entry.Prefix
	}
	var before []string
	for i, mirror := range entry.Mirrors {
		if message, hint := targetFault(entry, mirror); message != "" {
			report(message, hint, "mirrors", i)
			continue
		}
		canonical := canonicalPlace(mirror)
		switch {
		case canonical == canonicalPlace(entry.Prefix):
			report("a registry cannot be its own mirror", "remove it", "mirrors", i)
		case canonical == canonicalPlace(location):
			report("the mirror is the location", "remove it: the location is asked anyway, after the mirrors", "mirrors", i)
		case slices.Contains(before, canonical):
			report("the mirror is in the list already", "remove it", "mirrors", i)
		}
		before = append(before, canonical)
	}
}

// targetFault says what is wrong with what stands for a prefix.
func targetFault(entry *ConfigurationEntry, target string) (message, hint string) {
	if message, hint = placeFault(target); message != "" {
		return message, hint
	}
	if strings.Contains(entry.Prefix, "/") && !strings.Contains(target, "/") {
		return "has no path, and the prefix has one: the repository " + entry.Prefix + " would have no name there",
			"add a path, such as " + target + entry.Prefix[strings.LastIndexByte(entry.Prefix, '/'):]
	}
	return "", ""
}

func checkSettings(entry *ConfigurationEntry, report func(message, hint string, path ...any)) {
	if entry.PlainHTTP && entry.SkipTLSVerify {
		report("plain-http and skip-tls-verify contradict each other", "without TLS there is no certificate", "insecure")
	}
	if entry.PlainHTTP && (entry.CAFile != "" || entry.ClientCertificateFile != "" || entry.ClientKeyFile != "") {
		report("plain-http and certificates contradict each other", "remove one of them: without TLS there is no certificate", "insecure")
	}
	if entry.SkipTLSVerify && entry.CAFile != "" {
		report("skip-tls-verify and ca contradict each other", "remove skip-tls-verify: with the authority's certificate it is not needed", "insecure")
	}
	if entry.ClientCertificateFile != "" && entry.ClientKeyFile == "" {
		report("there is a client certificate, but no key", "add clientKey; it may be the same file", "clientCertificate")
	}
	if entry.ClientKeyFile != "" && entry.ClientCertificateFile == "" {
		report("there is a client key, but no certificate", "add clientCertificate; it may be the same file", "clientKey")
	}
	if entry.Concurrency < 0 || entry.Concurrency > maxHostConcurrency {
		report(fmt.Sprintf("must be from 1 to %d", maxHostConcurrency), "", "concurrency")
	}
	if rate := entry.RequestsPerSecond; math.IsNaN(rate) || rate < 0 || rate > maxRequestsPerSecond {
		report("must be above 0 and not more than a million", "", "requestsPerSecond")
	}
}

// checkCycles reports locations that lead back to where they began: nobody can
// mean that, though places are rewritten only once.
func checkCycles(c *Configuration, report func(message, hint string, path ...any)) {
	var prefixes []string
	for i := range c.Registries {
		prefixes = append(prefixes, c.Registries[i].Prefix)
	}
	for i := range c.Registries {
		begin := &c.Registries[i]
		names := []string{begin.Prefix}
		for entry := begin; entry.Location != "" && len(names) <= len(c.Registries); {
			next, _ := c.find(entry.Location)
			if next == nil || next == entry { // below itself: a move into a folder
				break
			}
			if slices.Index(prefixes, next.Prefix) < i { // reported there, if it leads back
				break
			}
			names = append(names, next.Prefix)
			if next == begin {
				report("the locations lead in a circle: "+strings.Join(names, ", "), "remove one of them", "registries", i, "location")
				break
			}
			entry = next
		}
	}
}
