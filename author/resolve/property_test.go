package resolve

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/Masterminds/semver/v3"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/manifest"
)

// universes is the number of random cases of each property.
const universes = 600

// digest returns a digest that says which build it is of.
func digest(build int) string { return fmt.Sprintf("sha256:%064x", build) }

func pick[T any](r *rand.Rand, values ...T) T { return values[r.IntN(len(values))] }

func randomVersion(r *rand.Rand) string {
	text := fmt.Sprintf("%d.%d.%d", r.IntN(4), r.IntN(3), r.IntN(3))
	switch r.IntN(8) {
	case 0:
		text += fmt.Sprintf("-rc.%d", r.IntN(3))
	case 1:
		text += fmt.Sprintf("+build%d", r.IntN(2))
	}
	return text
}

func randomRange(r *rand.Rand) string {
	number := func() string {
		parts := []string{fmt.Sprint(r.IntN(4)), fmt.Sprint(r.IntN(3)), fmt.Sprint(r.IntN(3))}
		text := strings.Join(parts[:1+r.IntN(3)], ".")
		if strings.Count(text, ".") == 2 && r.IntN(6) == 0 {
			text += pick(r, "-0", "-rc.1")
		}
		if strings.Count(text, ".") < 2 && r.IntN(4) == 0 {
			text += pick(r, ".x", ".*")
		}
		return text
	}
	one := func() string {
		switch r.IntN(6) {
		case 0:
			return number() + " - " + number()
		case 1:
			return pick(r, "*", "x", "")
		default:
			return pick(r, "", "=", "!=", ">", "<", ">=", "<=", "~", "^") + number()
		}
	}
	text := one()
	for r.IntN(3) == 0 {
		text = strings.TrimSpace(text + pick(r, " ", ", ", " || ") + one())
	}
	return text
}

func randomConstraints(r *rand.Rand) []manifest.Constraint {
	var constraints []manifest.Constraint
	for range r.IntN(3) {
		var constraint manifest.Constraint
		if r.IntN(2) == 0 {
			constraint.Platform = pick(r,
				[]manifest.Platform{manifest.PlatformKubernetes}, []manifest.Platform{manifest.PlatformOpenShift},
				[]manifest.Platform{manifest.PlatformOpenShift, manifest.PlatformKubernetes})
		}
		if r.IntN(2) == 0 {
			constraint.PlatformVersion = &manifest.PlatformVersion{
				Name:  pick(r, manifest.PlatformKubernetes, manifest.PlatformOpenShift),
				Range: pick(r, ">=1.0", ">=1.1", "^1", "<2", ">=1.0 <1.2", "1.1.x"),
			}
		}
		constraints = append(constraints, constraint)
	}
	return constraints
}

// randomRequest makes a small universe with all that can go wrong in one:
// packages in several repositories, repositories of one name, versions with two
// digests, pre-releases, platforms.
func randomRequest(r *rand.Rand) Request {
	var request Request
	packages := []string{"a", "b", "c"}[:1+r.IntN(3)]
	for i := range 1 + r.IntN(3) {
		repository := Repository{Index: &manifest.RepositoryIndex{}, Source: fmt.Sprintf("repository%d.yaml", i)}
		repository.Index.Repository.Metadata.Name = pick(r, "main", "main", "other")
		for range r.IntN(8) {
			data := manifest.RepositoryEntryData{
				Name: pick(r, packages...), Digest: digest(r.IntN(6)), Constraints: randomConstraints(r),
			}
			data.Image = "registry.example.com/" + pick(r, "x/", "y/") + data.Name
			for range 1 + r.IntN(3) {
				data.Versions = append(data.Versions, pick(r, "", "v")+randomVersion(r))
			}
			repository.Index.Entries = append(repository.Index.Entries, manifest.RepositoryEntry{Data: data})
		}
		request.Repositories = append(request.Repositories, repository)
	}
	if r.IntN(2) == 0 {
		request.Constraints = randomConstraints(r)
	}
	for i := range 1 + r.IntN(4) {
		for {
			dependency := manifest.DependencyImage{
				Name: fmt.Sprintf("d%d", i), Package: pick(r, packages...) + "." + pick(r, "main", "main", "other"), Range: randomRange(r),
			}
			if _, err := parseRange(dependency.Range); err == nil {
				request.Dependencies = append(request.Dependencies, dependency)
				break
			}
		}
	}
	return request
}

