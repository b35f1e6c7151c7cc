package resolve

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// versionRange is a range of semantic versions that answers quickly. It agrees
// with its semver constraint on every version.
//
// Over the versions that are no pre-releases, a range is a union of intervals
// whose ends can only be where one of its numbers says so. So it is asked once at
// each of these points, and every version has the answer of the point before it.
type versionRange struct {
	text       string
	constraint *semver.Constraints
	// points are in ascending order and begin with 0.0.0; inside[i] holds from
	// points[i] to the next.
	points []release
	inside []bool
}

// release is a version that is no pre-release.
type release [3]uint64

func (r *release) compare(other *release) int {
	for i := range r {
		switch {
		case r[i] < other[i]:
			return -1
		case r[i] > other[i]:
			return 1
		}
	}
	return 0
}

func (r release) semver() *semver.Version { return semver.New(r[0], r[1], r[2], "", "") }

// anyVersion is what an empty range means.
const anyVersion = "*"

// rangeCache parses each range once: the entries of a repository share most.
type rangeCache map[string]*versionRange

func (c rangeCache) parse(text string) (*versionRange, error) {
	if parsed, ok := c[text]; ok {
		return parsed, nil
	}
	parsed, err := parseRange(text)
	if err == nil {
		c[text] = parsed
	}
	return parsed, err
}

// parseRange parses a range; an empty one holds every release.
func parseRange(text string) (*versionRange, error) {
	if text == "" {
		text = anyVersion
	}
	constraint, err := semver.NewConstraint(text)
	if err != nil {
		return nil, err
	}
	parsed := &versionRange{text: text, constraint: constraint, points: points(text)}
	parsed.inside = make([]bool, len(parsed.points))
	for i, point := range parsed.points {
		parsed.inside[i] = constraint.Check(point.semver())
	}
	return parsed, nil
}

// holds reports whether a version is in the range.
func (r *versionRange) holds(v version) bool {
	if v.isPreRelease() {
		return r.constraint.Check(v.full)
	}
	return r.holdsRelease(v.release)
}

func (r *versionRange) holdsRelease(v release) bool {
	i := len(r.points) - 1
	for r.points[i].compare(&v) > 0 { // few points, and the first is 0.0.0
		i--
	}
	return r.inside[i]
}

// numbers finds the versions in a range, whatever operator stands before them.
var numbers = regexp.MustCompile(`([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?`)

// points returns where the ranges of the text may begin and end: at a version
// that it names, or at the next patch, minor or major version.
func points(texts ...string) []release {
	found := []release{{}, {0, 0, 1}, {0, 1, 0}, {1, 0, 0}} // what stands for no number is 0
	for _, text := range texts {
		for _, match := range numbers.FindAllStringSubmatch(text, -1) {
			var v release
			for i := range v {
				v[i], _ = strconv.ParseUint(match[i+1], 10, 64) // what is missing, or too large for any version, is 0
			}
			found = append(found, v, release{v[0], v[1], v[2] + 1}, release{v[0], v[1] + 1}, release{v[0] + 1})
		}
	}
	slices.SortFunc(found, func(a, b release) int { return a.compare(&b) })
	return slices.Compact(found)
}

// ranges are ranges that hold together: a version is in them if it is in each.
type ranges []*versionRange

// contain reports whether every release that other holds is one that r holds. It
// sweeps over the points where one of them begins or ends, once: whoever wrote the
// ranges decides how many there are.
func (r ranges) contain(other ranges) bool {
	changes := r.changes(other.changes(nil, &other), &r)
	slices.SortFunc(changes, func(a, b change) int { return a.at.compare(&b.at) })
	outside := map[*ranges]int{} // how many do not hold the point that the sweep is at
	for i, change := range changes {
		outside[change.of] += change.outside
		last := i+1 == len(changes) || changes[i+1].at != change.at
		if last && outside[&other] == 0 && outside[&r] > 0 {
			return false
		}
	}
	return true
}

// change is a point from which on one range more, or less, does not hold.
type change struct {
	at      release
	of      *ranges
	outside int
}

// changes appends those of the ranges to others; below 0.0.0 all of them hold.
func (r ranges) changes(others []change, of *ranges) []change {
	for _, one := range r {
		inside := true
		for i, point := range one.points {
			if one.inside[i] == inside {
				continue
			}
			if inside = one.inside[i]; inside {
				others = append(others, change{point, of, -1})
			} else {
				others = append(others, change{point, of, 1})
			}
		}
	}
	return others
}

// mostNamed keeps messages about many ranges readable.
const mostNamed = 8

func (r ranges) String() string {
	if len(r) == 0 {
		return "any version"
	}
	var texts []string
	for _, one := range r[:min(len(r), mostNamed)] {
		texts = append(texts, one.text)
	}
	text := strings.Join(texts, " and ")
	if len(r) > mostNamed {
		text += fmt.Sprintf(" and %d more ranges", len(r)-mostNamed)
	}
	return text
}
