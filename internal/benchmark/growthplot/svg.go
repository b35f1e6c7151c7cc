package growthplot

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"
)

// Chart is a drawing over two logarithmic axes, on which everything of the form
// a * size^k is a straight line of slope k.
type Chart struct {
	Title, X, Y string
	Lines       []Line
}

// Line is one thing that was measured.
type Line struct {
	Name   string
	Points []Point
}

// The drawing, in pixels: the plot stands between margins for its labels.
const (
	width, height = 640, 400
	left, right   = 76, 150
	top, bottom   = 44, 52
)

// colours are told apart by people who see few colours, too (Okabe and Ito).
var colours = [...]string{"#0072b2", "#d55e00", "#009e73", "#cc79a7"}

// axis maps whole decades to pixels.
type axis struct {
	low, high int // powers of ten
	from, to  float64
}

func newAxis(values []float64, from, to float64) axis {
	low, high := math.Inf(1), math.Inf(-1)
	for _, value := range values {
		low, high = math.Min(low, math.Log10(value)), math.Max(high, math.Log10(value))
	}
	a := axis{low: int(math.Floor(low + 1e-9)), high: int(math.Ceil(high - 1e-9)), from: from, to: to}
	if a.high <= a.low {
		a.high = a.low + 1
	}
	return a
}

func (a axis) at(value float64) float64 {
	return a.from + (math.Log10(value)-float64(a.low))/float64(a.high-a.low)*(a.to-a.from)
}

// SVG draws the chart: the same chart gives the same bytes. Each line is drawn with
// its points, and dashed beside the first is what linear growth from its last point
// back would be. It is empty for a chart without points.
func (c Chart) SVG() string {
	var sizes, values []float64
	for _, line := range c.Lines {
		for _, point := range line.Points {
			sizes, values = append(sizes, point.Size), append(values, point.Value)
		}
	}
	if len(sizes) == 0 {
		return ""
	}
	x, y := newAxis(sizes, left, width-right), newAxis(values, height-bottom, top)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12" role="img" aria-label="%s">`+"\n",
		width, height, width, height, html.EscapeString(c.Title))
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", width, height)
	text(&b, left, 24, "start", "#000000", c.Title)
	c.grid(&b, x, y)
	c.linear(&b, x, y)
	for i, line := range c.Lines {
		line.draw(&b, x, y, colours[i%len(colours)], top+18*float64(i)+10)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func (c Chart) grid(b *strings.Builder, x, y axis) {
	for power := x.low; power <= x.high; power++ {
		at := x.at(math.Pow10(power))
		segment(b, at, y.from, at, y.to, "#dddddd", "")
		text(b, at, y.from+18, "middle", "#444444", decade(power))
	}
	for power := y.low; power <= y.high; power++ {
		at := y.at(math.Pow10(power))
		segment(b, x.from, at, x.to, at, "#dddddd", "")
		text(b, x.from-8, at+4, "end", "#444444", decade(power))
	}
	text(b, (x.from+x.to)/2, height-12, "middle", "#000000", c.X)
	text(b, 8, top-8, "start", "#000000", c.Y)
}

// linear draws slope 1 through the last point of the first line, as far as the plot
// goes.
func (c Chart) linear(b *strings.Builder, x, y axis) {
	points := c.Lines[0].Points
	if len(points) < 2 {
		return
	}
	last := points[len(points)-1]
	size := math.Max(math.Pow10(x.low), last.Size*math.Pow10(y.low)/last.Value)
	segment(b, x.at(size), y.at(last.Value*size/last.Size), x.at(last.Size), y.at(last.Value), "#888888", "5 4")
	at := top + 18*float64(len(c.Lines)) + 10
	segment(b, width-right+14, at, width-right+34, at, "#888888", "5 4")
	text(b, width-right+40, at+4, "start", "#000000", "linear")
}

func (l Line) draw(b *strings.Builder, x, y axis, colour string, legend float64) {
	path := make([]string, len(l.Points))
	for i, point := range l.Points {
		path[i] = fmt.Sprintf("%.1f,%.1f", x.at(point.Size), y.at(point.Value))
		fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="3.5" fill="%s"/>`+"\n", x.at(point.Size), y.at(point.Value), colour)
	}
	fmt.Fprintf(b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="1.5"/>`+"\n", strings.Join(path, " "), colour)
	segment(b, width-right+14, legend, width-right+34, legend, colour, "")
	text(b, width-right+40, legend+4, "start", "#000000", l.Name)
}

func segment(b *strings.Builder, x1, y1, x2, y2 float64, colour, dashes string) {
	style := ""
	if dashes != "" {
		style = ` stroke-dasharray="` + dashes + `"`
	}
	fmt.Fprintf(b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s"%s/>`+"\n", x1, y1, x2, y2, colour, style)
}

func text(b *strings.Builder, x, y float64, anchor, colour, content string) {
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="%s" fill="%s">%s</text>`+"\n", x, y, anchor, colour, html.EscapeString(content))
}

// decade writes a power of ten as people read it.
func decade(power int) string {
	if power < 0 {
		return strconv.FormatFloat(math.Pow10(power), 'f', -power, 64)
	}
	digits := "1" + strings.Repeat("0", power)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
