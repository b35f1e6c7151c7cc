package registryserver

import (
	"strings"
	"unicode"

	"github.com/packstage/packstage/internal/lazyregexp"
)

// The grammar of the distribution specification.
const (
	nameElement   = `[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*`
	namePattern   = nameElement + `(?:/` + nameElement + `)*`
	tagPattern    = `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`
	digestPattern = `sha256:[a-f0-9]{64}`
	// longestName is what clients with a host in front still accept.
	longestName = 255
)

var (
	nameExpression   = lazyregexp.New(`^` + namePattern + `$`)
	tagExpression    = lazyregexp.New(`^` + tagPattern + `$`)
	digestExpression = lazyregexp.New(`^` + digestPattern + `$`)
	// pathExpression takes the path of a request below /v2/ apart: name, kind,
	// and what stands after it, which is checked later.
	pathExpression = lazyregexp.New(`^(.+)/(blobs/uploads|blobs|manifests|tags|referrers)/([^/]*)$`)
)

func isName(name string) bool     { return len(name) <= longestName && nameExpression().MatchString(name) }
func isTag(tag string) bool       { return tagExpression().MatchString(tag) }
func isDigest(digest string) bool { return digestExpression().MatchString(digest) }

// Keys in the storage. Elements that begin with "_" are none of a name, so that
// a repository "a" and a repository "a/b" are never in each other's way.

func contentKey(digest string) string { return "blobs/sha256/" + hexOf(digest) }

func blobKey(repository, digest string) string {
	return "repositories/" + repository + "/_blobs/" + hexOf(digest)
}

func manifestsFolder(repository string) string { return "repositories/" + repository + "/_manifests" }

func manifestKey(repository, digest string) string {
	return manifestsFolder(repository) + "/" + hexOf(digest)
}

func tagsFolder(repository string) string { return "repositories/" + repository + "/_tags" }

func tagKey(repository, tag string) string { return tagsFolder(repository) + "/" + escapeCase(tag) }

func referrersFolder(repository, subject string) string {
	return "repositories/" + repository + "/_referrers/" + hexOf(subject)
}

func hexOf(digest string) string { return strings.TrimPrefix(digest, "sha256:") }

// escapeCase makes tags that differ only in case differ on file systems without
// case, too.
func escapeCase(tag string) string {
	var b strings.Builder
	for _, r := range tag {
		if unicode.IsUpper(r) {
			b.WriteByte('!')
			r = unicode.ToLower(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}

func unescapeCase(key string) string {
	var b strings.Builder
	upper := false
	for _, r := range key {
		switch {
		case r == '!':
			upper = true
			continue
		case upper:
			r = unicode.ToUpper(r)
		}
		upper = false
		b.WriteRune(r)
	}
	return b.String()
}
