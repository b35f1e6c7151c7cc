package template_test

import (
	"context"
	"testing"

	"github.com/packstage/packstage/template"
)

// BenchmarkCoverage executes the files of BenchmarkExecute with and without
// counting, and analyses them.
func BenchmarkCoverage(b *testing.B) {
	sources, data := benchmarkSources(), benchmarkData()
	paths := sortedPaths(sources)
	set, found := template.Compile(sources, template.Options{})
	if len(found) > 0 {
		b.Fatal(found)
	}
	b.Run("off", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			scope := &template.Scope{}
			for _, path := range paths {
				if _, _, err := set.ExecuteMapped(context.Background(), path, data, scope); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	b.Run("on", func(b *testing.B) {
		// The first execution of a set makes the trees that count.
		if _, _, err := set.ExecuteCovered(context.Background(), paths[0], data, nil, set.NewCoverage()); err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			scope, coverage := &template.Scope{}, set.NewCoverage()
			for _, path := range paths {
				if _, _, err := set.ExecuteCovered(context.Background(), path, data, scope, coverage); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	b.Run("references", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			fresh, _ := template.Compile(sources, template.Options{})
			if len(fresh.References().Unknown) > 0 {
				b.Fatal("unknown")
			}
		}
	})
}
