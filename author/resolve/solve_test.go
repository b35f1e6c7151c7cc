package resolve_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/resolve"
	"github.com/packstage/packstage/manifest"
)

var update = flag.Bool("update", false, "write the golden files")

func digest(build int) string { return fmt.Sprintf("sha256:%064x", build) }

// repositoryOf makes an index from lines of "package image build versions...";
// what follows "for" are constraints: "Kubernetes", or "Kubernetes=>=1.30".
func repositoryOf(name string, lines ...string) resolve.Repository {
	index := &manifest.RepositoryIndex{}
	index.Repository.Metadata.Name = name
	for _, line := range lines {
		line, constraints, _ := strings.Cut(line, " for ")
		fields := strings.Fields(line)
		data := manifest.RepositoryEntryData{
			Name: fields[0], Image: "registry.example.com/" + fields[1], Digest: fmt.Sprintf("%064s", fields[2]), Versions: fields[3:],
		}
		data.Constraints = constraintsOf(constraints)
		index.Entries = append(index.Entries, manifest.RepositoryEntry{Data: data})
	}
	return resolve.Repository{Index: index, Source: name + ".yaml"}
}

func constraintsOf(text string) []manifest.Constraint {
	var constraints []manifest.Constraint
	for field := range strings.FieldsSeq(text) {
		name, versions, ranged := strings.Cut(field, "=")
		if ranged {
			constraints = append(constraints, manifest.Constraint{
				PlatformVersion: &manifest.PlatformVersion{Name: manifest.Platform(name), Range: versions},
			})
			continue
		}
		constraints = append(constraints, manifest.Constraint{Platform: []manifest.Platform{manifest.Platform(name)}})
	}
	return constraints
}

// dependenciesOf makes dependencies from "name package range".
func dependenciesOf(lines ...string) []manifest.DependencyImage {
	var dependencies []manifest.DependencyImage
	for _, line := range lines {
		fields := strings.SplitN(line, " ", 3)
		dependencies = append(dependencies, manifest.DependencyImage{Name: fields[0], Package: fields[1], Range: fields[2]})
	}
	return dependencies
}

// lockedAs makes entries of a lock from "name image build version".
func lockedAs(lines ...string) []manifest.LockedDependency {
	var entries []manifest.LockedDependency
	for _, line := range lines {
		fields := strings.Fields(line)
		entries = append(entries, manifest.LockedDependency{
			Name: fields[0], Image: "registry.example.com/" + fields[1], Digest: fmt.Sprintf("sha256:%064s", fields[2]), Version: fields[3],
		})
	}
	return entries
}

var apps = repositoryOf("apps",
	"postgres pg 1 v15.4.0 v16.0.0 v16.1.0", "postgres pg 2 16.2.0 for Kubernetes=>=1.30", "postgres pg 3 v17.0.0-rc.1 v17.0.0 v17.1.0",
	"redis redis 4 7.2.0 7.4.0", "redis redis 5 8.0.0 for OpenShift", "beta beta 6 1.0.0-rc.1 1.0.0-rc.2", "odd odd 7 latest 1.0.0")

