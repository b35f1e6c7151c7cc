package compare_test

import (
	"bytes"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/compare"
	"github.com/packstage/packstage/internal/benchmark/packageset"
	"github.com/packstage/packstage/packageloader"
)

// BenchmarkCompare compares two versions of a package of 3,000 objects, and of one of
// 30 large custom resource definitions: load, render and compare.
func BenchmarkCompare(b *testing.B) {
	for _, name := range []string{"large", "crds"} {
		set, ok := packageset.Generate(name)
		require.True(b, ok)
		changed := maps.Clone(set.Files)
		for path, content := range changed {
			content = bytes.ReplaceAll(content, []byte("readinessProbe"), []byte("startupProbe"))
			changed[path] = bytes.ReplaceAll(content, []byte("type: integer"), []byte("type: number"))
		}
		options := compare.Options{Configs: []compare.NamedConfig{{Name: "one", Config: set.Config(1)}}}
		for what, files := range map[string]map[string][]byte{"same": set.Files, "changed": changed} {
			b.Run(name+"-"+what, func(b *testing.B) {
				for b.Loop() {
					report, err := compare.Compare(b.Context(), packageloader.FromFiles(set.Files), packageloader.FromFiles(files), options)
					require.NoError(b, err)
					b.ReportMetric(float64(len(report.Changes)), "changes")
				}
			})
		}
	}
}
