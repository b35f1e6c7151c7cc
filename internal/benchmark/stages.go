package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/packstage/packstage/internal/benchmark/packageset"
)

// stage is a part of the way from files to phases.
type stage struct {
	name string
	// baseline is the name of the work that it is compared with, or empty.
	baseline string
}

// Baselines, each measured in every round in which a stage needs it.
const (
	baselineYAML  = "one YAML pass"
	baselineGzip  = "sha256 + gzip"
	baselineCrane = "crane append"
	baselinePull  = "remote.Image"
	baselineEmpty = "empty program"
)

// setStages are measured for each set.
var setStages = []stage{
	{"cold", baselineYAML},
	{"warm", baselineYAML},
	{"compile", baselineYAML},
	{"build", baselineGzip},
	{"push", baselineCrane},
	{"pull", baselinePull},
}

// bulkStages are measured for each size of [packageset.Bulk].
var bulkStages = []stage{
	{"build", baselineGzip},
	{"push", baselineCrane},
	{"pull", baselinePull},
	{"cached", baselinePull},
}

// startStage is measured once: there is no package in it.
var startStage = stage{"start", baselineEmpty}

// chosen tells whether a name is in a list; an empty list has all.
func chosen(list []string, name string) bool { return len(list) == 0 || slices.Contains(list, name) }

// measureSet measures the chosen stages of a set, all in the same rounds.
func measureSet(ctx context.Context, name string, stages []string, until rounds) ([]result, error) {
	set, ok := packageset.Generate(name)
	if !ok {
		return nil, fmt.Errorf("there is no set %q", name)
	}
	prepared, err := prepare(ctx, set)
	if err != nil {
		return nil, fmt.Errorf("set %s: %w", name, err)
	}
	return measureStages(name, setStages, stages, prepared, prepared.works(ctx), until)
}

// measureBulk measures the chosen stages of a number of megabytes.
func measureBulk(ctx context.Context, megabytes int, stages []string, until rounds) ([]result, error) {
	set := packageset.Bulk(megabytes)
	prepared, err := prepareBulk(ctx, set)
	if err != nil {
		return nil, fmt.Errorf("set %s: %w", set.Name, err)
	}
	return measureStages(set.Name, bulkStages, stages, prepared, prepared.transfers(ctx), until)
}

// measureStages closes what was prepared.
func measureStages(name string, all []stage, stages []string, prepared *prepared, works map[string]work, until rounds) (results []result, err error) {
	defer func() { err = errors.Join(err, prepared.close()) }()
	measured, err := measure(orderOf(all, stages), works, until)
	if err != nil {
		return nil, fmt.Errorf("set %s: %w", name, err)
	}
	for _, s := range all {
		if chosen(stages, s.name) {
			results = append(results, newResult(name, s, measured))
		}
	}
	return results, nil
}

// orderOf returns the names of the chosen stages, each baseline before the first
// that is compared with it.
func orderOf(all []stage, chosenStages []string) []string {
	var order []string
	for _, s := range all {
		if !chosen(chosenStages, s.name) {
			continue
		}
		if !slices.Contains(order, s.baseline) {
			order = append(order, s.baseline)
		}
		order = append(order, s.name)
	}
	return order
}
