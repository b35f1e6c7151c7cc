package diagnostic_test

import (
	"errors"
	"fmt"

	"github.com/packstage/packstage/diagnostic"
)

// load stands for any function that reports what is wrong with a package.
func load() error {
	return diagnostic.Diagnostics{
		{
			Code:     diagnostic.ManifestUnknownField,
			Position: diagnostic.Position{File: "manifest.yaml", Line: 7, Column: 3},
			Field:    "spec.pahses",
			Message:  "unknown field",
			Hint:     diagnostic.DidYouMean("pahses", []string{"phases", "scopes"}),
		},
		{
			Code:     diagnostic.LockMissing,
			Severity: diagnostic.Warning,
			Message:  "spec.images without a lock",
		},
	}.Sorted().Err()
}

func ExampleDiagnostics() {
	var findings diagnostic.Diagnostics
	if errors.As(load(), &findings) {
		for _, finding := range findings {
			fmt.Println(finding)
		}
	}
	// Output:
	// warning: spec.images without a lock [lock-missing]
	// manifest.yaml:7:3: spec.pahses: unknown field (did you mean "phases"?) [manifest-unknown-field]
}

func ExampleCode() {
	err := fmt.Errorf("load my-package: %w", load())
	fmt.Println(errors.Is(err, diagnostic.ManifestUnknownField))
	fmt.Println(errors.Is(err, diagnostic.ManifestMissing))
	// Output:
	// true
	// false
}

func ExampleFrom() {
	for _, err := range []error{load(), errors.New("connection refused")} {
		if findings, ok := diagnostic.From(err); ok {
			fmt.Println("wrong with the package:", len(findings))
		} else {
			fmt.Println("trouble with the outside world:", err)
		}
	}
	// Output:
	// wrong with the package: 2
	// trouble with the outside world: connection refused
}

func ExampleSuggest() {
	nearest, ok := diagnostic.Suggest("replcas", []string{"image", "replicas"})
	fmt.Println(nearest, ok)
	// Output: replicas true
}

func ExampleDidYouMean() {
	fmt.Println(diagnostic.DidYouMean("clusterscoped", []string{"Cluster", "Namespaced"}))
	fmt.Println(diagnostic.DidYouMean("namspaced", []string{"Cluster", "Namespaced"}))
	// Output:
	// known: Cluster, Namespaced
	// did you mean "Namespaced"?
}
