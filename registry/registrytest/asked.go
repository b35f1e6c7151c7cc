package registrytest

import (
	"net/http"
	"regexp"
	"strings"
)

// Target is what of a repository a request is about.
type Target string

// What requests are about.
const (
	Manifests Target = "manifests"
	Blobs     Target = "blobs"
	Uploads   Target = "blobs/uploads"
	Tags      Target = "tags"
	Referrers Target = "referrers"
	// Others are all other requests: for tokens, and for the root of the API.
	Others Target = "others"
)

// asked is a request, taken apart.
type asked struct {
	method     string
	path       string
	on         Target
	repository string
	// reference is the last part of the path: a tag, a digest, or the
	// identifier of an upload.
	reference string
	query     string // the digest in it
	header    http.Header
	// number says how many of the same method and key there were, this one
	// included.
	number int
}

var pathExpression = regexp.MustCompile(`^/v2/(.+)/(manifests|blobs|tags|referrers|blobs/uploads)/([^/]*)$`)

func readRequest(r *http.Request) *asked {
	request := &asked{method: r.Method, path: r.URL.Path, on: Others, header: r.Header, query: r.URL.Query().Get("digest")}
	if parts := pathExpression.FindStringSubmatch(r.URL.Path); parts != nil {
		request.repository, request.on, request.reference = parts[1], Target(parts[2]), parts[3]
	}
	return request
}

// key is the path, with the digest in place of the identifier of an upload,
// which differs from run to run.
func (a *asked) key() string {
	if a.on != Uploads {
		return a.path
	}
	key := strings.TrimSuffix(a.path, a.reference)
	if a.reference != "" {
		key += "*"
	}
	return key + "?" + a.query
}

func anything(*asked) bool { return true }

func (a *asked) isRead() bool { return a.method == http.MethodGet || a.method == http.MethodHead }

func changes(a *asked) bool {
	return a.on != Others && (a.method == http.MethodPut || a.method == http.MethodPatch || a.method == http.MethodDelete ||
		a.method == http.MethodPost && a.query != "")
}

func sends(a *asked) bool { return changes(a) && a.method != http.MethodDelete }

func reads(a *asked) bool {
	return a.method == http.MethodGet && a.on != Others && a.on != Uploads
}

func readsBlob(a *asked) bool     { return reads(a) && a.on == Blobs }
func readsManifest(a *asked) bool { return reads(a) && a.on == Manifests }
func readsPart(a *asked) bool     { return readsBlob(a) && a.header.Get("Range") != "" }

func isPartial(a *asked) bool {
	return readsPart(a) || a.on == Uploads && (a.method == http.MethodPut || a.method == http.MethodPatch)
}

func hasCredentials(a *asked) bool { return a.on != Others && a.header.Get("Authorization") != "" }

func statesDigest(a *asked) bool {
	return a.on == Manifests && (a.isRead() || a.method == http.MethodPut) || a.on == Blobs && a.isRead()
}

func looksAtTag(a *asked) bool {
	return a.on == Manifests && a.isRead() && !strings.Contains(a.reference, ":")
}

func beginsUpload(a *asked) bool { return a.on == Uploads && a.method == http.MethodPost }
func lists(a *asked) bool        { return reads(a) && (a.on == Tags || a.on == Referrers) }
func sendsManifest(a *asked) bool {
	return a.on == Manifests && a.method == http.MethodPut
}
func aboutReferrers(a *asked) bool { return a.on == Referrers || sendsManifest(a) }