// oracle returns the newest version for a dependency, by trying every one with
// the plain library and platforms one release after the other.
func oracle(request Request, dependency manifest.DependencyImage) (best string, digests []string) {
	versions := map[string][]string{}
	refused := map[string]bool{}
	for _, repository := range request.Repositories {
		for _, entry := range repository.Index.Entries {
			if entry.Data.Name+"."+repository.Index.Repository.Metadata.Name != dependency.Package {
				continue
			}
			for _, text := range entry.Data.Versions {
				text = strings.TrimPrefix(text, "v")
				if !slices.Contains(versions[text], entry.Data.Digest) {
					versions[text] = append(versions[text], entry.Data.Digest)
				}
				refused[text] = refused[text] || !runsWhereAsked(entry.Data.Constraints, request.Constraints)
			}
		}
	}
	var newest *semver.Version
	for text, found := range versions {
		version := semver.MustParse(text)
		satisfies := !refused[text] && len(found) == 1
		for _, other := range request.Dependencies {
			if other.Package == dependency.Package {
				satisfies = satisfies && mustConstraint(other.Range).Check(version)
			}
		}
		if !satisfies {
			continue
		}
		if newest == nil || version.GreaterThan(newest) || version.Equal(newest) && version.Metadata() > newest.Metadata() {
			newest, best, digests = version, text, found
		}
	}
	return best, digests
}

func mustConstraint(text string) *semver.Constraints {
	if text == "" {
		text = "*"
	}
	constraint, err := semver.NewConstraint(text)
	if err != nil {
		panic(err)
	}
	return constraint
}

// runsWhereAsked tries all platforms and versions.
func runsWhereAsked(candidate, asked []manifest.Constraint) bool {
	named := map[manifest.Platform]bool{}
	for _, platform := range []manifest.Platform{manifest.PlatformKubernetes, manifest.PlatformOpenShift} {
		listed, lists := true, false
		for _, constraint := range asked {
			if len(constraint.Platform) > 0 {
				lists = true
				listed = listed && slices.Contains(constraint.Platform, platform)
			}
			if constraint.PlatformVersion != nil && constraint.PlatformVersion.Name == platform {
				named[platform] = true
			}
		}
		named[platform] = named[platform] || lists && listed
	}
	allows := func(constraints []manifest.Constraint, platform manifest.Platform, version *semver.Version, lists bool) bool {
		for _, constraint := range constraints {
			if lists && len(constraint.Platform) > 0 && !slices.Contains(constraint.Platform, platform) {
				return false
			}
			if pv := constraint.PlatformVersion; pv != nil && pv.Name == platform {
				if !mustConstraint(pv.Range).Check(version) {
					return false
				}
			}
		}
		return true
	}
	for platform := range named {
		if !named[platform] {
			continue
		}
		for major := range uint64(4) {
			for minor := range uint64(4) {
				version := semver.New(major, minor, 1, "", "")
				if allows(asked, platform, version, false) && !allows(candidate, platform, version, true) {
					return false
				}
			}
		}
		// What is not supported at all is not, even where no version is asked for.
		for _, constraint := range candidate {
			if len(constraint.Platform) > 0 && !slices.Contains(constraint.Platform, platform) {
				return false
			}
		}
	}
	return true
}

