package packageset_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/benchmark/packageset"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// Each family renders to as many objects as it has parts, and sizes rise.
func TestFamilies(t *testing.T) {
	t.Parallel()
	for _, family := range packageset.Families() {
		t.Run(family.Name, func(t *testing.T) {
			t.Parallel()
			for i := 1; i < len(family.Sizes); i++ {
				assert.Equal(t, 10, family.Sizes[i]/family.Sizes[i-1])
			}
			const parts = 12
			set := family.Of(parts)
			assert.Len(t, set.Files, parts+1, "a file for each part, and the manifest")
			names := map[string]bool{}
			for _, object := range rendered(t, set.Files, packagetypes.Context{Config: set.Config(3)}) {
				names[object.GroupVersionKind().Kind+"/"+object.Name()] = true
			}
			assert.Len(t, names, parts)
			if family.Name == "definitions" {
				assert.InDelta(t, parts*500_000, set.Size(), parts*5_000)
			}
		})
	}
}

func rendered(t *testing.T, files map[string][]byte, with packagetypes.Context) []packagetypes.Object {
	t.Helper()
	pkg, err := packageloader.Load(context.Background(), packageloader.FromFiles(files), packageloader.LoadOptions{})
	require.NoError(t, err)
	instance, err := packageloader.Render(context.Background(), pkg, with, packageloader.Options{})
	require.NoError(t, err)
	var objects []packagetypes.Object
	for _, object := range instance.Objects() {
		objects = append(objects, object)
	}
	return objects
}

// The templates of both sides of a pair differ in the names of values, in the
// annotation that says the phase, and in the labels that rendering a package adds.
func TestPair(t *testing.T) {
	t.Parallel()
	const objects = 3
	pair := packageset.NewPair(objects)
	require.Len(t, rendered(t, pair.Package, packagetypes.Context{}), objects)
	require.Len(t, pair.Package, objects+1)
	require.Len(t, pair.Chart, objects+2)
	chart := string(pair.Chart["templates/deployment-0001.yaml"])
	pkg := string(pair.Package["deployment-0001.yaml.gotmpl"])
	assert.Contains(t, chart, "replicas: {{ .Values.replicas }}")
	assert.Equal(t, strings.Count(chart, "{{ .Values."), strings.Count(pkg, "{{ .config."))
	assert.NotContains(t, chart, "package-operator.run/phase")
	for _, left := range []string{"VALUES", "NAMESPACE", "LABELS", "PHASE", "NUMBER"} {
		assert.NotContains(t, chart+pkg, left)
	}
}
