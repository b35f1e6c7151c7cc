package registry

import (
	"slices"
	"strings"
)

// Endpoint is a place where a repository is asked for.
type Endpoint struct {
	// Repository is the host and the path there.
	Repository string
	// Mirror is set for mirrors, whose word counts less than the registry's.
	Mirror bool
	// Settings are those of the entry that covers Repository.
	Settings HostSettings
}

// HostSettings say how a host is spoken to; see [ConfigurationEntry]. The
// zero value is HTTPS with the authorities of the system.
type HostSettings struct {
	PlainHTTP, SkipTLSVerify                     bool
	CAFile, ClientCertificateFile, ClientKeyFile string
	Concurrency                                  int
	RequestsPerSecond                            float64
}

// Endpoints returns where to ask for a repository, given as host and path, in
// order: the mirrors, for pulling only, then the location. There is always at
// least one, also for a nil Configuration; a location that [Configuration.Check]
// refuses has no Repository. Places are rewritten once: what a location leads to
// is not looked up again, except for its settings.
func (c *Configuration) Endpoints(repository string, pull bool) []Endpoint {
	if c == nil || len(c.Registries) == 0 {
		return []Endpoint{{Repository: repository}}
	}
	entry, rest := c.find(repository)
	if entry == nil {
		return []Endpoint{{Repository: repository}}
	}
	var endpoints []Endpoint
	add := func(place string, mirror bool) {
		there := joinPlace(place, rest)
		isThere := func(e Endpoint) bool { return canonicalPlace(e.Repository) == canonicalPlace(there) }
		if slices.ContainsFunc(endpoints, isThere) {
			return
		}
		endpoint := Endpoint{Repository: there, Mirror: mirror}
		if covering, _ := c.find(there); covering != nil {
			endpoint.Settings = covering.settings()
		}
		endpoints = append(endpoints, endpoint)
	}
	if pull {
		for _, mirror := range entry.Mirrors {
			add(mirror, true)
		}
	}
	if entry.Location != "" {
		add(entry.Location, false)
		return endpoints
	}
	return append(endpoints, Endpoint{Repository: repository, Settings: entry.settings()})
}

// find returns the entry that covers a repository, and what of the repository is
// below its prefix.
func (c *Configuration) find(repository string) (found *ConfigurationEntry, rest string) {
	if c == nil {
		return nil, ""
	}
	repository = canonicalPlace(repository)
	most := 0
	for i := range c.Registries {
		prefix := canonicalPlace(c.Registries[i].Prefix)
		below, covers, ok := cutPlace(repository, prefix)
		// Of two names of one official image, the whole one is the clearer.
		if ok && (covers > most || covers == most && prefix == repository) {
			found, rest, most = &c.Registries[i], below, covers
		}
	}
	return found, rest
}

// joinPlace returns a repository below a place. What would be read as another
// host's is left empty, and what would have no name is left without: neither
// parses.
func joinPlace(place, rest string) string {
	if message, _ := placeFault(place); message != "" {
		return ""
	}
	if rest != "" || !strings.Contains(place, "/") {
		return place + "/" + rest
	}
	return place
}
