package starter_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/matrix"
	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/author/scaffold/starter"
	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
)

func TestEveryStarterIsAPackage(t *testing.T) {
	t.Parallel()
	for _, kind := range starter.All() {
		t.Run(kind.Name, func(t *testing.T) {
			t.Parallel()
			made, err := starter.Make(t.Context(), "my-shop", kind.Name)
			require.NoError(t, err)
			folder := filepath.Join(t.TempDir(), "my-shop")
			require.NoError(t, made.Write(folder))

			source := packageloader.FromFolder(folder, packageloader.FolderOptions{})
			found, err := packageloader.Validate(t.Context(), source, packageloader.Options{})
			require.NoError(t, err)
			require.Empty(t, found)

			suites, found, err := matrix.Open(t.Context(), source, matrix.Options{Author: os.DirFS(folder)})
			require.NoError(t, err)
			require.Empty(t, found)
			require.Len(t, suites, 1)
			requireCases(t, suites[0])

			_, found, err = packagebuilder.Build(t.Context(), source, packagebuilder.BuildOptions{})
			require.NoError(t, err)
			require.Empty(t, found)

			for _, path := range made.Paths() {
				assert.NotContains(t, string(made.Files[path]), "starter-name", path)
				assert.NotContains(t, path, "starter-name")
			}
			assert.Contains(t, string(made.Files["manifest.yaml"]), "$schema=.packstage/schemas/manifest.schema.json")
			assert.Contains(t, made.Files, ".packstage/schemas/manifest.schema.json")
		})
	}
}

// requireCases looks whether cases render, refuse, and fail, as they say.
func requireCases(t *testing.T, suite *matrix.Suite) {
	t.Helper()
	refused, golden := 0, 0
	for _, c := range suite.Cases {
		instance, err := suite.Render(t.Context(), c)
		if c.Error != nil {
			require.Error(t, err, c.Name)
			refused++
			continue
		}
		require.NoError(t, err, c.Name)
		require.NotEmpty(t, instance.Phases)
		require.NotEmpty(t, c.Assertions)
		if c.Golden != "" {
			golden++
		}
	}
	require.NotZero(t, refused)
	require.NotZero(t, golden)
}

func TestNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "Shop", "9lives", "a_b", "a.b", "-a", "a-", strings.Repeat("a", 41)} {
		var invalid *starter.InvalidNameError
		require.ErrorAs(t, starter.CheckName(name), &invalid, name)
	}
	for _, name := range []string{"a", "shop", "a-1", strings.Repeat("a", 40)} {
		require.NoError(t, starter.CheckName(name))
		for _, kind := range starter.All() {
			_, err := starter.Make(t.Context(), name, kind.Name)
			require.NoError(t, err)
		}
	}
	for _, kind := range []string{"", "x", "..", "minimal/.packstage", "readme.md"} {
		var unknown *starter.UnknownError
		_, err := starter.Make(t.Context(), "shop", kind)
		require.ErrorAs(t, err, &unknown, kind)
	}
}

func TestWriteNeverReplaces(t *testing.T) {
	t.Parallel()
	made, err := starter.Make(t.Context(), "shop", "minimal")
	require.NoError(t, err)
	folder := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(folder, ".git"), 0o700))
	require.NoError(t, made.Write(folder), "hidden files of other tools do no harm")
	require.ErrorIs(t, made.Write(folder), scaffold.ErrNotEmpty)

	other := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(other, "notes.txt"), []byte("mine"), 0o600))
	require.ErrorIs(t, made.Write(other), scaffold.ErrNotEmpty)
	entries, err := os.ReadDir(other)
	require.NoError(t, err)
	require.Len(t, entries, 1)
}

// A new package is one call away.
func ExampleMake() {
	made, err := starter.Make(context.Background(), "shop", "minimal")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, path := range made.Paths() {
		if !strings.HasPrefix(path, ".") {
			fmt.Println(path)
		}
	}
	// Output:
	// README.md
	// configmap.yaml.gotmpl
	// deployment.yaml.gotmpl
	// manifest.lock.yaml
	// manifest.yaml
}
