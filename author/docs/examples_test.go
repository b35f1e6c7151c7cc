package docs_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/docs"
	"github.com/packstage/packstage/author/matrix"
	"github.com/packstage/packstage/packageloader"
)

var update = flag.Bool("update", false, "write the golden files, and the READMEs of the examples")

// TestReadmesOfExamplesAreCurrent does what "packstage docs --readme --check" does.
func TestReadmesOfExamplesAreCurrent(t *testing.T) {
	t.Parallel()
	manifests, err := filepath.Glob("../../examples/packages/*/manifest.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, manifests)
	for _, file := range manifests {
		folder := filepath.Dir(file)
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			readme := filepath.Join(folder, "README.md")
			before, err := os.ReadFile(readme)
			require.NoError(t, err)
			after, err := docs.Replace(readme, before, docs.Section(documentOf(t, folder), docs.SectionOptions{}))
			require.NoError(t, err)
			if *update {
				require.NoError(t, os.WriteFile(readme, after, 0o644))
				return
			}
			assert.Equal(t, string(after), string(before), "go test ./author/docs -update writes it")
		})
	}
}

// documentOf makes the document of a package in a folder.
func documentOf(t *testing.T, folder string) *docs.Document {
	t.Helper()
	return document(t, packageloader.FromFolder(folder, packageloader.FolderOptions{}), matrix.Options{Author: os.DirFS(folder)})
}

func document(t *testing.T, source packageloader.Source, options matrix.Options) *docs.Document {
	t.Helper()
	suites, found, err := matrix.Open(t.Context(), source, options)
	require.NoError(t, err)
	require.False(t, found.HasErrors(), found)
	made, found, err := docs.New(t.Context(), suites)
	require.NoError(t, err)
	require.False(t, found.HasErrors(), found)
	return made
}
