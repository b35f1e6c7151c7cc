package registry

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/packstage/packstage/internal/lazyregexp"
)

// Docker Hub, as references to it are written, and as they are read.
const (
	hubName      = "docker.io"
	hubHost      = "index.docker.io"
	hubLibrary   = hubHost + "/library/"
	maxPlaceSize = 512
)

var (
	hostLabelsExpression = lazyregexp.New(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*\.?$`)
	// The grammar of repositories (OCI distribution specification, "Pulling
	// manifests").
	pathExpression = lazyregexp.New(`^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$`)
)

// canonicalPlace writes a host with an optional path as it is compared: the host
// in lower case, without the port that HTTPS has anyway, Docker Hub by one name.
func canonicalPlace(place string) string {
	host, path, hasPath := strings.Cut(place, "/")
	host = strings.TrimSuffix(strings.ToLower(host), ":443")
	if host == hubName {
		host = hubHost
	}
	if !hasPath {
		return host
	}
	return host + "/" + path
}

// cutPlace returns what of a repository is below a prefix, both canonical, and
// how much of the repository the prefix covers; false where it covers nothing.
// An official image of Docker Hub goes by its short name, too.
func cutPlace(repository, prefix string) (rest string, covers int, ok bool) {
	if rest, ok = cutPath(repository, prefix); ok {
		return rest, len(prefix), true
	}
	if short, official := strings.CutPrefix(repository, hubLibrary); official && prefix == hubHost+"/"+short {
		return "", len(repository), true
	}
	return "", 0, false
}

func cutPath(place, prefix string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(place, prefix)
	if !ok || rest == "" {
		return "", ok
	}
	return strings.CutPrefix(rest, "/")
}

// placeFault says what is wrong with a host with an optional path, or nothing.
func placeFault(place string) (message, hint string) {
	const form = "write a host, or a host and a path, such as registry.example.com/team"
	switch {
	case place == "":
		return "is empty", form
	case len(place) > maxPlaceSize:
		return "is too long", form
	case strings.Contains(place, "://"):
		_, rest, _ := strings.Cut(place, "://")
		if strings.HasPrefix(strings.ToLower(place), "http://") {
			return "begins with a scheme", "write " + strconv.Quote(strings.Trim(rest, "/")) + `; plain HTTP is "insecure: plain-http"`
		}
		return "begins with a scheme", "write " + strconv.Quote(strings.Trim(rest, "/"))
	case strings.Contains(place, "*"):
		return "holds a wildcard", "a prefix covers all that is below it; each host has an entry of its own"
	case strings.Contains(place, "@"):
		return "holds an @", "a digest does not belong here, nor do credentials: those are for packstage login"
	case strings.HasSuffix(place, "/"):
		return "ends in /", "write " + strconv.Quote(strings.TrimRight(place, "/"))
	}
	host, path, hasPath := strings.Cut(place, "/")
	if message := hostFault(host); message != "" {
		return message, form
	}
	switch {
	case !hasPath || pathExpression().MatchString(path):
		return "", ""
	case strings.Contains(path, ":"):
		return "holds a tag", "leave it out: an entry is about all tags"
	case pathExpression().MatchString(strings.ToLower(path)):
		return "has capital letters in its path", "write " + strconv.Quote(host+"/"+strings.ToLower(path))
	default:
		return "has a path that no repository can have", form
	}
}

// hostFault says what is wrong with a host. References are read by the rule that
// a host has a dot or a port, or is localhost; what is read otherwise would lead
// to Docker Hub.
func hostFault(host string) string {
	name, port := host, ""
	if strings.HasPrefix(host, "[") {
		end := strings.IndexByte(host, ']')
		if end < 0 {
			return "holds an address without its ]"
		}
		address, err := netip.ParseAddr(host[1:end])
		if err != nil || !address.Is6() || address.Zone() != "" {
			return "holds no IPv6 address between its [ ]"
		}
		if name, port = "", host[end+1:]; port != "" && port[0] != ':' {
			return "has a malformed host"
		}
		port = strings.TrimPrefix(port, ":")
		if port == "" && !strings.HasSuffix(host, "]") {
			return "has a malformed port"
		}
	} else if before, after, ok := strings.Cut(host, ":"); ok {
		if name, port = before, after; port == "" {
			return "has a malformed port"
		}
	}
	if port != "" {
		if number, err := strconv.ParseUint(port, 10, 16); err != nil || number == 0 {
			return "has a malformed port"
		}
	}
	switch {
	case name == "" && strings.HasPrefix(host, "["):
		return ""
	case !hostLabelsExpression().MatchString(name):
		return "has a malformed host"
	case port == "" && !strings.Contains(name, ".") && name != "localhost":
		return strconv.Quote(name) + " is not a host: that has a dot or a port, or is localhost"
	default:
		return ""
	}
}
