package chart_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/scaffold/chart"
)

// packed is a chart as "helm package" makes it.
func packed(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	archive := tar.NewWriter(zip)
	for name, content := range files {
		require.NoError(t, archive.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Size: int64(len(content)), Mode: 0o644}))
		_, err := archive.Write([]byte(content))
		require.NoError(t, err)
	}
	require.NoError(t, archive.Close())
	require.NoError(t, zip.Close())
	return out.Bytes()
}

func TestReadArchive(t *testing.T) {
	t.Parallel()
	inside := packed(t, map[string]string{"cache/Chart.yaml": "name: cache\n", "cache/values.yaml": "megabytes: 64\n"})
	files, err := chart.ReadArchive(bytes.NewReader(packed(t, map[string]string{
		"web/Chart.yaml":       "name: web\ndependencies:\n- {name: cache, alias: memory, version: 0.1.0}\n",
		"web/values.yaml":      "# Greeting of the shop.\ngreeting: Hello\nmemory:\n  megabytes: 128\n",
		"web/charts/cache.tgz": string(inside),
		"web/templates/a.yaml": "{{ lookup \"v1\" \"Secret\" \"a\" \"b\" }}",
		"web/templates/b.yaml": "{{/* lookup \"v1\" */}}",
		"../evil/Chart.yaml":   "name: evil\n",
		"/etc/passwd":          "root",
	})))
	require.NoError(t, err)
	require.Len(t, files, 5)
	read, err := chart.ReadChart(files)
	require.NoError(t, err)
	require.Equal(t, "web", read.Name)
	require.Equal(t, map[string]any{"greeting": "Hello", "memory": map[string]any{"megabytes": int64(128)}}, read.Values)
	require.Equal(t, "Greeting of the shop.", read.Comments["greeting"])
	require.Equal(t, []string{"templates/a.yaml"}, read.Lookups)
}

func TestReadArchiveRefuses(t *testing.T) {
	t.Parallel()
	_, err := chart.ReadArchive(strings.NewReader("no gzip"))
	require.ErrorContains(t, err, "no packed chart")
	whole := packed(t, map[string]string{"web/Chart.yaml": strings.Repeat("name: web\n", 1000)})
	_, err = chart.ReadArchive(bytes.NewReader(whole[:len(whole)/2]))
	require.Error(t, err)
}

// Charts inside of charts count like their own files.
func TestNestedArchivesAreBounded(t *testing.T) {
	t.Parallel()
	files := map[string]string{"cache/Chart.yaml": "name: cache\n"}
	for i := range 5000 {
		files[fmt.Sprintf("cache/%d", i)] = ""
	}
	inside := packed(t, files)
	outside := map[string][]byte{"Chart.yaml": []byte("name: web\n")}
	for i := range 3 {
		outside[fmt.Sprintf("charts/%d.tgz", i)] = inside
	}
	_, err := chart.ReadChart(outside)
	require.NoError(t, err)
	for i := range 5 {
		outside[fmt.Sprintf("charts/%d.tgz", i)] = inside
	}
	_, err = chart.ReadChart(outside)
	require.ErrorContains(t, err, "the packed chart is larger than")
}

// Whatever helm prints, reading it does not panic.
func FuzzReadRendered(f *testing.F) {
	f.Add([]byte("---\n# Source: web/templates/a.yaml\napiVersion: v1\nkind: ConfigMap\n"))
	f.Add([]byte("kind: List\nitems: [{kind: List, items: [{a: b}]}, 1, null]\n"))
	f.Add([]byte("# Source: \n- a\n"))
	f.Fuzz(func(_ *testing.T, output []byte) {
		_, _ = chart.ReadRendered(output)
	})
}
