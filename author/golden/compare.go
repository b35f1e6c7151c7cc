package golden

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"github.com/packstage/packstage/internal/linediff"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// Kind says how a golden file and what is rendered differ.
type Kind int

const (
	// Missing is a file that is rendered, without a golden file.
	Missing Kind = iota
	// Changed is a file whose golden file says something else.
	Changed
	// Superfluous is a golden file for which nothing is rendered.
	Superfluous
)

// String returns "missing", "changed" or "superfluous".
func (k Kind) String() string {
	switch k {
	case Missing:
		return "missing"
	case Changed:
		return "changed"
	default:
		return "superfluous"
	}
}

// MarshalText encodes the kind as its name.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Difference is one golden file that does not say what is rendered.
type Difference struct {
	Kind Kind
	// Path of the file below the folder of the case, and in what is rendered.
	Path string
	// Source is the file of the package that it is rendered from; empty where
	// nothing is.
	Source string
	// Golden and Rendered are the contents; nil where there is none.
	Golden, Rendered []byte
}

// Compare returns what differs between golden files and what is rendered, in the
// order of the paths. Files are compared byte for byte.
func Compare(files Files, rendered []packageloader.RenderedFile) []Difference {
	var differences []Difference
	known := map[string]bool{}
	for _, file := range rendered {
		known[file.Path] = true
		content, exists := files[file.Path]
		difference := Difference{Path: file.Path, Source: file.Source, Golden: content, Rendered: file.Content}
		switch {
		case !exists:
			difference.Kind = Missing
		case bytes.Equal(content, file.Content):
			continue
		default:
			difference.Kind = Changed
		}
		differences = append(differences, difference)
	}
	for _, path := range slices.Sorted(maps.Keys(files)) {
		if !known[path] {
			differences = append(differences, Difference{Kind: Superfluous, Path: path, Golden: files[path]})
		}
	}
	slices.SortFunc(differences, func(a, b Difference) int { return packagetypes.ComparePaths(a.Path, b.Path) })
	return differences
}

// Unified returns the difference in the unified form, from the golden file to what
// is rendered, as patch reads it.
func (d Difference) Unified() string {
	old, new := "golden/"+d.Path, "rendered/"+d.Path
	if d.Kind == Missing {
		old = "/dev/null"
	}
	if d.Kind == Superfluous {
		new = "/dev/null"
	}
	return linediff.Unified(old, new, d.Golden, d.Rendered)
}

// Summary says in words how many lines are added and removed.
func (d Difference) Summary() string {
	added, removed := 0, 0
	for _, hunk := range linediff.Hunks(d.Golden, d.Rendered) {
		for _, line := range hunk.Lines {
			switch line.Kind {
			case linediff.Added:
				added++
			case linediff.Removed:
				removed++
			}
		}
	}
	return fmt.Sprintf("%s added, %s removed", lines(added), lines(removed))
}

func lines(count int) string {
	if count == 1 {
		return "1 line"
	}
	return fmt.Sprintf("%d lines", count)
}
