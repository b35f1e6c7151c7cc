package compare

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/packstage/packstage/manifest"
)

// demands are the constraints of a package, taken together.
type demands struct {
	// platforms are nil where any will do.
	platforms []manifest.Platform
	ranges    map[manifest.Platform][]string
	unique    bool
	// paths lead to what a constraint says first.
	platformPath, uniquePath []any
	rangePaths               map[manifest.Platform][]any
}

func newDemands(constraints []manifest.Constraint) demands {
	d := demands{ranges: map[manifest.Platform][]string{}, rangePaths: map[manifest.Platform][]any{}}
	base := []any{"spec", "constraints"}
	d.platformPath, d.uniquePath = base, base
	for i, constraint := range constraints {
		if len(constraint.Platform) > 0 {
			if d.platforms == nil {
				d.platforms = constraint.Platform
			} else { // each constraint has to be met
				d.platforms = slices.DeleteFunc(slices.Clone(d.platforms), func(p manifest.Platform) bool {
					return !slices.Contains(constraint.Platform, p)
				})
			}
			d.platformPath = extend(base, i, "platform")
		}
		if v := constraint.PlatformVersion; v != nil {
			d.ranges[v.Name] = append(d.ranges[v.Name], v.Range)
			d.rangePaths[v.Name] = extend(base, i, "platformVersion", "range")
		}
		if constraint.UniqueInScope != nil {
			d.unique = true
			d.uniquePath = extend(base, i, "uniqueInScope")
		}
	}
	return d
}

func (d demands) supports(platform manifest.Platform) bool {
	return d.platforms == nil || slices.Contains(d.platforms, platform)
}

func (c *manifestComparison) constraints() {
	a, b := newDemands(c.a.Spec.Constraints), newDemands(c.b.Spec.Constraints)
	for _, platform := range []manifest.Platform{manifest.PlatformKubernetes, manifest.PlatformOpenShift} {
		switch was, is := a.supports(platform), b.supports(platform); {
		case was && !is:
			c.emit(PlatformRemoved, Breaking, b.platformPath, string(platform), nil, "the platform %s is not supported any more", platform)
		case !was && is:
			c.emit(PlatformAdded, Compatible, b.platformPath, nil, string(platform), "the platform %s is supported", platform)
		}
		c.platformRange(platform, a, b)
	}
	switch {
	case !a.unique && b.unique:
		c.emit(UniqueRequired, Breaking, b.uniquePath, nil, nil, "only one instance may be in a scope: where there are more, they cannot be upgraded")
	case a.unique && !b.unique:
		c.gone(UniqueNotRequired, Compatible, a.uniquePath, nil, "several instances may be in a scope")
	}
}

func (c *manifestComparison) platformRange(platform manifest.Platform, a, b demands) {
	before, after := a.ranges[platform], b.ranges[platform]
	if slices.Equal(before, after) {
		return
	}
	path, side := b.rangePaths[platform], SideB
	if path == nil {
		path, side = a.rangePaths[platform], SideA
	}
	was, is := rangeText(before), rangeText(after)
	if lost := firstOutside(after, before); lost != "" {
		c.emit(PlatformRangeNarrowed, Breaking, path, was, is, "supports %s %s where it supported %s: %s is not supported any more", platform, is, was, lost)
	} else if firstOutside(before, after) != "" {
		c.emit(PlatformRangeWidened, Compatible, path, was, is, "supports %s %s where it supported %s", platform, is, was)
	} else {
		return // the same in other words
	}
	c.changes[len(c.changes)-1].Side = side
}

func rangeText(ranges []string) string {
	if len(ranges) == 0 {
		return "in any version"
	}
	return strings.Join(ranges, " and ")
}

// firstOutside returns the first version that is in all of the inner ranges and not
// in all of the outer ones, or "". Ranges begin and end at versions that they name, or
// at the next patch, minor or major version, so no others have to be asked.
func firstOutside(outer, inner []string) string {
	outside, inside := constraintsOf(outer), constraintsOf(inner)
	holds := func(all []*semver.Constraints, v *semver.Version) bool {
		return !slices.ContainsFunc(all, func(one *semver.Constraints) bool { return !one.Check(v) })
	}
	for _, version := range turningPoints(append(slices.Clone(outer), inner...)) {
		if holds(inside, version) && !holds(outside, version) {
			return version.String()
		}
	}
	return ""
}

// constraintsOf parses ranges; what is no range bounds nothing.
func constraintsOf(ranges []string) []*semver.Constraints {
	var parsed []*semver.Constraints
	for _, text := range ranges {
		if one, err := semver.NewConstraint(text); err == nil {
			parsed = append(parsed, one)
		}
	}
	return parsed
}

// mostPoints bounds the versions that are asked about: whoever writes the ranges
// decides how many there are.
const mostPoints = 2_000

func turningPoints(ranges []string) []*semver.Version {
	numbers := regexp.MustCompile(`([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?`)
	points := []*semver.Version{semver.New(0, 0, 0, "", ""), semver.New(0, 0, 1, "", ""), semver.New(0, 1, 0, "", ""), semver.New(1, 0, 0, "", "")}
	for _, text := range ranges {
		for _, match := range numbers.FindAllStringSubmatch(text, mostPoints) {
			var v [3]uint64
			for i := range v {
				v[i], _ = strconv.ParseUint(match[i+1], 10, 32) // what is missing, or larger than any version, is 0
			}
			points = append(points, semver.New(v[0], v[1], v[2], "", ""), semver.New(v[0], v[1], v[2]+1, "", ""),
				semver.New(v[0], v[1]+1, 0, "", ""), semver.New(v[0]+1, 0, 0, "", ""))
		}
	}
	slices.SortFunc(points, func(a, b *semver.Version) int { return a.Compare(b) })
	points = slices.CompactFunc(points, func(a, b *semver.Version) bool { return a.Equal(b) })
	return points[:min(len(points), mostPoints)]
}
