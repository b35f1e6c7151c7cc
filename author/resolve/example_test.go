package resolve_test

import (
	"fmt"

	"github.com/packstage/packstage/author/resolve"
	"github.com/packstage/packstage/manifest"
)

func ExampleSolve() {
	index := &manifest.RepositoryIndex{}
	index.Repository.Metadata.Name = "apps"
	for i, version := range []string{"2.0.3", "2.1.0", "3.0.0"} {
		index.Entries = append(index.Entries, manifest.RepositoryEntry{Data: manifest.RepositoryEntryData{
			Name: "database", Image: "registry.example.com/database",
			Digest: fmt.Sprintf("sha256:%064x", i), Versions: []string{version},
		}})
	}
	choices := resolve.Solve(resolve.Request{
		Dependencies: []manifest.DependencyImage{
			{Name: "orders", Package: "database.apps", Range: "^2"},
			{Name: "users", Package: "database.apps", Range: "<2.1"},
		},
		Repositories: []resolve.Repository{{Index: index, Source: "apps.yaml"}},
	})
	for _, sentence := range choices[0].Explanation() {
		fmt.Println(sentence)
	}
	// Output:
	// chose 2.0.3: the only one that satisfies ^2 of orders and <2.1 of users
	// 3.0.0 is not in ^2 of orders and <2.1 of users
	// 2.1.0 is not in <2.1 of users
}
