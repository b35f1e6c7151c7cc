package lint_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/lint"
	"github.com/packstage/packstage/diagnostic"
)

// Packages that are as they should be, each in a folder of its own, make no findings:
// forms that are easily taken for mistakes. Rules about what small packages never have
// are left out, and those about resources where they are not the matter.
func TestGoodPackages(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob(filepath.Join("testdata", "good", "*.txtar"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		disabled := []diagnostic.Code{"image-unlocked", "phase-empty", "config-undescribed", "probe-matches-nothing"}
		if filepath.Base(path) != "resources.txtar" {
			disabled = append(disabled, "container-resources", "workload-without-probe")
		}
		archive := readArchive(t, path)
		var names []string
		for _, file := range archive.Files {
			name, _, _ := strings.Cut(file.Name, "/")
			names = append(names, name)
		}
		for _, name := range slices.Compact(names) {
			t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar")+"/"+name, func(t *testing.T) {
				t.Parallel()
				result := run(t, archive.folder(name), lint.Options{Disable: disabled})
				assert.Empty(t, text(result.Diagnostics()))
				assert.NotZero(t, result.Cases)
			})
		}
	}
}
