package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/packstage/packstage/internal/benchmark/packageset"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// measureConfigurations renders one compiled package with so many configurations,
// one after the other and on all processors, and forgets each result.
func measureConfigurations(ctx context.Context, t task) (figures, error) {
	set, ok := packageset.Generate(t.Name)
	if !ok {
		return nil, fmt.Errorf("there is no set %q", t.Name)
	}
	image, err := imageOf(ctx, set.Files)
	if err != nil {
		return nil, err
	}
	before := heap()
	renderer, err := compileImage(ctx, image)
	if err != nil {
		return nil, err
	}
	found := figures{"compiledHeap": heap() - before}
	processors := runtime.GOMAXPROCS(0)
	// Where the renders run beside one another, each of them needs no more than one
	// processor.
	single, err := packageloader.Compile(renderer.Package(), packageloader.Options{Parallelism: 1})
	if err != nil {
		return nil, err
	}
	for _, way := range []struct {
		name     string
		renderer *packageloader.Renderer
		at       int
	}{{"serial", renderer, 1}, {"parallel", single, processors}} {
		start := time.Now()
		if found[way.name+"Peak"], err = peakOf(func() error { return renderVariants(ctx, way.renderer, set, t.Size, way.at) }); err != nil {
			return nil, err
		}
		found[way.name+"Time"] = int64(time.Since(start))
	}
	runtime.KeepAlive(renderer)
	return found, nil
}

// renderVariants renders count configurations on so many goroutines.
func renderVariants(ctx context.Context, renderer *packageloader.Renderer, set packageset.Set, count, goroutines int) error {
	var next atomic.Int64
	failures := make([]error, goroutines)
	var workers sync.WaitGroup
	for i := range goroutines {
		workers.Go(func() {
			for failures[i] == nil {
				variant := int(next.Add(1)) - 1
				if variant >= count {
					return
				}
				_, failures[i] = renderer.Render(ctx, packagetypes.Context{Config: set.Config(variant)})
			}
		})
	}
	workers.Wait()
	return errors.Join(failures...)
}
