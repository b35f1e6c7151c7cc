package resolve

import (
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/packstage/packstage/manifest"
)

// version is a semantic version. Most are plain releases, of which repositories
// have many: they are read without the library.
type version struct {
	release
	// text is the version without "v".
	text string
	// full is nil for plain releases.
	full *semver.Version
}

// parseVersion reads a version as repositories and locks have it.
func parseVersion(text string) (version, error) {
	plain := strings.TrimPrefix(text, "v")
	if numbers, ok := parsePlain(plain); ok {
		return version{release: numbers, text: plain}, nil
	}
	full, err := manifest.ParseRepositoryVersion(text)
	if err != nil {
		return version{}, err
	}
	return version{release: release{full.Major(), full.Minor(), full.Patch()}, text: plain, full: full}, nil
}

// parsePlain reads three numbers that are not too long for the fast path.
func parsePlain(text string) (release, bool) {
	const mostDigits = 18 // fits into 64 bits whatever the digits
	var numbers release
	part, digits := 0, 0
	for i := range len(text) {
		c := text[i]
		leadingZero := digits == 1 && numbers[part] == 0
		switch {
		case c == '.' && digits > 0 && part < 2:
			part, digits = part+1, 0
		case c >= '0' && c <= '9' && digits < mostDigits && !leadingZero:
			numbers[part] = numbers[part]*10 + uint64(c-'0')
			digits++
		default:
			return release{}, false
		}
	}
	return numbers, part == 2 && digits > 0
}

// compare orders by precedence, and versions of the same precedence by their build
// metadata, so that the order is total.
func (v *version) compare(other *version) int {
	c := v.release.compare(&other.release)
	if c != 0 || v.full == nil && other.full == nil {
		return c
	}
	a, b := v.semver(), other.semver()
	if c := a.Compare(b); c != 0 {
		return c
	}
	return strings.Compare(a.Metadata(), b.Metadata())
}

func (v version) semver() *semver.Version {
	if v.full != nil {
		return v.full
	}
	return v.release.semver()
}

func (v version) isPreRelease() bool { return v.full != nil && v.full.Prerelease() != "" }
