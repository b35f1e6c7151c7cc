package diagnostic

import (
	"math"
	"slices"
	"strings"
)

// Suggest returns the known name that is nearest to a misspelled one, and false
// where none is near enough to be worth saying. Names that differ only in case
// or in '-' and '_' are always near; names that have nothing in common never
// are, however short. Ties go to the name that sorts first.
func Suggest(name string, known []string) (string, bool) {
	best, bestDistance := "", 1+max(1, len(name)/3)
	folded := fold(name)
	for _, candidate := range slices.Sorted(slices.Values(known)) {
		if candidate == name || candidate == "" {
			continue
		}
		other := fold(candidate)
		distance := editDistance(folded, other)
		if distance > 0 && distance >= max(len(folded), len(other)) {
			continue
		}
		if distance < bestDistance {
			best, bestDistance = candidate, distance
		}
	}
	return best, best != ""
}

// DidYouMean returns a hint that names the nearest known name, or lists the
// known names where they are few, or is empty.
func DidYouMean(name string, known []string) string {
	if nearest, ok := Suggest(name, known); ok {
		return `did you mean "` + nearest + `"?`
	}
	if len(known) == 0 || len(known) > 12 {
		return ""
	}
	return "known: " + strings.Join(slices.Sorted(slices.Values(known)), ", ")
}

var separators = strings.NewReplacer("-", "", "_", "")

func fold(name string) string { return separators.Replace(strings.ToLower(name)) }

// editDistance is the optimal string alignment distance: insertions, deletions,
// substitutions and swaps of neighbours each cost one. Different names of which
// one is very long are infinitely far apart.
func editDistance(a, b string) int {
	const longest = 64 // no field name is longer; keeps hostile input cheap
	if a == b {
		return 0
	}
	if len(a) > longest || len(b) > longest {
		return math.MaxInt
	}
	var rows [3][longest + 1]int
	before, previous, current := rows[0][:], rows[1][:], rows[2][:]
	for j := range len(b) + 1 {
		previous[j] = j
	}
	for i := 1; i <= len(a); i++ {
		current[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			current[j] = min(previous[j]+1, current[j-1]+1, previous[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				current[j] = min(current[j], before[j-2]+1)
			}
		}
		before, previous, current = previous, current, before
	}
	return previous[len(b)]
}
