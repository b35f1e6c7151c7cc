package verify

import (
	"errors"
	"fmt"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/packstage/packstage/internal/lazyregexp"
)

// dockerHub is how Docker Hub is called here, whatever its aliases.
const dockerHub = "docker.io"

// NormalizeRepository writes the name of a repository the one way in which
// names are compared: host in lower case without a trailing dot and without the
// port of HTTPS, Docker Hub as "docker.io" with "library/" where there is no
// other namespace. "a" without a host is Docker Hub's, as Docker reads it. A tag or
// digest is not part of a repository's name and is an error.
func NormalizeRepository(repository string) (string, error) {
	invalid := fmt.Errorf("%q is no name of a repository", repository)
	host, path, ok := strings.Cut(repository, "/")
	if ok && looksLikeHost(host) {
		if !isHost(host) {
			return "", invalid
		}
		repository = normalizeHost(host) + "/" + path
	}
	parsed, err := name.NewRepository(repository)
	if err != nil || !isPath(parsed.RepositoryStr()) {
		return "", invalid
	}
	return normalizeHost(parsed.RegistryStr()) + "/" + parsed.RepositoryStr(), nil
}

// pathElement is a part of a repository's name as the OCI distribution
// specification has it.
var pathElement = lazyregexp.New(`^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*$`)

// isPath refuses names such as "team/../other": servers and proxies on the way may
// take it for "other", so it must not be judged as something below "team".
func isPath(path string) bool {
	for element := range strings.SplitSeq(path, "/") {
		if !pathElement().MatchString(element) {
			return false
		}
	}
	return true
}

// hostName is a name or address with or without a port.
var hostName = lazyregexp.New(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*\.?|\[[0-9a-f:.]+\])(:[0-9]+)?$`)

func isHost(host string) bool { return hostName().MatchString(strings.ToLower(host)) }

// looksLikeHost tells a host from the first part of a path, as Docker does.
func looksLikeHost(element string) bool {
	return strings.ContainsAny(element, ".:") || strings.EqualFold(element, "localhost")
}

func normalizeHost(host string) string {
	host = strings.ToLower(host)
	if bare, ok := strings.CutSuffix(host, ":443"); ok && looksLikeHost(bare) {
		host = bare
	}
	bare, port, hasPort := strings.Cut(host, ":")
	if rooted, ok := strings.CutSuffix(bare, "."); ok && looksLikeHost(rooted) {
		bare = rooted
	}
	if hasPort {
		return bare + ":" + port
	}
	switch bare {
	case name.DefaultRegistry, "registry-1.docker.io", "registry.hub.docker.com", dockerHub:
		return dockerHub
	}
	return bare
}

// normalizePrefix writes a prefix as [NormalizeRepository] writes names: a host,
// or a host and the beginning of a path that ends where a name does.
func normalizePrefix(prefix string) (string, error) {
	if _, rest, ok := strings.Cut(prefix, "://"); ok {
		return "", fmt.Errorf("a prefix is written without a scheme: %s", rest)
	}
	trimmed := strings.TrimSuffix(prefix, "/")
	host, path, hasPath := strings.Cut(trimmed, "/")
	if !looksLikeHost(host) || host == "" {
		return "", errors.New("a prefix begins with a host, as in registry.example.com/team")
	}
	if !isHost(host) {
		return "", fmt.Errorf("%q is no host", host)
	}
	if !hasPath {
		return normalizeHost(host), nil
	}
	if strings.ContainsAny(path, ":@") {
		return "", errors.New("a prefix names repositories, not tags or digests")
	}
	switch {
	case strings.ContainsAny(path, "*?"):
		return "", errors.New("a prefix has no wildcards: it covers all that is below it")
	case strings.ToLower(path) != path:
		return "", errors.New("the path of a repository is in lower case")
	case !isPath(path):
		return "", fmt.Errorf("%q is no part of a repository's name", path)
	}
	return normalizeHost(host) + "/" + path, nil
}

// hasPrefix tells whether a repository is, or is below, what the prefix names;
// both are normalized.
func hasPrefix(repository, prefix string) bool {
	rest, ok := strings.CutPrefix(repository, prefix)
	return ok && (rest == "" || rest[0] == '/')
}
