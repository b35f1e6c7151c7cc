package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseTarget(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	at := func(name string) string { return filepath.Join(folder, filepath.FromSlash(name)) }
	for _, path := range []string{"package/manifest.yaml", "layout/oci-layout", "image.tar", "plain", "localhost/shop:v1/manifest.yaml", "lay:out/oci-layout"} {
		require.NoError(t, os.MkdirAll(filepath.Dir(at(path)), 0o755))
		require.NoError(t, os.WriteFile(at(path), nil, 0o644))
	}
	const digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	for name, test := range map[string]struct {
		argument string
		want     target
	}{
		"folder":                 {at("package"), target{kind: folderTarget, path: at("package")}},
		"folder with slash":      {at("package") + "/", target{kind: folderTarget, path: at("package") + "/"}},
		"layout":                 {at("layout"), target{kind: layoutTarget, path: at("layout")}},
		"layout and tag":         {at("layout") + ":v1", target{kind: layoutTarget, path: at("layout"), selector: "v1"}},
		"layout and digest":      {at("layout") + "@" + digest, target{kind: layoutTarget, path: at("layout"), selector: digest}},
		"layout with colon":      {at("lay:out"), target{kind: layoutTarget, path: at("lay:out")}},
		"and a tag":              {at("lay:out") + ":v1", target{kind: layoutTarget, path: at("lay:out"), selector: "v1"}},
		"tar":                    {at("image.tar"), target{kind: tarTarget, path: at("image.tar")}},
		"tar and tag":            {at("image.tar") + ":v1", target{kind: tarTarget, path: at("image.tar"), selector: "v1"}},
		"tar by another name":    {at("plain"), target{kind: tarTarget, path: at("plain")}},
		"existing paths win":     {at("localhost/shop:v1"), target{kind: folderTarget, path: at("localhost/shop:v1")}},
		"reference":              {"registry.example.com/shop:v1", target{kind: registryTarget, reference: "registry.example.com/shop:v1"}},
		"reference without tag":  {"registry.example.com/a/shop", target{kind: registryTarget, reference: "registry.example.com/a/shop"}},
		"reference with port":    {"localhost:5000/shop@" + digest, target{kind: registryTarget, reference: "localhost:5000/shop@" + digest}},
		"reference on localhost": {"localhost/shop", target{kind: registryTarget, reference: "localhost/shop"}},
		"reference with address": {"[::1]:5000/shop:v1", target{kind: registryTarget, reference: "[::1]:5000/shop:v1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := parseTarget(test.argument)
			require.NoError(t, err)
			assert.Equal(t, test.want, got)
		})
	}
}

func TestParseTargetRefuses(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(folder, "package"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "manifest.yaml"), nil, 0o644))
	for name, test := range map[string]struct {
		argument string
		usage    bool
		text     string
	}{
		"empty":                  {"", true, "empty"},
		"missing relative path":  {"./missing", false, "./missing"},
		"missing parent path":    {"../missing-here", false, "../missing-here"},
		"missing absolute path":  {filepath.Join(folder, "missing"), false, "missing"},
		"missing tar":            {"missing.tar", false, "missing.tar"},
		"missing tgz":            {"registry.example.com/missing.tgz", false, "missing.tgz"},
		"a word":                 {"missing", false, "a registry reference has a host"},
		"words":                  {"missing/folder", false, "a registry reference has a host"},
		"upper case":             {"registry.example.com/Shop:v1", true, "lower case"},
		"a scheme":               {"https://registry.example.com/shop:v1", true, `without a scheme: write "registry.example.com/shop:v1"`},
		"half a digest":          {"registry.example.com/shop@sha256:12", true, "no registry reference"},
		"a tag of a folder":      {filepath.Join(folder, "package") + ":v1", true, "has no tags"},
		"a manifest":             {filepath.Join(folder, "manifest.yaml"), true, "single file"},
		"no name behind a colon": {"./missing:", false, "missing:"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := parseTarget(test.argument)
			require.ErrorContains(t, err, test.text)
			assert.Equal(t, test.usage, errors.As(err, new(usageError)))
			if !test.usage {
				assert.ErrorIs(t, err, fs.ErrNotExist)
			}
		})
	}
}

func TestTargetString(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		target target
		want   string
	}{
		{target{kind: registryTarget, reference: "r.example.com/a"}, "r.example.com/a"},
		{target{kind: layoutTarget, path: "a"}, "a"},
		{target{kind: layoutTarget, path: "a", selector: "v1"}, "a:v1"},
		{target{kind: layoutTarget, path: "a", selector: "sha256:1"}, "a@sha256:1"},
	} {
		assert.Equal(t, test.want, test.target.String())
	}
}

func TestCheckReference(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"./shop", "../shop:v1", "/shop", "shop", "shop:v1"} {
		require.ErrorContains(t, checkReference(path), "the host is missing", path)
	}
	require.ErrorContains(t, checkReference("registry.example.com/sh?op"), "can only contain the characters")
	require.ErrorContains(t, checkReference("registry.example.com/shop@sha256:12"), "digest length")
	require.ErrorContains(t, checkReference("registry.example.com/shop/.."), "no name")
	require.NoError(t, checkReference("registry.example.com/shop:V1"), "tags may have capital letters")
}
