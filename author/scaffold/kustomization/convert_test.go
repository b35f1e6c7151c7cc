package kustomization_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/author/scaffold/kustomization"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
)

// built is a builder that has built already.
type built string

func (b built) Build(context.Context, string) ([]byte, error) { return []byte(b), nil }

const configMap = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: shop-settings-hf678c7m2b\n  namespace: shop-system\ndata:\n  a: b\n"

// folder writes an archive of files.
func folder(t *testing.T, archive string) string {
	t.Helper()
	root := t.TempDir()
	for _, file := range txtar.Parse([]byte(archive)).Files {
		path := filepath.Join(root, filepath.FromSlash(file.Name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, file.Data, 0o600))
	}
	return root
}

func TestConvert(t *testing.T) {
	t.Parallel()
	root := folder(t, `
-- config/default/kustomization.yaml --
namespace: shop-system
namePrefix: shop-
resources: [../base]
-- config/base/kustomization.yml --
configMapGenerator:
- name: settings
  literals: [a=b]
images:
- name: registry.example.com/web
  newTag: "2"
- name: db
  newName: registry.example.com/db
  digest: sha256:aaaa
`)
	input, err := kustomization.Convert(t.Context(), built(configMap), filepath.Join(root, "config", "default"), kustomization.Options{})
	require.NoError(t, err)
	require.Equal(t, "shop", input.Name)
	require.Equal(t, "shop-system", input.Namespace)
	require.Equal(t, []manifest.Image{
		{Name: "web", Image: "registry.example.com/web:2"}, {Name: "db", Image: "registry.example.com/db@sha256:aaaa"},
	}, input.Images)
	require.Len(t, input.Objects, 1)
	var attention []string
	for _, decision := range input.Decisions {
		if decision.Topic == scaffold.TopicAttention {
			attention = append(attention, decision.Object+": "+decision.Message)
		}
	}
	require.Equal(t, []string{"ConfigMap shop-system/shop-settings-hf678c7m2b: the hash in its name stays as it is"}, attention)
}

// Without a prefix, the package has the name of the first folder that says something.
func TestName(t *testing.T) {
	t.Parallel()
	root := folder(t, "-- shop/config/default/kustomization.yaml --\nresources: []\n")
	input, err := kustomization.Convert(t.Context(), built(configMap), filepath.Join(root, "shop", "config", "default"), kustomization.Options{})
	require.NoError(t, err)
	require.Equal(t, "shop", input.Name)
}

func TestRemote(t *testing.T) {
	t.Parallel()
	for target, remote := range map[string]bool{
		"https://example.com/deploy.yaml":        true,
		"github.com/example/shop//config?ref=v1": true,
		"github.com/example/shop":                true,
		"git@example.com:shop.git":               true,
		"ssh://git.example.com/shop":             true,
		"../base":                                false,
		"./missing.yaml":                         false,
		"folder/missing.yaml":                    false,
	} {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			root := folder(t, "-- kustomization.yaml --\nnamespace: a\nresources:\n- "+target+"\n")
			_, err := kustomization.Convert(t.Context(), built(configMap), root, kustomization.Options{})
			if !remote {
				require.NoError(t, err) // what is missing is for kustomize to say
				return
			}
			found, ok := diagnostic.From(err)
			require.True(t, ok, "%v", err)
			require.Len(t, found, 1)
			require.Equal(t, diagnostic.ImportUnsupported, found[0].Code)
			require.Equal(t, 3, found[0].Position.Line)
			require.Equal(t, "resources[0]", found[0].Field)
			_, err = kustomization.Convert(t.Context(), built(configMap), root, kustomization.Options{Remote: true})
			require.NoError(t, err)
		})
	}
}

// kustomize fetches URLs wherever it expects a file.
func TestRemoteFiles(t *testing.T) {
	t.Parallel()
	for text, field := range map[string]string{
		"patches: [{path: a.yaml}, {path: 'https://example.com/a.yaml'}]":                "patches[1].path",
		"replacements: [{path: 'HTTP://example.com/a.yaml'}]":                            "replacements[0].path",
		"configMapGenerator: [{name: a, files: [b, 'k=https://example.com/a']}]":         "configMapGenerator[0].files[1]",
		"secretGenerator: [{name: a, envs: ['https://example.com/a']}]":                  "secretGenerator[0].envs[0]",
		"openapi: {path: 'https://example.com/a.json'}":                                  "openapi.path",
		"configMapGenerator: [{name: a, literals: ['url=https://example.com/a']}]":       "",
		"patches: [{patch: '[{\"path\": \"/a\", \"value\": \"https://example.com\"}]'}]": "",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			root := folder(t, "-- kustomization.yaml --\nnamespace: a\n"+text+"\n")
			_, err := kustomization.Convert(t.Context(), built(configMap), root, kustomization.Options{})
			if field == "" {
				require.NoError(t, err)
				return
			}
			found, ok := diagnostic.From(err)
			require.True(t, ok, "%v", err)
			require.Len(t, found, 1)
			require.Equal(t, field, found[0].Field)
			_, err = kustomization.Convert(t.Context(), built(configMap), root, kustomization.Options{Remote: true})
			require.NoError(t, err)
		})
	}
}

func TestNoKustomization(t *testing.T) {
	t.Parallel()
	_, err := kustomization.Convert(t.Context(), built(configMap), t.TempDir(), kustomization.Options{})
	found, ok := diagnostic.From(err)
	require.True(t, ok)
	require.Equal(t, "there is no kustomization", found[0].Message)
}

func TestBrokenKustomization(t *testing.T) {
	t.Parallel()
	root := folder(t, "-- kustomization.yaml --\nresources: [a\nb: {\n")
	_, err := kustomization.Convert(t.Context(), built(configMap), root, kustomization.Options{})
	found, ok := diagnostic.From(err)
	require.True(t, ok)
	require.Equal(t, diagnostic.YAMLInvalid, found[0].Code)
	require.Equal(t, filepath.Join(root, "kustomization.yaml"), found[0].Position.File)
	require.Positive(t, found[0].Position.Line)
}

// Kustomizations that use one another end.
func TestCycle(t *testing.T) {
	t.Parallel()
	root := folder(t, "-- a/kustomization.yaml --\nresources: [../b]\n-- b/kustomization.yaml --\nresources: [../a]\n")
	_, err := kustomization.Convert(t.Context(), built(configMap), filepath.Join(root, "a"), kustomization.Options{})
	require.NoError(t, err)
}

func TestNoProgram(t *testing.T) {
	t.Parallel()
	builder := &kustomization.Program{Path: filepath.Join(t.TempDir(), "kustomize")}
	_, err := builder.Build(t.Context(), ".")
	require.ErrorIs(t, err, kustomization.ErrNoKustomize)
}
