package main

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/packstage/packstage/internal/benchmark/packageset"
	"github.com/packstage/packstage/internal/benchmark/peakmemory"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

const (
	// judgedBy is how many packages tell what one of them holds.
	judgedBy = 3
	// heldRenders is how many of the packages that are held are rendered.
	heldRenders = 25
)

// measureHeld loads and compiles so many packages that differ, as a controller does,
// holds them, and then renders some of them. It takes no more than half of the memory
// that is available: what is held and as much garbage.
func measureHeld(ctx context.Context, t task) (figures, error) {
	set, ok := packageset.Generate(t.Name)
	if !ok {
		return nil, fmt.Errorf("there is no set %q", t.Name)
	}
	shared := packageloader.NewShared()
	var held []*packageloader.Renderer
	var took time.Duration
	hold := func() error {
		image, err := imageOf(ctx, another(set, len(held)))
		if err != nil {
			return err
		}
		start := time.Now()
		pkg, err := packageloader.Load(ctx, packageloader.FromImage(image), packageloader.LoadOptions{Limits: wide()})
		if err != nil {
			return err
		}
		renderer, err := packageloader.Compile(pkg, packageloader.Options{Limits: wide(), Shared: shared})
		took += time.Since(start)
		held = append(held, renderer)
		return err
	}
	before, most := heap(), t.Size
	peak, err := peakOf(func() error {
		for len(held) < most {
			if err := hold(); err != nil {
				return err
			}
			if available := peakmemory.Available(); len(held) == judgedBy && available > 0 {
				each := max(1, (heap()-before)/judgedBy)
				most = min(most, max(judgedBy, int(available/2/(2*each))))
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	found := figures{"held": int64(len(held)), "time": int64(took), "peak": peak, "heap": heap() - before}
	names := map[string]bool{}
	for _, renderer := range held {
		names[renderer.Package().Manifest.Metadata.Name] = true
	}
	if len(names) != len(held) {
		return nil, fmt.Errorf("%d different packages instead of %d", len(names), len(held))
	}
	var renders []time.Duration
	for i := range heldRenders {
		start := time.Now()
		if _, err := held[i*len(held)/heldRenders].Render(ctx, packagetypes.Context{Config: set.Config(i)}); err != nil {
			return nil, err
		}
		renders = append(renders, time.Since(start))
	}
	found["renderTime"] = median(renders, func(d time.Duration) int64 { return int64(d) })
	found["heapAfter"] = heap() - before
	runtime.KeepAlive(held)
	return found, nil
}

// another returns the files of a set as those of another package: no file is the same.
func another(set packageset.Set, number int) map[string][]byte {
	contents := map[string][]byte{}
	for path, content := range set.Files {
		contents[path] = fmt.Appendf(bytes.Clone(content), "\n# package %d\n", number)
	}
	contents["manifest.yaml"] = bytes.Replace(contents["manifest.yaml"], []byte("  name: "+set.Name), fmt.Appendf(nil, "  name: %s-%d", set.Name, number), 1)
	return contents
}
