package resolve

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/packstage/packstage/manifest"
)

// platforms is what constraints say about platforms.
type platforms struct {
	// listed are the platforms that every list names, sorted; nil is no list.
	listed []manifest.Platform
	// versions are the ranges of versions by platform.
	versions map[manifest.Platform]ranges
}

// platformsOf reads constraints. The error is about a range.
func platformsOf(constraints []manifest.Constraint, cache rangeCache) (platforms, error) {
	var found platforms
	for _, constraint := range constraints {
		if len(constraint.Platform) > 0 {
			if found.listed == nil {
				found.listed = slices.Clone(constraint.Platform)
			} else {
				found.listed = slices.DeleteFunc(found.listed, func(p manifest.Platform) bool {
					return !slices.Contains(constraint.Platform, p)
				})
			}
		}
		if constraint.PlatformVersion != nil {
			parsed, err := cache.parse(constraint.PlatformVersion.Range)
			if err != nil {
				return found, fmt.Errorf("the range %q of platform %s: %w",
					constraint.PlatformVersion.Range, constraint.PlatformVersion.Name, err)
			}
			if found.versions == nil {
				found.versions = map[manifest.Platform]ranges{}
			}
			name := constraint.PlatformVersion.Name
			found.versions[name] = append(found.versions[name], parsed)
		}
	}
	slices.Sort(found.listed)
	found.listed = slices.Compact(found.listed)
	return found, nil
}

// named returns the platforms that are listed or have a range, sorted.
func (p platforms) named() []manifest.Platform {
	names := slices.Clone(p.listed)
	for name := range p.versions {
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// lacks returns why a package that supports p cannot be a dependency of one that
// is for the platforms wanted, or "". What wanted does not name is not asked for;
// where p lists no platforms, it runs on all, as installers have it.
func (p platforms) lacks(wanted platforms) string {
	for _, name := range wanted.named() {
		if p.listed != nil && !slices.Contains(p.listed, name) {
			return fmt.Sprintf("does not support %s, which spec.constraints of the manifest names", name)
		}
		if !p.versions[name].contain(wanted.versions[name]) {
			return fmt.Sprintf("supports %s %s only, and spec.constraints of the manifest %s",
				name, p.versions[name], allows(wanted.versions[name]))
		}
	}
	return ""
}

func allows(wanted ranges) string {
	if len(wanted) == 0 {
		return "allows any version"
	}
	return "allows " + wanted.String()
}

// platformJudge tells what entries lack, once for all that have the same
// constraints.
type platformJudge struct {
	wanted  platforms
	ranges  rangeCache
	verdict map[string]platformVerdict
	// key is kept for its memory; last is the verdict for lastKey, since the entries
	// of a package mostly have the same constraints.
	key, lastKey []byte
	last         platformVerdict
}

type platformVerdict struct {
	lacks string
	err   error
}

func newPlatformJudge(wanted platforms, cache rangeCache) *platformJudge {
	return &platformJudge{wanted: wanted, ranges: cache, verdict: map[string]platformVerdict{}}
}

// lacks returns why an entry with these constraints cannot be chosen, or "". The
// error is about the constraints.
func (j *platformJudge) lacks(constraints []manifest.Constraint) (string, error) {
	if len(constraints) == 0 {
		return "", nil
	}
	j.key = appendKey(j.key[:0], constraints)
	if bytes.Equal(j.key, j.lastKey) {
		return j.last.lacks, j.last.err
	}
	known, ok := j.verdict[string(j.key)]
	if !ok {
		supported, err := platformsOf(constraints, j.ranges)
		if known.err = err; err == nil {
			known.lacks = supported.lacks(j.wanted)
		}
		j.verdict[string(j.key)] = known
	}
	j.last, j.lastKey = known, append(j.lastKey[:0], j.key...)
	return known.lacks, known.err
}

// appendKey appends what is the same for the same constraints only.
func appendKey(key []byte, constraints []manifest.Constraint) []byte {
	text := func(kind byte, value string) {
		key = binary.AppendUvarint(append(key, kind), uint64(len(value)))
		key = append(key, value...)
	}
	for _, constraint := range constraints {
		key = append(key, '\n')
		for _, platform := range constraint.Platform {
			text('p', string(platform))
		}
		if constraint.PlatformVersion != nil {
			text('n', string(constraint.PlatformVersion.Name))
			text('r', constraint.PlatformVersion.Range)
		}
	}
	return key
}
