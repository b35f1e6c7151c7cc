package testrun_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/testrun"
)

func TestUpdateLeavesWhatIsNotItsOwn(t *testing.T) {
	t.Parallel()
	more := "  - name: plain/sub\n    context: {config: {replicas: 2}}\n"
	files := web(map[string]string{
		"manifest.yaml":                  webManifest + webTests + more,
		".test-fixtures/plain/README.md": "why",
		".test-fixtures/plain/old.yaml":  "a: b\n",
	})
	top := folder(t, files)
	report := run(t, top, testrun.Options{UpdateFolder: top})
	assert.Equal(t, testrun.Totals{Suites: 1, Cases: 3, GoldenFiles: 7, Updated: 7, Removed: 1}, report.Totals())
	report = run(t, top, testrun.Options{UpdateFolder: top})
	assert.Equal(t, testrun.Totals{Suites: 1, Cases: 3, GoldenFiles: 7}, report.Totals())
	assert.Empty(t, report.Findings)
	assert.FileExists(t, filepath.Join(top, ".test-fixtures", "plain", "README.md"))
	assert.FileExists(t, filepath.Join(top, ".test-fixtures", "plain", "sub", "web.yaml"))
}

func TestUpdateThroughALink(t *testing.T) {
	t.Parallel()
	top := folder(t, web(nil))
	run(t, top, testrun.Options{UpdateFolder: top})
	fixtures := filepath.Join(top, ".test-fixtures")
	require.NoError(t, os.RemoveAll(filepath.Join(fixtures, "large")))
	require.NoError(t, os.Symlink("plain", filepath.Join(fixtures, "large")))
	report := run(t, top, testrun.Options{UpdateFolder: top})
	assert.Equal(t, []string{"plain:", "large: files-unsupported-type@0"}, outline(report))
	assert.Equal(t, 0, report.Totals().Updated)
	assert.NotEmpty(t, report.Suites[0].Cases[1].Differences)
	content, err := os.ReadFile(filepath.Join(fixtures, "plain", "web.yaml"))
	require.NoError(t, err)
	assert.Contains(t, string(content), `replicas: "1"`)
}

func TestCasesWithoutAFolder(t *testing.T) {
	t.Parallel()
	more := "  - name: ../up\n  - name: Plain\n"
	report := run(t, folder(t, web(map[string]string{"manifest.yaml": webManifest + webTests + more})), testrun.Options{})
	require.Len(t, report.Findings, 2)
	assert.Contains(t, report.Findings[0].Message, `"../up" cannot be the name of a folder`)
	assert.Contains(t, report.Findings[1].Message, `differs only in case from "plain"`)
}

func TestFaultyFileIsTheOnlyFinding(t *testing.T) {
	t.Parallel()
	top := folder(t, map[string]string{
		"manifest.yaml":                    webManifest,
		".packstage/test.yaml":             "cases:\n- {name: many, golden: yes, contxt: {}}\n",
		".packstage/golden/many/site.yaml": "a: b\n",
	})
	report := run(t, top, testrun.Options{RequireCases: true})
	assert.Equal(t, []string{"defaults:", "error test-file-invalid .packstage/test.yaml"}, outline(report))
	report = run(t, top, testrun.Options{Only: regexp.MustCompile("many")})
	assert.Equal(t, []string{"error test-file-invalid .packstage/test.yaml"}, outline(report))
}
