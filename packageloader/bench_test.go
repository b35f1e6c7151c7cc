package packageloader_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/benchmark/packageset"
	"github.com/packstage/packstage/internal/benchmark/yamlpass"
	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// BenchmarkCold goes from an image in memory to phases, beside one YAML pass over
// what is rendered.
func BenchmarkCold(b *testing.B) {
	forEachSet(b, func(b *testing.B, set packageset.Set) {
		b.Helper()
		ctx := context.Background()
		image, _, err := packagebuilder.Build(ctx, packageloader.FromFiles(set.Files), packagebuilder.BuildOptions{SkipValidation: true})
		require.NoError(b, err)
		render := packagetypes.Context{Config: set.Config(0)}
		for b.Loop() {
			pkg, err := packageloader.Load(ctx, packageloader.FromImage(image), packageloader.LoadOptions{})
			require.NoError(b, err)
			_, err = packageloader.Render(ctx, pkg, render, packageloader.Options{})
			require.NoError(b, err)
		}
	})
}

// BenchmarkWarm renders a compiled package with a new configuration each time,
// beside one YAML pass over what is rendered.
func BenchmarkWarm(b *testing.B) {
	forEachSet(b, func(b *testing.B, set packageset.Set) {
		b.Helper()
		ctx := context.Background()
		renderer := compiled(b, set)
		configs := make([]map[string]any, 64)
		for variant := range configs {
			configs[variant] = set.Config(variant)
		}
		i := 0
		for b.Loop() {
			_, err := renderer.Render(ctx, packagetypes.Context{Config: configs[i%len(configs)]})
			require.NoError(b, err)
			i++
		}
	})
}

// BenchmarkWarmParallel renders one compiled package from many goroutines.
func BenchmarkWarmParallel(b *testing.B) {
	ctx := context.Background()
	set := packageset.Medium()
	renderer := compiled(b, set)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for variant := 0; pb.Next(); variant++ {
			if _, err := renderer.Render(ctx, packagetypes.Context{Config: set.Config(variant)}); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func compiled(b *testing.B, set packageset.Set) *packageloader.Renderer {
	b.Helper()
	pkg, err := packageloader.Load(context.Background(), packageloader.FromFiles(set.Files), packageloader.LoadOptions{})
	require.NoError(b, err)
	renderer, err := packageloader.Compile(pkg, packageloader.Options{})
	require.NoError(b, err)
	return renderer
}

// forEachSet runs the benchmark and its baseline for each set. Sets that are not
// asked for are not generated, so that profiles do not show them.
func forEachSet(b *testing.B, run func(*testing.B, packageset.Set)) {
	b.Helper()
	for _, name := range packageset.Names() {
		b.Run(name+"/packstage", func(b *testing.B) {
			set, ok := packageset.Generate(name)
			require.True(b, ok)
			b.ReportAllocs()
			run(b, set)
		})
		b.Run(name+"/yaml", func(b *testing.B) {
			set, ok := packageset.Generate(name)
			require.True(b, ok)
			documents, err := yamlpass.Documents(context.Background(), set, set.Config(0))
			require.NoError(b, err)
			b.ReportAllocs()
			for b.Loop() {
				require.NoError(b, yamlpass.Run(documents))
			}
		})
	}
}
