package main

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// work is something to measure. What prepare does is not part of it; prepare may
// be nil.
type work struct {
	prepare func() error
	run     func() error
}

// cost is what one run took: its time, that of the processors, and what it
// allocated.
type cost struct {
	time        time.Duration
	processor   time.Duration
	bytes       int64
	allocations int64
}

// sampleTime is how long a sample of short work lasts at least, so that one
// pause of the machine or one collection of garbage does not decide.
const sampleTime = 60 * time.Millisecond

// sample returns the mean cost of runs that together last for sampleTime. It
// starts with a collected heap, so that nobody pays for the garbage of others.
func (w work) sample() (cost, error) {
	runtime.GC()
	var total cost
	runs := 0
	for total.time < sampleTime {
		batch := 1
		if w.prepare != nil {
			if err := w.prepare(); err != nil {
				return cost{}, fmt.Errorf("prepare: %w", err)
			}
		} else if runs > 0 {
			// Counting what was allocated stops the process, so it is done for
			// many short runs at once.
			batch = max(1, int(float64(runs)*float64(sampleTime-total.time)/float64(total.time)))
		}
		c, err := w.repeat(batch)
		if err != nil {
			return cost{}, err
		}
		total.time += c.time
		total.processor += c.processor
		total.bytes += c.bytes
		total.allocations += c.allocations
		runs += batch
	}
	return cost{
		time: total.time / time.Duration(runs), processor: total.processor / time.Duration(runs),
		bytes: total.bytes / int64(runs), allocations: total.allocations / int64(runs),
	}, nil
}

// repeat returns the cost of so many runs together.
func (w work) repeat(times int) (cost, error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start, used := time.Now(), processorTime()
	for range times {
		if err := w.run(); err != nil {
			return cost{}, err
		}
	}
	elapsed, processor := time.Since(start), processorTime()-used
	runtime.ReadMemStats(&after)
	return cost{time: elapsed, processor: processor, bytes: int64(after.TotalAlloc - before.TotalAlloc), allocations: int64(after.Mallocs - before.Mallocs)}, nil
}

// rounds says how long to measure: a number of rounds or a time, of which at
// least one round comes.
type rounds struct {
	count int
	time  time.Duration
}

// parseRounds reads "5x" or a duration, as go test's -benchtime.
func parseRounds(text string) (rounds, error) {
	if digits, ok := strings.CutSuffix(text, "x"); ok {
		count, err := strconv.Atoi(digits)
		if err != nil || count < 1 {
			return rounds{}, fmt.Errorf("%q is no number of rounds", text)
		}
		return rounds{count: count}, nil
	}
	duration, err := time.ParseDuration(text)
	if err != nil {
		return rounds{}, err
	}
	if duration <= 0 {
		return rounds{}, errors.New("the time must be positive")
	}
	return rounds{time: duration}, nil
}

func (r rounds) done(count int, start time.Time) bool {
	if r.count > 0 {
		return count >= r.count
	}
	return count > 0 && time.Since(start) >= r.time
}

// series holds the costs of several works, measured in turn.
type series map[string][]cost

// measure runs all works in turn, round by round, after a first run of each that
// does not count.
func measure(order []string, works map[string]work, until rounds) (series, error) {
	measured := series{}
	for round, start := -1, time.Now(); !until.done(round, start); round++ {
		if round == 0 {
			start = time.Now()
		}
		for _, name := range order {
			c, err := works[name].sample()
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			if round >= 0 {
				measured[name] = append(measured[name], c)
			}
		}
	}
	return measured, nil
}

// cost returns the medians.
func (s series) cost(name string) cost { return medianCost(s[name]) }

func medianCost(costs []cost) cost {
	return cost{
		time:        median(costs, func(c cost) time.Duration { return c.time }),
		processor:   median(costs, func(c cost) time.Duration { return c.processor }),
		bytes:       median(costs, func(c cost) int64 { return c.bytes }),
		allocations: median(costs, func(c cost) int64 { return c.allocations }),
	}
}

// timeRatio returns the median of the rounds' ratios: what disturbs a round
// disturbs both.
func (s series) timeRatio(name, baseline string) float64 {
	return s.ratio(name, baseline, func(c cost) float64 { return float64(c.time) })
}

func (s series) bytesRatio(name, baseline string) float64 {
	return s.ratio(name, baseline, func(c cost) float64 { return float64(c.bytes) })
}

func (s series) ratio(name, baseline string, of func(cost) float64) float64 {
	ratios := make([]float64, len(s[name]))
	for i, c := range s[name] {
		ratios[i] = of(c) / of(s[baseline][i])
	}
	return median(ratios, func(r float64) float64 { return r })
}

// median returns the middle value; of an even number the mean of the two in the
// middle.
func median[T any, N int64 | float64 | time.Duration](items []T, of func(T) N) N {
	values := make([]N, len(items))
	for i, item := range items {
		values[i] = of(item)
	}
	slices.Sort(values)
	middle := len(values) / 2
	if len(values)%2 == 1 {
		return values[middle]
	}
	return (values[middle-1] + values[middle]) / 2
}
