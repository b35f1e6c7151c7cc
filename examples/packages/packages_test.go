// Package packages_test keeps the example packages in order: they have no
// findings, and their tests pass.
package packages_test

import (
	"os"
	"path"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/matrix"
	"github.com/packstage/packstage/author/testrun"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/validate"
	"github.com/packstage/packstage/validate/kubernetes"
	"github.com/packstage/packstage/validate/kubernetes/builtin"
)

func TestExamplesHaveNoFindings(t *testing.T) {
	t.Parallel()
	for _, folder := range exampleFolders(t) {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			checker := kubernetes.New(kubernetes.Options{Builtin: builtin.Catalog(), Files: os.DirFS(folder)})
			found, err := packageloader.Validate(t.Context(), source(folder), packageloader.Options{Rules: []validate.Rule{checker}})
			require.NoError(t, err)
			assert.Empty(t, found)
		})
	}
}

// alwaysTrue are the files whose loops go over what the package itself has (files, a
// list in the template), so that no configuration makes them empty: all else is reached
// by a case.
var alwaysTrue = []string{
	"monitoring/dashboards.yaml.gotmpl", "backend/services-autoscaler.yaml.gotmpl", "database/config.yaml.gotmpl",
	"database/schema-job.yaml.gotmpl", "frontend/config.yaml.gotmpl",
}

// What a package renders to is in its golden files; "packstage test FOLDER --update"
// writes them.
func TestExamplesPassTheirTests(t *testing.T) {
	t.Parallel()
	for _, folder := range exampleFolders(t) {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			report, err := testrun.Run(t.Context(), source(folder), testrun.Options{Author: os.DirFS(folder), RequireCases: true, Coverage: true})
			require.NoError(t, err)
			assert.Empty(t, report.Findings)
			for _, missed := range report.Coverage.Findings() {
				assert.Contains(t, alwaysTrue, path.Join(missed.Component, missed.Position.File), missed)
				assert.Contains(t, missed.Message, "loop have no round")
			}
			for _, suite := range report.Suites {
				for _, c := range suite.Cases {
					assert.Empty(t, c.Findings, "%s %s", suite.Component, c.Name)
					for _, difference := range c.Differences {
						t.Log(difference.Unified())
					}
				}
				totals := suite.Totals()
				assert.NotZero(t, totals.GoldenFiles, suite.Component)
				assert.NotZero(t, totals.Assertions, suite.Component)
			}
		})
	}
}

func TestShopIsLarge(t *testing.T) {
	t.Parallel()
	suites, found, err := matrix.Open(t.Context(), source("shop"), matrix.Options{})
	require.NoError(t, err)
	require.Empty(t, found.WithSeverity(diagnostic.Error))
	count := 0
	for _, suite := range suites {
		rendered, found, err := suite.RenderAll(t.Context())
		require.NoError(t, err)
		require.Empty(t, found)
		most := 0
		for _, one := range rendered {
			objects := 0
			for range one.Instance.Objects() {
				objects++
			}
			most = max(most, objects)
		}
		count += most
	}
	assert.GreaterOrEqual(t, count, 40)
}

func exampleFolders(t *testing.T) []string {
	t.Helper()
	manifests, err := filepath.Glob("*/manifest.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, manifests)
	var folders []string
	for _, path := range manifests {
		folders = append(folders, filepath.Dir(path))
	}
	return folders
}

func source(folder string) packageloader.Source {
	return packageloader.FromFolder(folder, packageloader.FolderOptions{})
}