func TestAlwaysTheNewestOrNoneAsTheOracleHasIt(t *testing.T) {
	t.Parallel()
	outcomes := map[Outcome]int{}
	for seed := range uint64(universes) {
		request := randomRequest(rand.New(rand.NewPCG(seed, 1)))
		for i, choice := range Solve(request) {
			outcomes[choice.Outcome]++
			want, digests := oracle(request, request.Dependencies[i])
			require.Equal(t, want, choice.Version, "seed %d, %s", seed, choice.Name)
			require.Equal(t, want == "", choice.Outcome == Failed, "seed %d", seed)
			if want == "" {
				require.NotNil(t, choice.Failure, "seed %d", seed)
				require.NotEmpty(t, choice.Failure.Message, "seed %d", seed)
				continue
			}
			require.Nil(t, choice.Failure, "seed %d", seed)
			require.Equal(t, digests[0], choice.Digest, "seed %d", seed)
			requireExclusionsAreTrue(t, request, choice)
		}
	}
	require.Greater(t, outcomes[Chosen], universes/2)
	require.Greater(t, outcomes[Failed], universes/4)
}

// requireExclusionsAreTrue checks that every newer version has a reason, and that
// a range that is blamed does not hold it.
func requireExclusionsAreTrue(t *testing.T, request Request, choice Choice) {
	t.Helper()
	chosen, err := parseVersion(choice.Version)
	require.NoError(t, err)
	for _, exclusion := range choice.Excluded {
		require.NotEmpty(t, exclusion.Reason)
		excluded, err := parseVersion(exclusion.Version)
		require.NoError(t, err)
		require.Positive(t, excluded.compare(&chosen), "%s is not newer than %s", excluded.text, choice.Version)
		for _, by := range exclusion.By {
			i := slices.IndexFunc(request.Dependencies, func(d manifest.DependencyImage) bool { return d.Name == by })
			require.False(t, mustConstraint(request.Dependencies[i].Range).Check(excluded.semver()), "%s is in %s", excluded.text, request.Dependencies[i].Range)
		}
	}
}

// locked returns the lock that the choices make.
func locked(choices []Choice) []manifest.LockedDependency {
	var entries []manifest.LockedDependency
	for _, choice := range choices {
		if choice.Outcome != Failed {
			entries = append(entries, choice.Locked())
		}
	}
	return entries
}

func TestLockingTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	for seed := range uint64(universes) {
		request := randomRequest(rand.New(rand.NewPCG(seed, 2)))
		request.Locked = locked(Solve(request))
		again := Solve(request)
		require.Equal(t, request.Locked, locked(again), "seed %d", seed)
		for _, choice := range again {
			require.Contains(t, []Outcome{Kept, Failed}, choice.Outcome, "seed %d", seed)
		}
	}
}

func TestTheOrderOfRepositoriesAndEntriesChangesNoVersion(t *testing.T) {
	t.Parallel()
	for seed := range uint64(universes) {
		r := rand.New(rand.NewPCG(seed, 3))
		request := randomRequest(r)
		want := Solve(request)
		shuffled := request
		shuffled.Repositories = slices.Clone(request.Repositories)
		r.Shuffle(len(shuffled.Repositories), reflect.Swapper(shuffled.Repositories))
		for i, repository := range shuffled.Repositories {
			index := *repository.Index
			index.Entries = slices.Clone(index.Entries)
			r.Shuffle(len(index.Entries), reflect.Swapper(index.Entries))
			shuffled.Repositories[i].Index = &index
		}
		for i, choice := range Solve(shuffled) {
			require.Equal(t, want[i].Version, choice.Version, "seed %d", seed)
			require.Equal(t, want[i].Digest, choice.Digest, "seed %d", seed)
			require.Equal(t, want[i].Outcome, choice.Outcome, "seed %d", seed)
		}
	}
}

func TestNewVersionsChangeNothingUnasked(t *testing.T) {
	t.Parallel()
	for seed := range uint64(universes) {
		r := rand.New(rand.NewPCG(seed, 4))
		request := randomRequest(r)
		first := Solve(request)
		if slices.ContainsFunc(first, func(c Choice) bool { return c.Outcome == Failed }) {
			continue
		}
		request.Locked = locked(first)
		releaseAll(&request, r)
		require.Equal(t, request.Locked, locked(Solve(request)), "seed %d", seed)
	}
}

