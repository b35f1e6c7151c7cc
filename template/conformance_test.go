package template_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/template"
)

// The conformance cases are checked as a whole where packages are rendered. Here
// it is the templates alone: those of the cases about templates must give the
// data that is expected, and all others must execute where the case renders.
func TestConformance(t *testing.T) {
	t.Parallel()
	root := os.Getenv("PACKSTAGE_CONFORMANCE")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "conformance")
	}
	if _, err := os.Stat(root); err != nil {
		t.Skip("the conformance cases are not there")
	}
	contexts, err := filepath.Glob(filepath.Join(root, "*", "*", "context.yaml"))
	require.NoError(t, err)
	require.NotEmpty(t, contexts)
	checked := 0
	for _, path := range contexts {
		c := readCase(t, filepath.Dir(path))
		if len(c.templates) == 0 || c.result.Error != nil && !strings.HasPrefix(c.name, "tmpl-") {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			rendered, err := c.render(t)
			if c.result.Error != nil {
				require.Error(t, err)
				return
			}
			require.NoError(t, err)
			if !strings.HasPrefix(c.name, "tmpl-") && c.name != "cel-template-function" {
				return
			}
			for _, phase := range c.result.Phases {
				for _, object := range phase.Objects {
					got, ok := rendered[object.Object.Metadata.Name]
					if !ok {
						continue // of a static file
					}
					checked++
					assert.Equal(t, object.Object.Data, got)
				}
			}
		})
	}
	assert.Greater(t, checked, 15)
}

type conformanceCase struct {
	name      string
	files     *packagetypes.Files
	templates map[string][]byte
	data      map[string]any
	result    struct {
		Error  any
		Phases []struct {
			Objects []struct{ Object conformanceObject }
		}
	}
}

type conformanceObject struct {
	Metadata struct{ Name string }
	Data     map[string]any
}

func readCase(t *testing.T, folder string) conformanceCase {
	t.Helper()
	c := conformanceCase{name: filepath.Base(folder), templates: map[string][]byte{}}
	contents := map[string][]byte{}
	text, err := os.ReadFile(filepath.Join(folder, "context.yaml"))
	require.NoError(t, err)
	typed, found := manifest.DecodeContext("context.yaml", text)
	require.Empty(t, found)
	root := filepath.Join(folder, "package")
	if typed.Component != "" {
		root = filepath.Join(root, "components", typed.Component)
		if _, err := os.Stat(root); err != nil {
			return c
		}
	}
	require.NoError(t, filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil || strings.HasPrefix(entry.Name(), ".") || strings.Contains(relative, "/.") {
			return err
		}
		if strings.HasPrefix(relative, "components"+string(filepath.Separator)) {
			return nil // each is a package of its own
		}
		content, err := os.ReadFile(path)
		contents[filepath.ToSlash(relative)] = content
		if strings.HasSuffix(relative, ".gotmpl") {
			c.templates[filepath.ToSlash(relative)] = content
		}
		return err
	}))
	c.files, err = packagetypes.NewFiles(contents, packagetypes.Limits{})
	require.NoError(t, err)
	text, err = json.Marshal(typed.TemplateContext)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &c.data))
	c.data = integers(c.data).(map[string]any)
	for _, key := range []string{"images", "dependencies", "config"} {
		if c.data[key] == nil {
			c.data[key] = map[string]any{}
		}
	}
	expected, err := os.ReadFile(filepath.Join(folder, "expected.json"))
	require.NoError(t, err)
	var admitted struct{ AdmittedConfig map[string]any }
	require.NoError(t, json.Unmarshal(expected, &admitted))
	if admitted.AdmittedConfig != nil {
		c.data["config"] = integers(admitted.AdmittedConfig)
	}
	metadata := c.data["package"].(map[string]any)["metadata"].(map[string]any)
	for _, key := range []string{"labels", "annotations", "namespace"} {
		if metadata[key] == nil {
			metadata[key] = map[string]string{}
		}
	}
	if typed.Scope == manifest.ScopeCluster {
		metadata["namespace"] = ""
	}
	var lock struct {
		Spec struct {
			Images []struct{ Name, Image, Digest string }
		}
	}
	if err := yaml.Unmarshal(contents["manifest.lock.yaml"], &lock); err == nil {
		images := map[string]any{}
		for _, image := range lock.Spec.Images {
			images[image.Name] = image.Image + "@" + image.Digest
		}
		c.data["images"] = images
	}
	if required, err := os.ReadFile(filepath.Join(folder, "required.json")); err == nil {
		var wrapped struct{ Result json.RawMessage }
		require.NoError(t, json.Unmarshal(required, &wrapped))
		expected = wrapped.Result
	}
	require.NoError(t, json.Unmarshal(expected, &c.result))
	return c
}

// render executes all templates and returns the data of the objects by name.
func (c conformanceCase) render(t *testing.T) (map[string]map[string]any, error) {
	t.Helper()
	set, found := template.Compile(c.templates, template.Options{Files: c.files})
	if err := found.Err(); err != nil {
		return nil, err
	}
	scope := &template.Scope{CEL: func(_ context.Context, expression string) (bool, error) {
		return !strings.Contains(expression, "false"), nil
	}}
	rendered := map[string]map[string]any{}
	for _, path := range set.Paths() {
		output, err := set.Execute(context.Background(), path, c.data, scope)
		if err != nil {
			return nil, err
		}
		if !strings.HasSuffix(path, ".yaml.gotmpl") && !strings.HasSuffix(path, ".yml.gotmpl") {
			continue
		}
		for _, document := range strings.Split("\n"+string(output), "\n---") {
			var object conformanceObject
			require.NoError(t, yaml.Unmarshal([]byte(document), &object), document)
			rendered[object.Metadata.Name] = object.Data
		}
	}
	return rendered, nil
}

// integers turns whole numbers into int64, as admitted configurations hold them.
func integers(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			v[key] = integers(value)
		}
	case []any:
		for i, value := range v {
			v[i] = integers(value)
		}
	case float64:
		if v == float64(int64(v)) {
			return int64(v)
		}
	}
	return v
}
