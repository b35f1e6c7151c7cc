package resolve

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/manifest"
)

func parsedRanges(t *testing.T, texts ...string) ranges {
	t.Helper()
	var all ranges
	for _, text := range texts {
		parsed, err := parseRange(text)
		require.NoError(t, err)
		all = append(all, parsed)
	}
	return all
}

// containNaively asks every range about every point.
func containNaively(r, other ranges) bool {
	holds := func(all ranges, v release) bool {
		return !slices.ContainsFunc(all, func(one *versionRange) bool { return !one.holdsRelease(v) })
	}
	points := []release{{}}
	for _, one := range slices.Concat(r, other) {
		points = append(points, one.points...)
	}
	return !slices.ContainsFunc(points, func(v release) bool { return holds(other, v) && !holds(r, v) })
}

func TestRangesContainWhatEachPointSays(t *testing.T) {
	t.Parallel()
	texts := []string{"*", "^1", "^1.2", "~1.2.3", ">=1.0.0 <2", "<1.5", "!=1.3.0", "^1 || ^3", ">2", "0.0.0", "<0.0.0", "1.x", ">=1.2.3 <1.2.4"}
	random := rand.New(rand.NewPCG(1, 2))
	contained := 0
	for range 3000 {
		var sides [2]ranges
		for i := range sides {
			for range random.IntN(4) {
				sides[i] = append(sides[i], parsedRanges(t, texts[random.IntN(len(texts))])...)
			}
		}
		want := containNaively(sides[0], sides[1])
		if want {
			contained++
		}
		require.Equal(t, want, sides[0].contain(sides[1]), "%s in %s", sides[1], sides[0])
	}
	assert.Greater(t, contained, 100)
	assert.Less(t, contained, 2900)
}

// Whoever writes an entry writes as many ranges as he likes. The time is linear in them:
// were it quadratic, it would be hours, and longer than any test may take.
func TestAHundredThousandRangesOfAPlatform(t *testing.T) {
	t.Parallel()
	constraints := make([]manifest.Constraint, 100_000)
	for i := range constraints {
		constraints[i].PlatformVersion = &manifest.PlatformVersion{Name: manifest.PlatformOpenShift, Range: fmt.Sprintf(">=4.%d", i%5000)}
		constraints[i].Platform = []manifest.Platform{manifest.PlatformOpenShift}
	}
	wanted, err := platformsOf([]manifest.Constraint{{PlatformVersion: &manifest.PlatformVersion{Name: manifest.PlatformOpenShift, Range: ">=4.4999"}}}, rangeCache{})
	require.NoError(t, err)
	reason, err := newPlatformJudge(wanted, rangeCache{}).lacks(constraints)
	require.NoError(t, err)
	assert.Empty(t, reason)

	wanted, err = platformsOf([]manifest.Constraint{{PlatformVersion: &manifest.PlatformVersion{Name: manifest.PlatformOpenShift, Range: ">=4.10"}}}, rangeCache{})
	require.NoError(t, err)
	reason, err = newPlatformJudge(wanted, rangeCache{}).lacks(constraints)
	require.NoError(t, err)
	assert.Contains(t, reason, "and 99992 more ranges only")
	assert.Less(t, len(reason), 500)
	assert.Equal(t, 7, strings.Count(parsedRanges(t, slices.Repeat([]string{"^1"}, 8)...).String(), " and "))
}
