package packageloader_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/template"
)

const conditionAnnotation = "    package-operator.run/condition: "

func TestRenderFiles(t *testing.T) {
	t.Parallel()
	a, b := configMap("a", "deploy"), configMap("b", "deploy")
	off := conditionAnnotation + "\"false\"\n"
	item := func(name, more string) string {
		return "- apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: " + name +
			"\n    annotations:\n      package-operator.run/phase: deploy\n" + more
	}
	list := "apiVersion: v1\nkind: List\nitems:\n" + item("x", "") + item("w", "      package-operator.run/condition: \"false\"\n")
	tests := map[string]struct {
		files map[string]string
		want  map[string]string
	}{
		"a static file is as it is": {
			map[string]string{"a.yaml": "\r\n# comment\n--- # more\r\n" + a + "---\n\n" + b + "\n\n"},
			map[string]string{"a.yaml": "\r\n# comment\n--- # more\r\n" + a + "---\n\n" + b + "\n\n"},
		},
		"a template has what it writes, under its output path": {
			map[string]string{"x/a.yml.gotmpl": "# {{ .package.metadata.name }}|{{ .package.metadata.namespace }}|\n" + a + "{{/* ends */}}\n\n"},
			map[string]string{"x/a.yml": "# ||\n" + a + "\n\n"},
		},
		"a template hides the static file": {
			map[string]string{"a.yaml": a, "a.yaml.gotmpl": b},
			map[string]string{"a.yaml": b},
		},
		"dropped documents are left out and the rest is joined": {
			map[string]string{"a.yaml": "---\n\n" + a + "\n--- # why\n" + configMap("c", "deploy") + off + "---\n# b\n" + b + "...\n\n"},
			map[string]string{"a.yaml": "apiVersion: v1" + a[len("apiVersion: v1"):len(a)-1] + "\n---\n# b\n" + b},
		},
		"also of templates": {
			map[string]string{"a.yaml.gotmpl": a + "---\n" + b + conditionAnnotation + "config.extra\n"},
			map[string]string{"a.yaml": a},
		},
		"a file of which nothing is left has none": {
			map[string]string{"a.yaml": a + off, "b.yaml": "# comment\n---\n", "c.yaml.gotmpl": "{{ if false }}x{{ end }}\n"},
			map[string]string{},
		},
		"a list stays as long as an item does": {
			map[string]string{"a.yaml": list + "---\n" + b + off},
			map[string]string{"a.yaml": list},
		},
		"other files have none": {
			map[string]string{"README.md.gotmpl": "x", "_a.yaml": a, "data.txt": "x"},
			map[string]string{},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.files["manifest.yaml"] = testManifest + "  config:\n    openAPIV3Schema:\n      type: object\n" +
				"      properties: {extra: {type: boolean, default: false}}\n"
			renderer, err := packageloader.Compile(load(t, test.files), packageloader.Options{})
			require.NoError(t, err)
			files, err := renderer.RenderFiles(t.Context(), packagetypes.Context{Scope: manifest.ScopeNamespaced})
			require.NoError(t, err)
			have := map[string]string{}
			for _, file := range files {
				have[file.Path] = string(file.Content)
			}
			assert.Equal(t, test.want, have)
		})
	}
}

func TestRenderFilesOfPathFilters(t *testing.T) {
	t.Parallel()
	renderer, err := packageloader.Compile(load(t, map[string]string{
		"manifest.yaml": testManifest + "  filter:\n    paths: [{glob: off/**, expression: \"false\"}]\n",
		"off/a.yaml":    configMap("a", "deploy"), "on/b.yaml": configMap("b", "deploy"),
	}), packageloader.Options{})
	require.NoError(t, err)
	files, err := renderer.RenderFiles(t.Context(), packagetypes.Context{})
	require.NoError(t, err)
	require.Len(t, files, 1)
	assert.Equal(t, "on/b.yaml", files[0].Path)
}

func TestRenderFilesHaveOneImage(t *testing.T) {
	t.Parallel()
	const digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	renderer, err := packageloader.Compile(load(t, map[string]string{
		"manifest.yaml": testManifest + "  images: [{name: web, image: \"nginx:1\"}]\n" +
			"  repositories: [{file: r.yaml}]\n  dependencies: [{image: {name: db, package: db.repo, range: \">=1\"}}]\n",
		"manifest.lock.yaml": "apiVersion: manifests.package-operator.run/v1alpha1\nkind: PackageManifestLock\n" +
			"spec:\n  images: [{name: web, image: \"nginx:1\", digest: \"" + digest + "\"}]\n",
		"a.yaml.gotmpl": "# {{ .images.web }} {{ .dependencies.db }}\n" + configMap("a", "deploy"),
	}), packageloader.Options{})
	require.NoError(t, err)
	files, err := renderer.RenderFiles(t.Context(), packagetypes.Context{})
	require.NoError(t, err)
	require.Len(t, files, 1)
	assert.Equal(t, "# "+packageloader.GoldenImage+" "+packageloader.GoldenImage+"\n"+configMap("a", "deploy"), string(files[0].Content))
}

func TestRenderFilesFailsAsRender(t *testing.T) {
	t.Parallel()
	renderer, err := packageloader.Compile(load(t, map[string]string{
		"a.yaml.gotmpl": configMap("a", "nowhere"), "b.yaml.gotmpl": `{{ fail "no" }}`,
	}), packageloader.Options{})
	require.NoError(t, err)
	_, want := renderer.Render(t.Context(), packagetypes.Context{})
	_, have := renderer.RenderFiles(t.Context(), packagetypes.Context{})
	require.ErrorIs(t, have, diagnostic.PhaseUnknown)
	require.ErrorIs(t, have, diagnostic.TemplateExecute)
	assert.Equal(t, want, have)
}

func TestShuffledRendersTheSame(t *testing.T) {
	t.Parallel()
	var order []string
	files := map[string]string{"z.yaml": configMap("z", "deploy")}
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		files[name+".yaml.gotmpl"] = "{{ note \"" + name + "\" }}" + configMap(name, "deploy")
	}
	note := template.Function{Name: "note", Deterministic: true, Implementation: func(name string) string {
		order = append(order, name)
		return ""
	}}
	renderer, err := packageloader.Compile(load(t, files), packageloader.Options{Parallelism: 1, Functions: []template.Function{note}})
	require.NoError(t, err)
	digests, orders := map[string]bool{}, map[string]bool{}
	for seed := range uint64(4) {
		order = nil
		shuffled := renderer.Shuffled(seed, 1)
		instance, err := shuffled.Render(t.Context(), packagetypes.Context{})
		require.NoError(t, err)
		digests[instance.Digest()] = true
		var all string
		for _, name := range order {
			all += name
		}
		orders[all] = true
		assert.Len(t, order, 6)
	}
	assert.Len(t, digests, 1)
	assert.Greater(t, len(orders), 1)
}
