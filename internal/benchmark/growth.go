package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/packstage/packstage/internal/benchmark/growthplot"
	"github.com/packstage/packstage/internal/benchmark/packageset"
	"github.com/packstage/packstage/internal/benchmark/peakmemory"
)

// largestExponent is the budget of growth: it is linear, give or take what caches of
// the processor and the machine's noise make of it.
const largestExponent = 1.1

// grown is a family of packages with what was measured of each size.
type grown struct {
	family  packageset.Growing
	sizes   []int
	figures []figures
	// leftOut says why larger sizes were not measured.
	leftOut string
}

// measures are what grows: the name in figures, and for people.
var measures = []struct{ key, name string }{
	{"coldTime", "cold time"}, {"warmTime", "warm time"},
	{"coldBytes", "cold allocated"}, {"warmBytes", "warm allocated"},
	{"coldAllocations", "cold allocations"}, {"warmAllocations", "warm allocations"},
	{"coldPeak", "cold peak memory"}, {"warmPeak", "warm peak memory"},
}

// measureFamily measures a family up to a number of parts, each size in a process of
// its own, as far as the memory of the machine goes.
func measureFamily(ctx context.Context, family packageset.Growing, most, rounds int, progress io.Writer) (grown, error) {
	g := grown{family: family}
	for _, size := range family.Sizes {
		if most > 0 && size > most {
			g.leftOut = fmt.Sprintf("sizes above %d were not asked for", most)
			break
		}
		if need, available := g.need(size), peakmemory.Available(); available > 0 && need > available {
			g.leftOut = fmt.Sprintf("%d would need about %s of memory, of which %s are available", size, formatBytes(need), formatBytes(available))
			break
		}
		fmt.Fprintf(progress, "measuring %d %s\n", size, family.Name)
		found, err := runTask(ctx, task{Kind: "growth", Name: family.Name, Size: size, Rounds: rounds})
		if err != nil {
			return grown{}, err
		}
		g.sizes, g.figures = append(g.sizes, size), append(g.figures, found)
	}
	return g, nil
}

// need is about how much memory a size will take: the peak of the one before, as
// many times larger, and as much again for generating and garbage. It is 0 where
// nothing is known.
func (g grown) need(size int) int64 {
	if len(g.sizes) == 0 {
		return 0
	}
	last := len(g.sizes) - 1
	return 2 * g.figures[last]["coldPeak"] * int64(size) / int64(g.sizes[last])
}

// leastPeak is the peak from which on memory says something about a package: below
// it the pages that Go's heap happens to have decide.
const leastPeak = 4 << 20

// points of a measure; none where it is unknown or says nothing.
func (g grown) points(key string) []growthplot.Point {
	var points []growthplot.Point
	for i, size := range g.sizes {
		value := g.figures[i][key]
		if strings.HasSuffix(key, "Peak") && value < leastPeak {
			continue
		}
		if value > 0 {
			points = append(points, growthplot.Point{Size: float64(size), Value: float64(value)})
		}
	}
	return points
}

// rows of the table of figures.
func (g grown) rows() [][]string {
	rows := make([][]string, len(g.sizes))
	for i, size := range g.sizes {
		f := g.figures[i]
		rows[i] = []string{
			g.family.Name, grouped(int64(size)), formatTime(f["coldTime"]), formatTime(f["warmTime"]),
			formatBytes(f["coldBytes"]), formatBytes(f["warmBytes"]),
			grouped(f["coldAllocations"]), grouped(f["warmAllocations"]),
			formatBytes(f["coldPeak"]), formatBytes(f["warmPeak"]),
		}
	}
	return rows
}

// exponentRows of the table of fits: one for each measure.
func (g grown) exponentRows() [][]string {
	var rows [][]string
	for _, m := range measures {
		points := g.points(m.key)
		if len(points) < 2 {
			continue
		}
		all, last := growthplot.Exponent(points), growthplot.LastStep(points)
		linear := "yes"
		if all > largestExponent || last > largestExponent {
			linear = "**no**"
		}
		rows = append(rows, []string{g.family.Name, m.name, fmt.Sprintf("%.2f", all), fmt.Sprintf("%.2f", last), linear})
	}
	return rows
}

// charts by file name.
func (g grown) charts() map[string]growthplot.Chart {
	chart := func(title, unit, key string, scale float64) growthplot.Chart {
		c := growthplot.Chart{Title: title, X: g.family.Name, Y: unit}
		for _, way := range []string{"cold", "warm"} {
			points := g.points(way + key)
			for i := range points {
				points[i].Value /= scale
			}
			if len(points) > 0 {
				c.Lines = append(c.Lines, growthplot.Line{Name: way, Points: points})
			}
		}
		return c
	}
	return map[string]growthplot.Chart{
		"growth-" + g.family.Name + "-time.svg":   chart("Time by number of "+g.family.Name, "ms", "Time", 1e6),
		"growth-" + g.family.Name + "-memory.svg": chart("Peak memory by number of "+g.family.Name, "MB", "Peak", 1e6),
	}
}

// growthMarkdown is the section of a document; images is the way from it to the
// drawings.
func growthMarkdown(families []grown, images string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Measured on %s.\n\n", thisMachine())
	var rows, exponents [][]string
	for _, g := range families {
		rows, exponents = append(rows, g.rows()...), append(exponents, g.exponentRows()...)
	}
	b.WriteString(markdownTable([]string{"parts", "number", "cold", "warm", "cold allocated", "warm allocated", "cold allocations", "warm allocations", "cold peak memory", "warm peak memory"}, rows))
	for _, g := range families {
		if g.leftOut != "" {
			fmt.Fprintf(&b, "\n%s: %s.\n", capital(g.family.Name), g.leftOut)
		}
	}
	b.WriteString("\n")
	b.WriteString(markdownTable([]string{"parts", "of what", "exponent", "that of the last step", "linear"}, exponents))
	for _, g := range families {
		for _, what := range []string{"time", "memory"} {
			fmt.Fprintf(&b, "\n![%s by number of %s](%s/growth-%s-%s.svg)\n", capital(what), g.family.Name, images, g.family.Name, what)
		}
	}
	return b.String()
}

func thisMachine() string {
	return fmt.Sprintf("%d processors, %s, %s/%s", min(2, runtime.NumCPU()), strings.Replace(runtime.Version(), "go", "Go ", 1), runtime.GOOS, runtime.GOARCH)
}

func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// grouped writes a number with a comma between thousands.
func grouped(number int64) string {
	digits := fmt.Sprint(number)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// writeCharts draws into a folder.
func writeCharts(folder string, families []grown) error {
	for _, g := range families {
		for name, chart := range g.charts() {
			if err := writeFile(filepath.Join(folder, name), chart.SVG()); err != nil {
				return err
			}
		}
	}
	return nil
}