// addRelease adds a version to a package.
func addRelease(request *Request, packageName, version string, build int) {
	for i, repository := range request.Repositories {
		name, ok := strings.CutSuffix(packageName, "."+repository.name())
		if !ok {
			continue
		}
		index := *repository.Index
		index.Entries = append(slices.Clone(index.Entries), manifest.RepositoryEntry{Data: manifest.RepositoryEntryData{
			Name: name, Image: "registry.example.com/x/" + name, Digest: digest(build), Versions: []string{version},
		}})
		request.Repositories[i].Index = &index
		return
	}
}

// releaseAll adds a version to every package that is depended on.
func releaseAll(request *Request, r *rand.Rand) {
	for i, dependency := range request.Dependencies {
		addRelease(request, dependency.Package, fmt.Sprintf("%d.9.%d", r.IntN(4), i), 100+i)
	}
}

func TestUpgradeOfOneChangesOnlyOne(t *testing.T) {
	t.Parallel()
	changed := 0
	for seed := range uint64(universes) {
		r := rand.New(rand.NewPCG(seed, 5))
		request := randomRequest(r)
		request.Locked = locked(Solve(request))
		releaseAll(&request, r)
		before := Solve(request)
		one := pick(r, request.Dependencies...)
		request.Upgrade = []string{one.Name}
		for i, choice := range Solve(request) {
			if request.Dependencies[i].Package != one.Package {
				require.Equal(t, before[i], choice, "seed %d", seed)
				continue
			}
			want, _ := oracle(request, request.Dependencies[i])
			require.Equal(t, want, choice.Version, "seed %d", seed)
			if choice.Version != before[i].Version {
				changed++
			}
		}
	}
	require.Positive(t, changed)
}

func TestRangesAnswerAsTheLibrary(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 6))
	for range universes {
		text := randomRange(r)
		if text == "" {
			continue // the library refuses it
		}
		constraint, err := semver.NewConstraint(text)
		parsed, parseErr := parseRange(text)
		require.Equal(t, err == nil, parseErr == nil, "%q", text)
		if err != nil {
			continue
		}
		for major := range uint64(6) {
			for minor := range uint64(5) {
				for patch := range uint64(5) {
					for _, pre := range []string{"", "rc.1", "0"} {
						version := semver.New(major, minor, patch, pre, "")
						want := constraint.Check(version)
						require.Equal(t, want, parsed.holds(versionOf(version)), "%q and %s", text, version)
					}
				}
			}
		}
	}
}

func versionOf(v *semver.Version) version {
	return version{release: release{v.Major(), v.Minor(), v.Patch()}, text: v.String(), full: v}
}

func FuzzVersion(f *testing.F) {
	for _, text := range []string{"1.2.3", "v0.0.1", "01.2.3", "1.2", "1.2.3.4", "1.2.3-rc.1+b", "18446744073709551616.0.0", "999999999999999999.0.10"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		want, wantErr := manifest.ParseRepositoryVersion(text)
		got, err := parseVersion(text)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("%q: %v, but the library says %v", text, err, wantErr)
		}
		if err == nil && (got.semver().Compare(want) != 0 || got.text != want.String()) {
			t.Fatalf("%q is %s, but the library says %s", text, got.semver(), want)
		}
	})
}

func FuzzRange(f *testing.F) {
	for _, text := range []string{"^1.2", ">=1.0.0-0 <2", "1.x || 3.0.0", "1.2 - 1.4.5", "!=2", "~0", "18446744073709551615"} {
		f.Add(text, uint64(1), uint64(2), uint64(3), "")
	}
	f.Fuzz(func(t *testing.T, text string, major, minor, patch uint64, pre string) {
		parsed, err := parseRange(text)
		if err != nil {
			return
		}
		version := semver.New(major, minor, patch, "", "")
		if withPre, err := version.SetPrerelease(pre); err == nil {
			version = &withPre
		}
		if want := parsed.constraint.Check(version); want != parsed.holds(versionOf(version)) {
			t.Fatalf("%q holds %s: the library says %v", text, version, want)
		}
	})
}
