package main

import (
	"context"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/packstage/packstage/internal/benchmark/packageset"
	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// wide are limits for packages that are larger than any package should be.
func wide() packagetypes.Limits {
	const gibibyte = 1 << 30
	return packagetypes.Limits{
		CompressedImage: 8 * gibibyte, UncompressedImage: 8 * gibibyte, TotalOutput: 8 * gibibyte,
		Files: 1_000_000, Objects: 1_000_000, TemplateSteps: 1_000_000_000,
	}
}

// measureGrowth measures a package of a family with so many parts: from its image to
// phases, and again with another configuration.
func measureGrowth(ctx context.Context, t task) (figures, error) {
	for _, family := range packageset.Families() {
		if family.Name == t.Name {
			return measureGrown(ctx, family.Of(t.Size), t.Rounds)
		}
	}
	return nil, fmt.Errorf("there is no family %q", t.Name)
}

func measureGrown(ctx context.Context, set packageset.Set, rounds int) (figures, error) {
	image, err := imageOf(ctx, set.Files)
	if err != nil {
		return nil, err
	}
	set.Files = nil // its bytes are not what is measured
	variant := 0
	next := func() packagetypes.Context {
		variant++
		return packagetypes.Context{Config: set.Config(variant)}
	}
	render := func(r *packageloader.Renderer) error {
		instance, err := r.Render(ctx, next())
		if err != nil {
			return err
		}
		count := 0
		for range instance.Objects() {
			count++
		}
		if count != set.Objects {
			return fmt.Errorf("%d objects instead of %d", count, set.Objects)
		}
		return nil
	}
	cold := func() error {
		renderer, err := compileImage(ctx, image)
		if err != nil {
			return err
		}
		return render(renderer)
	}
	found := figures{}
	if found["coldPeak"], err = peakOf(cold); err != nil {
		return nil, err
	}
	if err := found.measure("cold", work{run: cold}, rounds); err != nil {
		return nil, err
	}
	renderer, err := compileImage(ctx, image)
	if err != nil {
		return nil, err
	}
	warm := func() error { return render(renderer) }
	if found["warmPeak"], err = peakOf(warm); err != nil {
		return nil, err
	}
	return found, found.measure("warm", work{run: warm}, rounds)
}

// measure adds time, bytes and allocations of a work.
func (f figures) measure(name string, w work, rounds int) error {
	costs, err := samples(w, rounds)
	if err != nil {
		return err
	}
	c := medianCost(costs)
	f[name+"Time"], f[name+"Bytes"], f[name+"Allocations"] = int64(c.time), c.bytes, c.allocations
	return nil
}

func imageOf(ctx context.Context, contents map[string][]byte) (v1.Image, error) {
	files, err := packagetypes.NewFiles(contents, wide())
	if err != nil {
		return nil, err
	}
	image, err := packagebuilder.Image(ctx, files, packagebuilder.ImageOptions{Limits: wide()})
	if err != nil {
		return nil, err
	}
	return storeImage(image)
}

func compileImage(ctx context.Context, image v1.Image) (*packageloader.Renderer, error) {
	pkg, err := packageloader.Load(ctx, packageloader.FromImage(image), packageloader.LoadOptions{Limits: wide()})
	if err != nil {
		return nil, err
	}
	return packageloader.Compile(pkg, packageloader.Options{Limits: wide()})
}
