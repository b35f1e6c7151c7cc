package resolve

import (
	"fmt"
	"slices"
	"strings"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
)

// Solve resolves dependencies. The choices are in the order of the dependencies,
// one for each; those that could not be resolved say why. It is a pure function,
// and changes nothing of the request.
func Solve(request Request) []Choice {
	s := solver{
		request: request, index: newIndex(request.Repositories), ranges: rangeCache{},
		choices: make([]Choice, len(request.Dependencies)),
	}
	for i, dependency := range request.Dependencies {
		s.choices[i] = Choice{Name: dependency.Name, Package: dependency.Package, Range: dependency.Range}
	}
	wanted, err := platformsOf(request.Constraints, s.ranges)
	if err != nil {
		s.failAll(Failure{Code: diagnostic.ManifestInvalidValue, Field: "package", Message: fmt.Sprintf("spec.constraints: %v", err)})
		return s.choices
	}
	s.judge = newPlatformJudge(wanted, s.ranges)
	s.locked = make(map[string]manifest.LockedDependency, len(request.Locked))
	for _, entry := range request.Locked {
		s.locked[entry.Name] = entry
	}
	for _, members := range groups(request.Dependencies) {
		s.solve(members)
	}
	return s.choices
}

type solver struct {
	request Request
	index   index
	ranges  rangeCache
	judge   *platformJudge
	locked  map[string]manifest.LockedDependency
	choices []Choice

	// arena, candidates and images are the memory of the last offer.
	arena      []candidate
	candidates []*candidate
	images     []image
}

// groups returns the positions of the dependencies on each package.
func groups(dependencies []manifest.DependencyImage) [][]int {
	var all [][]int
	position := make(map[string]int, len(dependencies))
	for i, dependency := range dependencies {
		at, ok := position[dependency.Package]
		if !ok {
			at = len(all)
			position[dependency.Package] = at
			all = append(all, nil)
		}
		all[at] = append(all[at], i)
	}
	return all
}

func (s *solver) failAll(failure Failure) {
	for i := range s.choices {
		s.choices[i].Outcome, s.choices[i].Failure = Failed, &failure
	}
}

// group is the dependencies on one package.
type group struct {
	members []int
	names   []string
	ranges  []*versionRange
	// text is the ranges for people, and outsideText what is said of versions that
	// the only one does not hold.
	text, outsideText string
}

// solve resolves the dependencies on one package.
func (s *solver) solve(members []int) {
	g := group{members: members}
	failed := false
	for _, i := range members {
		dependency := s.request.Dependencies[i]
		parsed, err := s.ranges.parse(dependency.Range)
		if err != nil {
			failed = true
			s.fail(i, Failure{
				Code: diagnostic.ManifestInvalidValue, Field: "range",
				Message: fmt.Sprintf("%q is not a semantic version range", dependency.Range),
				Hint:    `for example ">=1.28.0" or "^2.1"`,
			})
			continue
		}
		g.names, g.ranges = append(g.names, dependency.Name), append(g.ranges, parsed)
	}
	if failed {
		s.failRest(members)
		return
	}
	g.text = g.rangesText()
	g.outsideText = "is not in " + g.text + " of " + g.names[0]
	s.describe(g)
	found := s.index[s.request.Dependencies[members[0]].Package]
	if found == nil {
		for _, i := range members {
			s.fail(i, s.unknownPackage(s.request.Dependencies[i].Package))
		}
		return
	}
	s.choose(g, s.offer(*found))
}

// failRest fails the members of a group in which another one is invalid: what
// they share a version with is not known.
func (s *solver) failRest(members []int) {
	for _, i := range members {
		if s.choices[i].Failure == nil {
			s.fail(i, Failure{
				Code: diagnostic.DependencyUnsatisfiable, Field: "package",
				Message: fmt.Sprintf("shares the version of %s with a dependency whose range is invalid", s.choices[i].Package),
				Hint:    "correct that range",
			})
		}
	}
}

func (s *solver) fail(i int, failure Failure) {
	s.choices[i].Outcome, s.choices[i].Failure = Failed, &failure
}

func (s *solver) describe(g group) {
	for position, i := range g.members {
		s.choices[i].demands = g.text
		if len(s.judge.wanted.named()) > 0 {
			s.choices[i].demands += " and spec.constraints"
		}
		if len(g.members) > 1 {
			s.choices[i].With = slices.Delete(slices.Clone(g.names), position, position+1)
		}
	}
}

// rangesText names the ranges: "^2", or "^2 of web and <3 of api".
func (g group) rangesText() string {
	if len(g.ranges) == 1 {
		return g.ranges[0].text
	}
	texts := make([]string, len(g.ranges))
	for i := range g.ranges {
		texts[i] = g.ranges[i].text + " of " + g.names[i]
	}
	return strings.Join(texts, " and ")
}

