package growthplot_test

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/benchmark/growthplot"
)

func points(of func(size float64) float64) []growthplot.Point {
	var all []growthplot.Point
	for _, size := range []float64{100, 1_000, 10_000, 100_000} {
		all = append(all, growthplot.Point{Size: size, Value: of(size)})
	}
	return all
}

func TestExponent(t *testing.T) {
	t.Parallel()
	for _, exponent := range []float64{0, 0.5, 1, 1.3, 2} {
		curve := points(func(size float64) float64 { return 7 * math.Pow(size, exponent) })
		assert.InDelta(t, exponent, growthplot.Exponent(curve), 1e-9)
		assert.InDelta(t, exponent, growthplot.LastStep(curve), 1e-9)
	}
	// n log n is seen as more than linear; a constant part as less, but not at the end.
	logarithmic := points(func(size float64) float64 { return size * math.Log(size) })
	assert.InDelta(t, 1.12, growthplot.Exponent(logarithmic), 0.03)
	hidden := points(func(size float64) float64 { return 1e7 + size*size })
	assert.Less(t, growthplot.Exponent(hidden), 1.1)
	assert.Greater(t, growthplot.LastStep(hidden), 1.8)
	assert.True(t, math.IsNaN(growthplot.Exponent(curveOfOne())))
}

func curveOfOne() []growthplot.Point { return []growthplot.Point{{Size: 10, Value: 1}} }

func TestSVG(t *testing.T) {
	t.Parallel()
	chart := growthplot.Chart{
		Title: "time <of> objects", X: "objects", Y: "ms",
		Lines: []growthplot.Line{
			{Name: "cold", Points: points(func(size float64) float64 { return size / 10 })},
			{Name: "warm", Points: points(func(size float64) float64 { return size / 40 })},
		},
	}
	drawn := chart.SVG()
	require.Equal(t, drawn, chart.SVG(), "the same figures give the same bytes")
	decoder := xml.NewDecoder(strings.NewReader(drawn))
	count := map[string]int{}
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		if start, ok := token.(xml.StartElement); ok {
			count[start.Name.Local]++
		}
	}
	assert.Equal(t, 8, count["circle"], "one for each point")
	assert.Equal(t, 2, count["polyline"])
	assert.Contains(t, drawn, "time &lt;of&gt; objects")
	assert.Contains(t, drawn, ">100,000<")
	// 10 to 10,000 over 1 to 10,000: both axes are logarithmic, so a
	// linear line has its points at even steps.
	assert.Contains(t, drawn, `<polyline points="76.0,272.0 214.0,196.0 352.0,120.0 490.0,44.0"`)
	assert.NotContains(t, drawn, "NaN")
	assert.Empty(t, growthplot.Chart{}.SVG())
	single := growthplot.Chart{Lines: []growthplot.Line{{Name: "one", Points: curveOfOne()}}}.SVG()
	assert.Contains(t, single, "<circle")
	assert.NotContains(t, single, "NaN")
}
