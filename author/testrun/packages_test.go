package testrun_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/testrun"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
)

func TestPackagesWithoutCases(t *testing.T) {
	t.Parallel()
	settings := configMap("settings", "settings", "")
	top := folder(t, map[string]string{"manifest.yaml": webManifest, "settings.yaml": settings})
	report := run(t, top, testrun.Options{})
	assert.Equal(t, []string{"defaults:", "info tests-missing manifest.yaml"}, outline(report))
	assert.False(t, report.Failed())
	report = run(t, top, testrun.Options{RequireCases: true})
	assert.Equal(t, []string{"defaults:", "error tests-missing manifest.yaml"}, outline(report))
	assert.True(t, report.Failed())

	top = folder(t, map[string]string{
		"manifest.yaml": strings.Replace(webManifest, "      properties:", "      required: [name]\n      properties:\n        name: {type: string}", 1),
		"settings.yaml": settings,
	})
	report = run(t, top, testrun.Options{})
	assert.Equal(t, []string{"info tests-missing manifest.yaml"}, outline(report))
	assert.Contains(t, report.Findings[0].Message, "nothing was rendered")
}

func TestComponents(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"manifest.yaml": strings.Replace(webManifest, "  phases:", "  components: {}\n  phases:", 1),
		"settings.yaml": configMap("settings", "settings", ""),
	}
	for _, name := range []string{"back", "front"} {
		files["components/"+name+"/manifest.yaml"] = webManifest + webTests
		files["components/"+name+"/settings.yaml"] = configMap("settings", "settings", "")
	}
	files["components/front/settings.yaml"] = configMap("settings", "nowhere", "")
	top := folder(t, files)
	report := run(t, top, testrun.Options{UpdateFolder: top})
	assert.Equal(t, []string{
		"defaults:", "back plain:", "back large:", "info tests-missing manifest.yaml", "error phase-unknown settings.yaml",
	}, outline(report))
	assert.FileExists(t, filepath.Join(top, "components", "back", ".test-fixtures", "large", "settings.yaml"))
	assert.True(t, report.Failed())
	assert.Equal(t, []string{"back plain:", "back large:"}, outline(run(t, top, testrun.Options{Component: "back"})))
	assert.Equal(t, []string{"error phase-unknown settings.yaml"}, outline(run(t, top, testrun.Options{Component: "front"})))
	assert.Equal(t, []string{"error component-not-found "}, outline(run(t, top, testrun.Options{Component: "bck"})))
}

func TestChosenCases(t *testing.T) {
	t.Parallel()
	top := folder(t, web(nil))
	source := packageloader.FromFolder(top, packageloader.FolderOptions{})
	_, err := testrun.Run(t.Context(), source, testrun.Options{Only: regexp.MustCompile("^x")})
	require.ErrorIs(t, err, testrun.ErrNoMatch)
	assert.Contains(t, err.Error(), "plain, large")

	// Without the author's folder there are no golden files to compare.
	report, err := testrun.Run(t.Context(), source, testrun.Options{Only: regexp.MustCompile("^large$")})
	require.NoError(t, err)
	assert.Equal(t, []string{"large:"}, outline(report))
}

func TestCoverage(t *testing.T) {
	t.Parallel()
	top := folder(t, web(nil))
	assert.Nil(t, run(t, top, testrun.Options{}).Coverage)
	all := run(t, top, testrun.Options{Coverage: true}).Coverage
	require.Len(t, all.Packages, 1)
	assert.Equal(t, []string{"large", "plain"}, all.Packages[0].Cases)
	assert.Equal(t, all.Totals().Points.Total, all.Totals().Points.Reached)
	for _, file := range all.Packages[0].Files {
		assert.LessOrEqual(t, file.Executions, uint64(2), "the second render of a case does not count")
	}

	some := run(t, top, testrun.Options{Coverage: true, Only: regexp.MustCompile("plain")}).Coverage
	assert.Equal(t, all.Totals().Points.Total-1, some.Totals().Points.Reached, "the branch of large is not reached")
	assert.False(t, run(t, top, testrun.Options{UpdateFolder: top, Coverage: true}).Failed())
}

func TestWarningsComeOnce(t *testing.T) {
	t.Parallel()
	top := folder(t, web(map[string]string{"twice.yaml.gotmpl": configMap("twice", "deploy", "data: {}\ndata: {}\n")}))
	report := run(t, top, testrun.Options{UpdateFolder: top})
	// A key twice is an error for authors.
	assert.Equal(t, []string{"plain: yaml-duplicate-key@7", "large: yaml-duplicate-key@7"}, outline(report))
}

func TestProgressAndInterruption(t *testing.T) {
	t.Parallel()
	top := folder(t, web(nil))
	var seen []string
	run(t, top, testrun.Options{Progress: func(done, total int) { seen = append(seen, fmt.Sprint(done, "/", total)) }})
	assert.Equal(t, []string{"1/2", "2/2"}, seen)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := testrun.Run(ctx, packageloader.FromFolder(top, packageloader.FolderOptions{}), testrun.Options{})
	require.ErrorIs(t, err, context.Canceled)
	_, isFinding := diagnostic.From(err)
	assert.False(t, isFinding)
}

// The assertions in docs/testing.md hold for the example that they are written for.
func TestDocumentedAssertions(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile(filepath.Join("..", "..", "docs", "testing.md"))
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(document), "run by a test of author/testrun. -->\n```yaml\n")
	require.True(t, found)
	assertions, _, found := strings.Cut(rest, "```")
	require.True(t, found)
	top := t.TempDir()
	require.NoError(t, os.CopyFS(top, os.DirFS(filepath.Join("..", "..", "examples", "packages", "webapp"))))
	require.NoError(t, os.WriteFile(filepath.Join(top, ".packstage", "test.yaml"), []byte(assertions), 0o600))
	report := run(t, top, testrun.Options{})
	for _, c := range report.Suites[0].Cases {
		assert.Empty(t, c.Findings, c.Name)
		assert.GreaterOrEqual(t, c.Checked, 10)
	}
}