// choose picks the version for a group: one of the lock, or the newest.
func (s *solver) choose(g group, offered offer) {
	kept, isKept := s.keep(g, offered)
	var (
		chosen     = -1
		satisfying int
		excluded   []Exclusion
	)
	for i, c := range offered.candidates {
		exclusion, out := g.exclude(c)
		switch {
		case !out:
			satisfying++
			if chosen < 0 {
				chosen = i
			}
		case chosen < 0 && (!isKept || c.version.compare(&kept.version) > 0):
			excluded = append(excluded, exclusion)
		}
	}
	excluded = append(excluded, offered.unusable...)
	for _, i := range g.members {
		choice := &s.choices[i]
		choice.Known, choice.Satisfying, choice.Excluded = len(offered.candidates)+len(offered.unusable), satisfying, excluded
		if chosen >= 0 {
			choice.Newest = offered.candidates[chosen].version.text
		}
		switch {
		case isKept:
			s.setKept(choice, kept, offered)
		case chosen >= 0:
			c := offered.candidates[chosen]
			choice.Outcome, choice.Version = Chosen, c.version.text
			choice.Image, choice.Digest, choice.Repository = c.name, c.digest, c.repository
		default:
			s.fail(i, g.unsatisfiable(*choice))
		}
	}
}

func (s *solver) setKept(choice *Choice, kept lockedVersion, offered offer) {
	choice.Outcome, choice.Version, choice.Image, choice.Digest = Kept, kept.Version, kept.Image, kept.Digest
	c, ok := offered.find(kept.version)
	if !ok {
		choice.Withdrawn = true
		return
	}
	choice.Repository = c.repository
	if !slices.Contains(c.digests(), kept.Digest) {
		choice.MovedTo = c.digest
	}
}

// exclude tells whether a candidate cannot be chosen, and why.
func (g *group) exclude(c *candidate) (Exclusion, bool) {
	if by := g.outside(c.version); by != nil {
		return g.outOfRange(c.version, by), true
	}
	switch {
	case c.lacks != "":
		return Exclusion{Version: c.version.text, Cause: ByPlatform, Reason: c.lacks}, true
	case len(c.others) > 0:
		return Exclusion{
			Version: c.version.text, Cause: ByConflict,
			Reason: "stands for different digests: " + strings.Join(c.digests(), " and "),
		}, true
	}
	return Exclusion{}, false
}

// onlyFirst is the position of the only range, made once; it is never changed.
var onlyFirst = []int{0}

// outside returns the positions of the ranges that do not hold a version.
func (g *group) outside(v version) []int {
	if len(g.ranges) == 1 {
		if g.ranges[0].holds(v) {
			return nil
		}
		return onlyFirst
	}
	var by []int
	for i, one := range g.ranges {
		if !one.holds(v) {
			by = append(by, i)
		}
	}
	return by
}

func (g *group) outOfRange(v version, by []int) Exclusion {
	preRelease := v.isPreRelease()
	for _, position := range by {
		preRelease = preRelease && g.ranges[position].holdsRelease(v.release)
	}
	if len(g.members) == 1 && !preRelease {
		return Exclusion{Version: v.text, Cause: ByRange, By: g.names, Reason: g.outsideText}
	}
	names, texts := make([]string, len(by)), make([]string, len(by))
	for i, position := range by {
		names[i], texts[i] = g.names[position], g.ranges[position].text+" of "+g.names[position]
	}
	if preRelease {
		return Exclusion{
			Version: v.text, Cause: ByPreRelease, By: names,
			Reason: "is a pre-release, which " + strings.Join(texts, " and ") + " does not ask for",
		}
	}
	return Exclusion{Version: v.text, Cause: ByRange, By: names, Reason: "is not in " + strings.Join(texts, " and ")}
}

// keep returns the version of the lock that stays, if one does: the newest of
// those that the group's entries have and that all its ranges hold.
func (s *solver) keep(g group, offered offer) (lockedVersion, bool) {
	var candidates []lockedVersion
	for _, i := range g.members {
		name := s.request.Dependencies[i].Name
		if s.request.UpgradeAll || slices.Contains(s.request.Upgrade, name) {
			return lockedVersion{}, false
		}
		if entry, ok := s.locked[name]; ok {
			if kept, ok := g.satisfying(entry, offered); ok {
				candidates = append(candidates, kept)
			}
		}
	}
	if len(candidates) == 0 {
		return lockedVersion{}, false
	}
	known := func(kept lockedVersion) int {
		if c, ok := offered.find(kept.version); ok && slices.Contains(c.digests(), kept.Digest) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(candidates, func(a, b lockedVersion) int {
		if c := b.version.compare(&a.version); c != 0 {
			return c
		}
		return known(a) - known(b)
	})
	return candidates[0], true
}

// satisfying tells whether an entry of the lock is of the package and may stay.
// A version that the repositories no longer have, or have with another digest,
// may: a lock is there so that such changes do not get in unasked.
func (g *group) satisfying(entry manifest.LockedDependency, offered offer) (lockedVersion, bool) {
	version, err := parseVersion(entry.Version)
	_, known := slices.BinarySearch(offered.images, entry.Image)
	if err != nil || !lockDigest(entry.Digest) || !known || g.outside(version) != nil {
		return lockedVersion{}, false
	}
	if c, ok := offered.find(version); ok && c.lacks != "" {
		return lockedVersion{}, false
	}
	return lockedVersion{LockedDependency: entry, version: version}, true
}
