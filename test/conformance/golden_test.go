package conformance

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/testrun"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
)

// known are the findings that are true, by package and component. All other packages
// with golden files pass, unchanged.
var known = map[string][]string{
	// The package was changed after its golden file: it says "false" where that says
	// "true". Package Operator renders what packstage renders; see its expected.json.
	"addon-operator-deploy_pko-config-with-proxy": {"config-with-proxy: golden-changed"},
	// Their cases pass; their locks have metadata.creationTimestamp, which the format
	// does not know: an error for authors, as in validate.
	"valid-with_config-cluster-scope":   {"manifest-unknown-field"},
	"valid-with_config-namespace-scope": {"manifest-unknown-field"},
	// Packages that Package Operator refuses, too: without a lock, ...
	"invalid-missing_lock_file-cluster-scope":   {"lock-missing"},
	"invalid-missing_lock_file-namespace-scope": {"lock-missing"},
	// ... and with an unknown phase in a component.
	"invalid-multi_broken_component-backend-cluster-scope":   brokenComponent,
	"invalid-multi_broken_component-backend-namespace-scope": brokenComponent,
	"invalid-multi_broken_component-default":                 brokenComponent,
	// Its cases have no golden files, which Package Operator would write now.
	"certman-operator-deploy_pko-fedramp": {"default: golden-missing", "fedramp: golden-missing"},
}

var brokenComponent = []string{"backend cluster-scope: phase-unknown", "backend namespace-scope: phase-unknown"}

// Packages in use, and those that Package Operator is tested with, keep their golden
// files as they are.
func TestGoldenFilesOfPackages(t *testing.T) {
	t.Parallel()
	folder := setFolder(t)
	packages, err := filepath.Glob(filepath.Join(folder, "*", "*", "package"))
	require.NoError(t, err)
	tested := 0
	for _, path := range packages {
		name := filepath.Base(filepath.Dir(path))
		_, isKnown := known[name]
		if !hasGoldenFiles(t, path) && !isKnown {
			continue
		}
		tested++
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := content(t, path)
			found, files := run(t, path)
			want := slices.Sorted(slices.Values(known[name])) // several packages share a list
			assert.Equal(t, want, found)
			assert.True(t, files > 0 || isKnown)
			assert.Equal(t, before, content(t, path))
		})
	}
	assert.Greater(t, tested, 40)
	t.Logf("%d packages with golden files", tested)
}

// run returns what is wrong, and how many golden files were compared.
func run(t *testing.T, path string) (found []string, files int) {
	t.Helper()
	report, err := testrun.Run(context.WithoutCancel(t.Context()), packageloader.FromFolder(path, packageloader.FolderOptions{}),
		testrun.Options{Author: os.DirFS(path)})
	require.NoError(t, err)
	for _, d := range report.Findings.WithSeverity(diagnostic.Error) {
		found = append(found, strings.TrimSpace(d.Component+" "+string(d.Code)))
	}
	for _, suite := range report.Suites {
		for _, c := range suite.Cases {
			files += c.GoldenFiles
			for _, d := range c.Findings {
				found = append(found, strings.TrimSpace(fmt.Sprintf("%s %s: %s", suite.Component, c.Name, d.Code)))
			}
		}
	}
	slices.Sort(found)
	return found, files
}

func hasGoldenFiles(t *testing.T, path string) bool {
	t.Helper()
	has := false
	require.NoError(t, filepath.WalkDir(path, func(_ string, entry fs.DirEntry, err error) error {
		has = has || err == nil && entry.IsDir() && entry.Name() == ".test-fixtures"
		return err
	}))
	return has
}

// content is everything in a folder.
func content(t *testing.T, path string) map[string]string {
	t.Helper()
	all := map[string]string{}
	require.NoError(t, filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		all[name] = string(data)
		return err
	}))
	return all
}
