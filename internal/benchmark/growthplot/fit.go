// Package growthplot says how something grows, in a number and in a drawing.
package growthplot

import "math"

// Point is what was measured of a size. Both are above zero.
type Point struct{ Size, Value float64 }

// Exponent fits value = a * size^exponent to the points by least squares over their
// logarithms, and returns the exponent: 1 is linear, 2 is quadratic, and below 1
// stands for a constant part that is still felt. It is NaN for fewer than two sizes.
func Exponent(points []Point) float64 {
	var meanX, meanY float64
	for _, p := range points {
		meanX += math.Log(p.Size) / float64(len(points))
		meanY += math.Log(p.Value) / float64(len(points))
	}
	var above, below float64
	for _, p := range points {
		x := math.Log(p.Size) - meanX
		above += x * (math.Log(p.Value) - meanY)
		below += x * x
	}
	if below == 0 {
		return math.NaN()
	}
	return above / below
}

// LastStep is the exponent between the two largest sizes, where constant parts no
// longer hide what grows faster than the rest. The points come in the order of their
// sizes.
func LastStep(points []Point) float64 {
	return Exponent(points[max(0, len(points)-2):])
}
