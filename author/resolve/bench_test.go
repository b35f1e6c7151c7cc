package resolve

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/manifest"
)

// largeRequest asks for packages that have many versions each, in one range of
// four.
func largeRequest(packages, versions int) Request {
	index := &manifest.RepositoryIndex{}
	index.Repository.Metadata.Name = "main"
	request := Request{
		Repositories: []Repository{{Index: index, Source: "main.yaml"}},
		Constraints: []manifest.Constraint{{
			Platform:        []manifest.Platform{manifest.PlatformKubernetes},
			PlatformVersion: &manifest.PlatformVersion{Name: manifest.PlatformKubernetes, Range: ">=1.30"},
		}},
	}
	for p := range packages {
		name := fmt.Sprintf("package%d", p)
		request.Dependencies = append(request.Dependencies, manifest.DependencyImage{Name: name, Package: name + ".main", Range: "^2.1"})
		for v := range versions {
			index.Entries = append(index.Entries, manifest.RepositoryEntry{Data: manifest.RepositoryEntryData{
				Name: name, Image: "registry.example.com/" + name, Digest: digest(p*versions + v),
				Versions: []string{fmt.Sprintf("v%d.%d.%d", v%4, v/4%5, v/20)},
				Constraints: []manifest.Constraint{{
					PlatformVersion: &manifest.PlatformVersion{Name: manifest.PlatformKubernetes, Range: ">=1.28"},
				}},
			}})
		}
	}
	return request
}

func BenchmarkSolve(b *testing.B) {
	request := largeRequest(1000, 100)
	b.ReportAllocs()
	for b.Loop() {
		Solve(request)
	}
}

func BenchmarkSolveLocked(b *testing.B) {
	request := largeRequest(1000, 100)
	request.Locked = locked(Solve(request))
	b.ReportAllocs()
	for b.Loop() {
		Solve(request)
	}
}

func TestLargeRequest(t *testing.T) {
	t.Parallel()
	for _, choice := range Solve(largeRequest(50, 100)) {
		require.Equal(t, Chosen, choice.Outcome)
		require.Equal(t, "2.4.4", choice.Version)
		require.Equal(t, 100, choice.Known)
		require.Equal(t, 20, choice.Satisfying)
		require.Len(t, choice.Excluded, 25)
	}
}
