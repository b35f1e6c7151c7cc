package credentials

import "strings"

// hubKey is what Docker has called Docker Hub since its first version.
const hubKey = "https://index.docker.io/v1/"

func isHub(host string) bool { return host == "docker.io" || host == "index.docker.io" }

// canonicalKey is the key that credentials of a host are written with.
func canonicalKey(host string) string {
	if isHub(host) {
		return hubKey
	}
	return host
}

// keysOf are the keys that may stand for a host, or for a host with a path: older
// programs wrote addresses.
func keysOf(place string) []string {
	host, _, hasPath := strings.Cut(place, "/")
	if hasPath {
		if isHub(host) {
			rest := place[len(host):]
			return []string{"index.docker.io" + rest, "docker.io" + rest}
		}
		return []string{place}
	}
	keys := []string{canonicalKey(host)}
	names := []string{host}
	if isHub(host) {
		names = []string{"index.docker.io", "docker.io", "registry-1.docker.io"}
	}
	for _, name := range names {
		for _, key := range []string{name, "https://" + name, "https://" + name + "/", "https://" + name + "/v1/", "https://" + name + "/v2/", "http://" + name, "http://" + name + "/"} {
			if key != keys[0] {
				keys = append(keys, key)
			}
		}
	}
	return keys
}
