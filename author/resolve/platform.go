package resolve

import (
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
func platformsOf(constraints []manifest.Constraint) (platforms, error) {
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
			parsed, err := parseRange(constraint.PlatformVersion.Range)
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
