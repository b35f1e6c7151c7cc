package main

import (
	"fmt"
	"runtime"
	"slices"
	"time"
)

// pair is what one run of a stage took, and one of its yardstick right before it.
type pair struct{ stage, yardstick cost }

type pairs []pair

// ratio returns the processor time of the stage over that of the yardstick; 0 where
// there is none to be had. It is the smaller of two estimates, each of which is right
// on a quiet machine, and seldom both too high on a busy one:
//
//   - the median of the pairs' own ratios. What lasts, such as a neighbour that takes
//     half of the cache, slows down both of a pair. It misleads where short work
//     suffers more, which finds the caches empty after each switch.
//   - what both take in their quickest tenth, which is mostly undisturbed. It misleads
//     where long work never is.
func (p pairs) ratio() float64 {
	if len(p) == 0 {
		return 0
	}
	stage, yardstick, own := make([]float64, len(p)), make([]float64, len(p)), make([]float64, len(p))
	for i, c := range p {
		stage[i], yardstick[i] = float64(c.stage.processor), float64(c.yardstick.processor)
		if yardstick[i] == 0 {
			return 0
		}
		own[i] = stage[i] / yardstick[i]
	}
	return min(median(own, func(r float64) float64 { return r }), quickest(stage)/quickest(yardstick))
}

// quickest returns the value below which a tenth is.
func quickest(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/10]
}

// guarded returns the figures of the stage.
func (p pairs) guarded() guarded {
	g := leastAllocated(p, func(c pair) cost { return c.stage })
	g.ProcessorRatio = p.ratio()
	return g
}

// leastAllocated returns the least that one side of the pairs allocated.
func leastAllocated(p pairs, side func(pair) cost) guarded {
	var g guarded
	for i, c := range p {
		own := side(c)
		if i == 0 || own.allocations < g.Allocations {
			g.Allocations = own.allocations
		}
		if i == 0 || own.bytes < g.Bytes {
			g.Bytes = own.bytes
		}
	}
	return g
}

const (
	// pairTime is how much processor time each side of a pair takes at least: long
	// beside the clock's ticks, and short enough that nothing changes meanwhile.
	pairTime = 5 * time.Millisecond
	// partTime is how long the parts of such a side are, about, where runs are short.
	partTime = 500 * time.Microsecond
	// garbage is how much is allocated between two collections.
	garbage = 256 << 20
)

// measurePairs runs stage and yardstick in turn. Without a yardstick, ratios are 0.
func measurePairs(stage, yardstick work, count int) (pairs, error) {
	var measured pairs
	var c collections
	for range count {
		if err := c.between(yardstick, stage); err != nil {
			return nil, err
		}
		var p pair
		var err error
		if p.yardstick, err = yardstick.sampled(pairTime); err != nil {
			return nil, err
		}
		if p.stage, err = stage.sampled(pairTime); err != nil {
			return nil, err
		}
		measured = append(measured, p)
	}
	return measured, nil
}

// collections are those of garbage, given that the collector is off: between samples
// and never in one, the first before the first sample, the others now and then.
type collections struct{ limit uint64 }

// between collects where it is time to, and then runs the works once, which does not
// count, so that what they keep for the next run is there.
func (c *collections) between(works ...work) error {
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	if now.HeapAlloc < c.limit {
		return nil
	}
	runtime.GC()
	runtime.ReadMemStats(&now)
	c.limit = now.HeapAlloc + garbage
	for _, w := range works {
		if _, err := w.once(); err != nil {
			return err
		}
	}
	return nil
}

// once prepares and runs. Work that there is none of costs nothing.
func (w work) once() (cost, error) {
	if w.run == nil {
		return cost{}, nil
	}
	if w.prepare != nil {
		if err := w.prepare(); err != nil {
			return cost{}, fmt.Errorf("prepare: %w", err)
		}
	}
	return w.repeat(1)
}

// sampled returns the cost of a run, out of as many as take so much processor time, or
// time where the former is unknown.
func (w work) sampled(enough time.Duration) (cost, error) {
	if w.run == nil {
		return cost{}, nil
	}
	var parts []part
	var used time.Duration
	for batch := 1; used < enough; {
		c, err := w.part(batch)
		if err != nil {
			return cost{}, err
		}
		parts = append(parts, part{cost: c, runs: batch})
		used += max(1, spent(c))
		if w.prepare == nil {
			batch = max(1, int(partTime/max(1, spent(costOfRun(parts)))))
		}
	}
	return costOfRun(parts), nil
}

// part is the cost of several runs together.
type part struct {
	cost
	runs int
}

// costOfRun returns the cost of one run. What is allocated is the mean; times are
// those of the quickest part: a process that gets its turn again finds the caches
// empty, and short work feels that more than long.
func costOfRun(parts []part) cost {
	var least cost
	var bytes, allocations, runs int64
	for i, p := range parts {
		one := cost{time: p.time / time.Duration(p.runs), processor: p.processor / time.Duration(p.runs)}
		if i == 0 || spent(one) < spent(least) {
			least = one
		}
		bytes, allocations, runs = bytes+p.bytes, allocations+p.allocations, runs+int64(p.runs)
	}
	least.bytes, least.allocations = bytes/runs, allocations/runs
	return least
}

// part prepares, where that is needed, and runs so many times.
func (w work) part(batch int) (cost, error) {
	if w.prepare != nil {
		return w.once()
	}
	return w.repeat(batch)
}

// spent is the processor time, or the time where the former is unknown.
func spent(c cost) time.Duration {
	if c.processor == 0 {
		return c.time
	}
	return c.processor
}

// warmHeap takes from the kernel the memory that pairs will use, so that none of them
// pays for that: it costs more on a busy machine than on a quiet one.
func warmHeap() {
	touch(garbage + garbage/4)
	runtime.GC()
}

// touch uses each page of so much memory.
func touch(size int) {
	const piece, page = 1 << 20, 4 << 10
	var all [][]byte
	for range size / piece {
		memory := make([]byte, piece)
		for i := 0; i < piece; i += page {
			memory[i] = 1
		}
		all = append(all, memory)
	}
	runtime.KeepAlive(all)
}
