package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/klauspost/compress/gzip"

	"github.com/packstage/packstage/internal/benchmark/packageset"
	"github.com/packstage/packstage/internal/benchmark/yamlpass"
	"github.com/packstage/packstage/internal/pinnedgzip"
)

// guardSet measures stages of a set; close lets go of it.
type guardSet interface {
	pairs(stage string, count int) (pairs, error)
	close() error
}

// openGuardSet prepares a set by its name.
type openGuardSet func(ctx context.Context, name string) (guardSet, error)

// allocationsOnly are the stages whose times say more of the network of this machine
// than of the program.
var allocationsOnly = []string{"push", "pull"}

// measuredSet is a set whose stages run in this process.
type measuredSet struct {
	*prepared
	stages, yardsticks map[string]work
}

func openMeasuredSet(ctx context.Context, name string) (*measuredSet, error) {
	set, ok := packageset.Generate(name)
	if !ok {
		return nil, fmt.Errorf("there is no set %q", name)
	}
	p, err := prepare(ctx, set)
	if err != nil {
		return nil, fmt.Errorf("set %s: %w", name, err)
	}
	yardsticks, err := p.yardsticks()
	if err != nil {
		return nil, errors.Join(err, p.close())
	}
	return &measuredSet{prepared: p, stages: p.works(ctx), yardsticks: yardsticks}, nil
}

func (m *measuredSet) pairs(name string, count int) (pairs, error) {
	i := slices.IndexFunc(setStages, func(s stage) bool { return s.name == name })
	if i < 0 {
		return nil, fmt.Errorf("there is no stage %q", name)
	}
	measured, err := measurePairs(m.stages[name], m.yardsticks[setStages[i].baseline], count)
	if err != nil {
		return nil, fmt.Errorf("%s/%s: %w", m.set.Name, name, err)
	}
	return measured, nil
}

// yardstickBytes is how much a yardstick reads or compresses, about: so little that
// it takes a few milliseconds.
const yardstickBytes = 128 << 10

// yardsticks are the baselines of a set, made short, so that the stages and they can
// be measured in quick turns, and less dependent on the machine: a baseline of the
// table is as long as it is, and one that compresses begins with a megabyte that the
// kernel has to find. Stages of which only allocations count have none.
func (p *prepared) yardsticks() (map[string]work, error) {
	documents := spread(p.documents, yardstickBytes)
	archive := p.archive[:min(len(p.archive), yardstickBytes)]
	compressor, err := gzip.NewWriterLevel(io.Discard, pinnedgzip.Level)
	if err != nil {
		return nil, err
	}
	return map[string]work{
		baselineYAML: {run: func() error { return yamlpass.Run(documents) }},
		baselineGzip: {run: func() error {
			sha256.Sum256(archive)
			compressor.Reset(io.Discard)
			if _, err := compressor.Write(archive); err != nil {
				return err
			}
			return compressor.Close()
		}},
	}, nil
}

// spread returns every n-th document, so that they are about so many bytes; at least
// one.
func spread(documents [][]byte, size int) [][]byte {
	total := 0
	for _, d := range documents {
		total += len(d)
	}
	step := max(1, min(len(documents), total/size))
	var some [][]byte
	for i := 0; i < len(documents); i += step {
		some = append(some, documents[i])
	}
	return some
}
