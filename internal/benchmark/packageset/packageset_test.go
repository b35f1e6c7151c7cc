package packageset_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/benchmark/packageset"
	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

func TestSetsAreAlwaysTheSame(t *testing.T) {
	t.Parallel()
	digests := map[string]string{
		"nginx":  "sha256:84bf222bd14db6264426d4b902d2f890148853289e1961ac34ee89b47615f212",
		"medium": "sha256:3466bedc81f9d92b7c28c1388a5bbbf475af446a5fbb0b491b9384ccbe30fa0a",
		"large":  "sha256:95794af5d14daa92dfb9f728a42e0f994adc70a0cfea3a84bf00ad315032597e",
		"crds":   "sha256:99fa7c74959a95213826d390cb95e59c483b32a4f9e254f8e6bf9cc50823a86e",
	}
	for _, name := range packageset.Names() {
		set, ok := packageset.Generate(name)
		require.True(t, ok)
		files, err := packagetypes.NewFiles(set.Files, packagetypes.Limits{})
		require.NoError(t, err)
		assert.Equal(t, digests[name], files.Digest(), name)
	}
	_, ok := packageset.Generate("unknown")
	assert.False(t, ok)
}

func TestSetsAreAsDescribed(t *testing.T) {
	t.Parallel()
	count := func(set packageset.Set, suffix string) (files int) {
		for path := range set.Files {
			if strings.HasSuffix(path, suffix) && !strings.HasPrefix(path, "_") && !strings.HasPrefix(path, "manifest.") {
				files++
			}
		}
		return files
	}
	medium, large, crds := packageset.Medium(), packageset.Large(), packageset.CRDs()
	assert.Equal(t, 100, count(medium, ".yaml.gotmpl"))
	assert.Equal(t, 300, medium.Objects)
	assert.Equal(t, 500, count(large, ".yaml.gotmpl"))
	assert.Equal(t, 500, count(large, ".yaml"))
	assert.Equal(t, 3000, large.Objects)

	conditions, distinct := 0, map[string]bool{}
	for _, content := range large.Files {
		for line := range strings.Lines(string(content)) {
			if _, expression, ok := strings.Cut(line, "package-operator.run/condition: "); ok {
				conditions++
				distinct[expression] = true
			}
		}
	}
	assert.Equal(t, 1000, conditions)
	assert.Len(t, distinct, 20)

	assert.Equal(t, 30, count(crds, ".yaml"))
	for path, content := range crds.Files {
		if strings.HasPrefix(path, "crds/") {
			assert.InDelta(t, 525_000, len(content), 5_000, path)
		}
	}
}

// What is measured is a package without any finding.
func TestSetsBuildWithoutFindings(t *testing.T) {
	t.Parallel()
	for _, name := range packageset.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			set, _ := packageset.Generate(name)
			_, found, err := packagebuilder.Build(ctx, packageloader.FromFiles(set.Files), packagebuilder.BuildOptions{})
			require.NoError(t, err)
			require.Empty(t, found)
			pkg, err := packageloader.Load(ctx, packageloader.FromFiles(set.Files), packageloader.LoadOptions{})
			require.NoError(t, err)
			renderer, err := packageloader.Compile(pkg, packageloader.Options{})
			require.NoError(t, err)
			digests := map[string]bool{}
			for variant := range 3 {
				instance, err := renderer.Render(ctx, packagetypes.Context{Config: set.Config(variant)})
				require.NoError(t, err)
				require.Empty(t, instance.Warnings)
				digests[instance.Digest()] = true
			}
			if name != "crds" {
				require.Len(t, digests, 3, "variants differ")
			}
		})
	}
}
