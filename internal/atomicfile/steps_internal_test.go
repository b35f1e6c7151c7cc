package atomicfile

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The ways for systems that cannot exchange are tested on all systems.

func folderWith(t *testing.T, path, name string) {
	t.Helper()
	require.NoError(t, os.Mkdir(path, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(path, name), nil, 0o644))
}

func TestReplaceInTwoSteps(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	temporary, target := filepath.Join(parent, "temporary"), filepath.Join(parent, "target")
	folderWith(t, temporary, "new")
	folderWith(t, target, "old")
	require.NoError(t, replaceInTwoSteps(temporary, target))
	assert.FileExists(t, filepath.Join(target, "new"))
	assert.FileExists(t, filepath.Join(temporary, "old"), "for the caller to remove")
	entries, err := os.ReadDir(parent)
	require.NoError(t, err)
	assert.Len(t, entries, 2)
}

func TestReplaceInTwoStepsWithoutATarget(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	temporary, target := filepath.Join(parent, "temporary"), filepath.Join(parent, "target")
	folderWith(t, temporary, "new")
	require.NoError(t, replaceInTwoSteps(temporary, target))
	assert.FileExists(t, filepath.Join(target, "new"))
	assert.NoDirExists(t, temporary)
}

func TestReplaceInTwoStepsPutsTheOldFolderBack(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	target := filepath.Join(parent, "target")
	folderWith(t, target, "old")
	err := replaceInTwoSteps(filepath.Join(parent, "gone"), target)
	assert.ErrorIs(t, err, fs.ErrNotExist)
	assert.FileExists(t, filepath.Join(target, "old"))
	entries, err := os.ReadDir(parent)
	require.NoError(t, err)
	assert.Len(t, entries, 1)
}

func TestRenameNoReplaceInTwoSteps(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	from, to := filepath.Join(parent, "from"), filepath.Join(parent, "to")
	folderWith(t, from, "new")
	require.NoError(t, os.Mkdir(to, 0o755))
	assert.ErrorIs(t, renameNoReplaceInTwoSteps(from, to), fs.ErrExist)
	require.NoError(t, os.Remove(to))
	require.NoError(t, renameNoReplaceInTwoSteps(from, to))
	assert.FileExists(t, filepath.Join(to, "new"))
}
