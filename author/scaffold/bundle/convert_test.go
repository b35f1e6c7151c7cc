package bundle_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/author/scaffold/bundle"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

func files(t *testing.T, folder string) *packagetypes.Files {
	t.Helper()
	content, err := packageloader.FromFolder(folder, packageloader.FolderOptions{}).Open(t.Context(), packagetypes.Limits{})
	require.NoError(t, err)
	return content.Files
}

func TestX(t *testing.T) {
	input, err := bundle.Convert(files(t, "testdata/backup-operator"), bundle.Options{Watch: bundle.WatchChosen})
	require.NoError(t, err)
	made, err := scaffold.Make(t.Context(), *input, scaffold.Options{})
	require.NoError(t, err)
	for _, path := range made.Paths() {
		if path[0] != '.' {
			t.Logf("%s\n%s", path, made.Files[path])
		}
	}
	for _, d := range made.Decisions {
		t.Logf("%+v", d)
	}
}
