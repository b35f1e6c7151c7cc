package conformance

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/author/lint"
	"github.com/packstage/packstage/author/matrix"
	"github.com/packstage/packstage/packageloader"
)

// lintCase lints the package of a case: with its own cases, and with that of the set,
// too. It returns what is found either way.
func lintCase(t *testing.T, dir string) []string {
	t.Helper()
	source := packageloader.FromFolder(filepath.Join(dir, "package"), packageloader.FolderOptions{})
	var found []string
	for _, author := range []fstest.MapFS{{}, {matrix.File: {Data: testFile(t, dir)}}} {
		result, err := lint.Run(t.Context(), source, lint.Options{Author: author})
		require.NoError(t, err)
		again, err := lint.Run(t.Context(), source, lint.Options{Author: author})
		require.NoError(t, err)
		require.Equal(t, result.Diagnostics(), again.Diagnostics())
		for _, finding := range result.Findings {
			found = append(found, fmt.Sprintf("%s:%d %s", finding.Position.File, finding.Position.Line, finding.Code))
			assert.NotZero(t, finding.Position.Line, "%v", finding)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// testFile is the context of a case as one of .packstage/test.yaml.
func testFile(t *testing.T, dir string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "context.yaml"))
	require.NoError(t, err)
	var context map[string]any
	require.NoError(t, yaml.Unmarshal(data, &context))
	scope := context["scope"]
	delete(context, "scope")
	delete(context, "component")
	data, err = yaml.Marshal(map[string]any{"cases": []any{map[string]any{"name": "conformance", "scope": scope, "context": context}}})
	require.NoError(t, err)
	return data
}

// Every package of the set can be looked at, whatever is wrong with it.
func TestLint(t *testing.T) {
	t.Parallel()
	dirs, err := filepath.Glob(filepath.Join(setFolder(t), "*", "*"))
	require.NoError(t, err)
	require.NotEmpty(t, dirs)
	for _, dir := range dirs {
		if _, err := os.Stat(filepath.Join(dir, "context.yaml")); err != nil {
			continue
		}
		t.Run(filepath.Base(filepath.Dir(dir))+"/"+filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			lintCase(t, dir)
		})
	}
}

// docs/lint-on-real-packages.md judges each finding on the real packages, and no
// other.
func TestLintOnRealPackagesIsJudged(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "lint-on-real-packages.md"))
	require.NoError(t, err)
	judged := map[string][]string{}
	name := ""
	for line := range strings.Lines(string(page)) {
		if heading, ok := strings.CutPrefix(line, "## "); ok {
			name = strings.TrimSpace(heading)
		}
		cells := strings.Split(line, "|")
		if len(cells) == 5 && strings.Contains(cells[1], "`") {
			for place := range strings.SplitSeq(cells[2], ",") {
				judged[name] = append(judged[name], strings.Trim(place, " `")+" "+strings.Trim(cells[1], " `"))
			}
		}
	}
	dirs, err := filepath.Glob(filepath.Join(setFolder(t), "real", "*"))
	require.NoError(t, err)
	require.NotEmpty(t, dirs)
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			found := lintCase(t, dir)
			slices.Sort(judged[filepath.Base(dir)])
			assert.Equal(t, found, judged[filepath.Base(dir)])
		})
	}
}