// solved are the cases of the golden file: what is chosen and how it is explained.
var solved = []struct {
	name    string
	request resolve.Request
}{
	{"newest of several", resolve.Request{Dependencies: dependenciesOf("db postgres.apps ^16"), Repositories: []resolve.Repository{apps}}},
	{"an empty range is any release", resolve.Request{Dependencies: dependenciesOf("db postgres.apps "), Repositories: []resolve.Repository{apps}}},
	{"platform versions", resolve.Request{
		Dependencies: dependenciesOf("db postgres.apps ^16"), Repositories: []resolve.Repository{apps}, Constraints: constraintsOf("Kubernetes=>=1.28"),
	}},
	{"platform versions that are covered", resolve.Request{
		Dependencies: dependenciesOf("db postgres.apps ^16"), Repositories: []resolve.Repository{apps}, Constraints: constraintsOf("Kubernetes=>=1.31"),
	}},
	{"a platform without versions", resolve.Request{
		Dependencies: dependenciesOf("db postgres.apps ^16", "cache redis.apps >=7"), Repositories: []resolve.Repository{apps}, Constraints: constraintsOf("Kubernetes"),
	}},
	{"two that have to agree", resolve.Request{
		Dependencies: dependenciesOf("db postgres.apps >=15", "archive postgres.apps <16.2", "cache redis.apps ^7"), Repositories: []resolve.Repository{apps},
	}},
	{"two that cannot agree", resolve.Request{
		Dependencies: dependenciesOf("db postgres.apps ^16", "archive postgres.apps ^15"), Repositories: []resolve.Repository{apps},
	}},
	{"no version in the range", resolve.Request{Dependencies: dependenciesOf("db postgres.apps ^9"), Repositories: []resolve.Repository{apps}}},
	{"only pre-releases", resolve.Request{Dependencies: dependenciesOf("b beta.apps ^1.0.0"), Repositories: []resolve.Repository{apps}}},
	{"pre-releases that are asked for", resolve.Request{Dependencies: dependenciesOf("b beta.apps >=1.0.0-0"), Repositories: []resolve.Repository{apps}}},
	{"a version that is none", resolve.Request{Dependencies: dependenciesOf("o odd.apps *"), Repositories: []resolve.Repository{apps}}},
	{"unknown package", resolve.Request{Dependencies: dependenciesOf("db postgras.apps ^16"), Repositories: []resolve.Repository{apps}}},
	{"unknown repository", resolve.Request{Dependencies: dependenciesOf("db postgres.main ^16"), Repositories: []resolve.Repository{apps}}},
	{"no repositories", resolve.Request{Dependencies: dependenciesOf("db postgres.apps ^16")}},
	{"invalid range", resolve.Request{Dependencies: dependenciesOf("db postgres.apps sixteen", "archive postgres.apps ^15"), Repositories: []resolve.Repository{apps}}},
	{"invalid range of a platform", resolve.Request{
		Dependencies: dependenciesOf("db postgres.apps ^16"), Repositories: []resolve.Repository{apps}, Constraints: constraintsOf("Kubernetes=new"),
	}},
	{"repositories of one name that disagree", resolve.Request{
		Dependencies: dependenciesOf("db postgres.apps ^17", "old postgres.apps >=17.1"),
		Repositories: []resolve.Repository{apps, repositoryOf("apps", "postgres other 9 17.1.0")},
	}},
	{"repositories of one name that disagree about another version", resolve.Request{
		Dependencies: dependenciesOf("db postgres.apps ^17"),
		Repositories: []resolve.Repository{apps, repositoryOf("apps", "postgres other 9 17.1.0")},
	}},
	{"the first repository's image of the same version and digest", resolve.Request{
		Dependencies: dependenciesOf("db postgres.apps ^17"),
		Repositories: []resolve.Repository{repositoryOf("apps", "postgres mirror/pg 3 17.1.0"), apps},
	}},
	{"kept", resolve.Request{
		Dependencies: dependenciesOf("db postgres.apps ^16"), Repositories: []resolve.Repository{apps}, Locked: lockedAs("db pg 1 16.0.0"),
	}},
	{"kept, and the new one too", resolve.Request{
		Dependencies: dependenciesOf("db postgres.apps ^16", "archive postgres.apps >=15"), Repositories: []resolve.Repository{apps}, Locked: lockedAs("db pg 1 16.0.0"),
	}},
	{"upgraded, with what shares its version", resolve.Request{
		Dependencies: dependenciesOf("db postgres.apps ^16", "archive postgres.apps >=15", "cache redis.apps *"), Repositories: []resolve.Repository{apps},
		Locked: lockedAs("db pg 1 16.0.0", "archive pg 1 16.0.0", "cache redis 4 7.2.0"), Upgrade: []string{"archive"},
	}},
	{"kept although it was withdrawn", resolve.Request{
		Dependencies: dependenciesOf("db postgres.apps ^16"), Repositories: []resolve.Repository{apps}, Locked: lockedAs("db pg 8 16.1.5"),
	}},
	{"kept although it is another image now", resolve.Request{
		Dependencies: dependenciesOf("db postgres.apps ^16"), Repositories: []resolve.Repository{apps}, Locked: lockedAs("db pg 8 16.1.0"),
	}},
	{"not kept: the range was changed", resolve.Request{
		Dependencies: dependenciesOf("db postgres.apps ^16"), Repositories: []resolve.Repository{apps}, Locked: lockedAs("db pg 1 15.4.0"),
	}},
	{"not kept: the package was changed", resolve.Request{
		Dependencies: dependenciesOf("db postgres.apps *"), Repositories: []resolve.Repository{apps}, Locked: lockedAs("db redis 4 7.4.0"),
	}},
	{"not kept: the platforms were changed", resolve.Request{
		Dependencies: dependenciesOf("cache redis.apps *"), Repositories: []resolve.Repository{apps}, Locked: lockedAs("cache redis 5 8.0.0"),
		Constraints: constraintsOf("Kubernetes"),
	}},
}

func TestSolve(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, test := range solved {
		fmt.Fprintf(&b, "== %s\n", test.name)
		for _, choice := range resolve.Solve(test.request) {
			fmt.Fprintf(&b, "%s: %s %s %s\n", choice.Name, choice.Outcome, choice.Version, strings.TrimPrefix(choice.Image, "registry.example.com/"))
			for _, sentence := range choice.Explanation() {
				fmt.Fprintf(&b, "  %s\n", sentence)
			}
			if choice.Failure != nil {
				fmt.Fprintf(&b, "  [%s] %s (%s): %s\n", choice.Failure.Code, choice.Failure.Message, choice.Failure.Field, choice.Failure.Hint)
			}
		}
	}
	path := filepath.Join("testdata", "solve.golden")
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), b.String(), "run: go test ./author/resolve -update")
}

func TestDigestsGetTheirAlgorithm(t *testing.T) {
	t.Parallel()
	choices := resolve.Solve(resolve.Request{Dependencies: dependenciesOf("db postgres.apps ^16"), Repositories: []resolve.Repository{apps}})
	assert.Equal(t, manifest.LockedDependency{
		Name: "db", Image: "registry.example.com/pg", Digest: digest(2), Version: "16.2.0",
	}, choices[0].Locked())
}

func TestChoicesAsJSON(t *testing.T) {
	t.Parallel()
	choices := resolve.Solve(resolve.Request{Dependencies: dependenciesOf("db postgres.apps 16.0.x"), Repositories: []resolve.Repository{apps}})
	encoded, err := json.Marshal(choices[0])
	require.NoError(t, err)
	var decoded map[string]any
	require.NoError(t, json.Unmarshal(encoded, &decoded))
	assert.Equal(t, "16.0.0", decoded["version"])
	assert.Equal(t, "apps.yaml", decoded["repository"])
	assert.EqualValues(t, 7, decoded["known"])
	assert.Equal(t, map[string]any{
		"version": "17.0.0-rc.1", "cause": "range", "by": []any{"db"}, "reason": "is not in 16.0.x of db",
	}, decoded["excluded"].([]any)[2])
}
