package template_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/template"
)

// fixtureData is the root context of most tests.
func fixtureData() map[string]any {
	return map[string]any{
		"package":      map[string]any{"metadata": map[string]any{"name": "shop", "namespace": "shop-ns", "labels": map[string]string{"a": "b"}}},
		"images":       map[string]any{},
		"dependencies": map[string]any{},
		"environment":  map[string]any{"kubernetes": map[string]any{"version": "v1.31.2"}},
		"config": map[string]any{
			"i": int64(3), "f": 2.5, "s": "text", "b": true, "null": nil, "password": secret,
			"list": []any{"b", "a", secret}, "map": map[string]any{"z": int64(1), "a": secret},
		},
	}
}

// secret must never show in a finding.
const secret = "hunter2-s3cr3t"

func compile(t testing.TB, sources map[string]string, options template.Options) *template.Set {
	t.Helper()
	set, found := template.Compile(asBytes(sources), options)
	require.Empty(t, found)
	return set
}

func asBytes(sources map[string]string) map[string][]byte {
	converted := map[string][]byte{}
	for path, source := range sources {
		converted[path] = []byte(source)
	}
	return converted
}

func fixtureFiles(t testing.TB) *packagetypes.Files {
	t.Helper()
	files, err := packagetypes.NewFiles(map[string][]byte{
		"files/x.txt": []byte("hello\n"), "files/y.txt": []byte("yo"), "files/deep/z.md": []byte("zed"), "top.txt": []byte("3"),
	}, packagetypes.Limits{})
	require.NoError(t, err)
	return files
}

// render compiles and executes one template.
func render(t testing.TB, source string) (string, error) {
	t.Helper()
	set := compile(t, map[string]string{"a.gotmpl": source}, template.Options{Files: fixtureFiles(t)})
	output, err := set.Execute(context.Background(), "a.gotmpl", fixtureData(), nil)
	return string(output), err
}

// finding returns the only finding in err.
func finding(t testing.TB, err error) diagnostic.Diagnostic {
	t.Helper()
	require.Error(t, err)
	var found diagnostic.Diagnostics
	require.True(t, errors.As(err, &found), "%v", err)
	require.Len(t, found, 1)
	require.NotContains(t, err.Error(), secret)
	return found[0]
}
