// Package packages_test keeps the example packages in order: they have no
// findings, and every test case renders to what its golden files say.
package packages_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/validate"
)

// goldenImage stands in golden files for every locked image.
const goldenImage = "registry.package-operator.run/static-image"

func TestExamplesHaveNoFindings(t *testing.T) {
	t.Parallel()
	for _, folder := range exampleFolders(t) {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			found, err := packageloader.Validate(t.Context(), source(folder), packageloader.Options{})
			require.NoError(t, err)
			assert.Empty(t, found)
		})
	}
}

func TestExamplesRenderAsTheirGoldenFiles(t *testing.T) {
	t.Parallel()
	for _, folder := range exampleFolders(t) {
		packages, err := packageloader.LoadAll(t.Context(), source(folder), packageloader.LoadOptions{})
		require.NoError(t, err)
		for _, pkg := range packages {
			fixtures := filepath.Join(folder, ".test-fixtures")
			if pkg.Component != "" {
				fixtures = filepath.Join(folder, "components", pkg.Component, ".test-fixtures")
			}
			require.NotEmpty(t, pkg.Manifest.Test.Template, "%s has no test case", fixtures)
			for _, test := range pkg.Manifest.Test.Template {
				t.Run(filepath.Join(filepath.Dir(fixtures), test.Name), func(t *testing.T) {
					t.Parallel()
					want := goldenObjects(t, filepath.Join(fixtures, test.Name), pkg, test)
					assert.Equal(t, want, renderedObjects(t, pkg, test))
				})
			}
		}
	}
}

func TestShopIsLarge(t *testing.T) {
	t.Parallel()
	packages, err := packageloader.LoadAll(t.Context(), source("shop"), packageloader.LoadOptions{})
	require.NoError(t, err)
	count := 0
	for _, pkg := range packages {
		most := 0
		for _, test := range pkg.Manifest.Test.Template {
			most = max(most, len(renderedObjects(t, pkg, test)))
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

// renderedObjects renders a test case and returns its objects by kind, namespace and
// name, with the image that golden files have.
func renderedObjects(t *testing.T, pkg *packagetypes.Package, test manifest.TemplateTest) map[string]any {
	t.Helper()
	scope := manifest.ScopeNamespaced
	if test.Context.Package.Metadata.Namespace == "" {
		scope = manifest.ScopeCluster
	}
	instance, err := packageloader.Render(t.Context(), pkg, packagetypes.Context{
		Scope: scope, Package: test.Context.Package, Config: test.Context.Config, Environment: test.Context.Environment,
	}, packageloader.Options{})
	require.NoError(t, err)
	var pairs []string
	for _, image := range instance.Images {
		pairs = append(pairs, image, goldenImage)
	}
	replacer := strings.NewReplacer(pairs...)
	objects := map[string]any{}
	for _, object := range instance.Objects() {
		encoded, err := json.Marshal(object)
		require.NoError(t, err)
		add(t, objects, []byte(replacer.Replace(string(encoded))))
	}
	return objects
}

var separator = regexp.MustCompile(`(?m)^---$`)

// goldenObjects reads the golden files of a test case as objects, as rendering
// would make them: with labels and without the annotations that steer.
func goldenObjects(t *testing.T, folder string, pkg *packagetypes.Package, test manifest.TemplateTest) map[string]any {
	t.Helper()
	objects := map[string]any{}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, document := range separator.Split(string(content), -1) {
			var object map[string]any
			require.NoError(t, yaml.UnmarshalStrict([]byte(document), &object), path)
			if object == nil {
				continue
			}
			metadata := object["metadata"].(map[string]any)
			annotations := metadata["annotations"].(map[string]any)
			for _, name := range []string{
				validate.PhaseAnnotation, validate.ConditionAnnotation,
				validate.ConditionMapAnnotation, validate.CollisionProtectionAnnotation,
			} {
				delete(annotations, name)
			}
			if len(annotations) == 0 {
				delete(metadata, "annotations")
			}
			labels, _ := metadata["labels"].(map[string]any)
			if labels == nil {
				labels = map[string]any{}
				metadata["labels"] = labels
			}
			labels[validate.PackageLabel] = pkg.Name
			labels[validate.InstanceLabel] = test.Context.Package.Metadata.Name
			encoded, err := json.Marshal(object)
			require.NoError(t, err)
			add(t, objects, encoded)
		}
		return nil
	})
	require.NoError(t, err)
	return objects
}

// add decodes an object into a map, under its kind, namespace and name.
func add(t *testing.T, objects map[string]any, encoded []byte) {
	t.Helper()
	var object struct {
		Kind     string
		Metadata struct{ Namespace, Name string }
	}
	require.NoError(t, json.Unmarshal(encoded, &object))
	var content any
	require.NoError(t, json.Unmarshal(encoded, &content))
	key := object.Kind + " " + object.Metadata.Namespace + "/" + object.Metadata.Name
	require.NotContains(t, objects, key)
	objects[key] = content
}
