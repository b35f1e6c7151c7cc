//go:build unix

package packageloader_test

import (
	"context"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

func TestFolderWithAPipe(t *testing.T) {
	t.Parallel()
	folder := makeFolder(t, t.TempDir(), map[string]string{"a": "a"})
	require.NoError(t, syscall.Mkfifo(filepath.Join(folder, "pipe"), 0o600))
	_, err := packageloader.FromFolder(folder, packageloader.FolderOptions{}).Open(context.Background(), packagetypes.Limits{})
	require.ErrorIs(t, err, diagnostic.FilesUnsupportedType)
}
