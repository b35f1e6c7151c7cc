package lint_test

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/lint"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
)

func replaceOnce(text, old, with string) string { return strings.Replace(text, old, with, 1) }

// A finding that comes up in some cases only says in which.
func TestCasesAreNamed(t *testing.T) {
	t.Parallel()
	files := packageWith("", "", "")
	files["manifest.yaml"] = &fstest.MapFile{Data: []byte(usualManifest + `test:
  template:
  - name: small
    context: {}
  - name: large
    context: {environment: {kubernetes: {version: v1.36.0}}}
  - name: larger
    context: {environment: {kubernetes: {version: v1.37.0}}}
`)}
	text := string(files["api.yaml.gotmpl"].Data)
	files["api.yaml.gotmpl"] = &fstest.MapFile{Data: []byte(replaceOnce(text, ":latest", `:{{ if .environment.kubernetes.version }}latest{{ else }}v1{{ end }}`))}
	result := run(t, files, only())
	require.Len(t, result.Findings, 2)
	assert.NotContains(t, result.Findings[0].Message, "case")
	assert.Contains(t, result.Findings[1].Message, `(in 2 of 3 cases, first in "large")`)
	assert.Equal(t, 3, result.Cases)
}

// Objects that one place makes are one finding.
func TestLoopsAreOneFinding(t *testing.T) {
	t.Parallel()
	files := packageWith("{{ range list \"a\" \"b\" \"c\" }}\n---", "", "\n{{ end }}")
	text := string(files["api.yaml.gotmpl"].Data)
	files["api.yaml.gotmpl"] = &fstest.MapFile{Data: []byte(replaceOnce(text, "name: api", "name: {{ . }}"))}
	result := run(t, files, only())
	require.Len(t, result.Findings, 2)
	assert.Contains(t, result.Findings[0].Message, "and others that come from here, such as Deployment/shop/b")
}

// What keeps lint from seeing the package is said; what can be looked at is.
func TestBrokenPackages(t *testing.T) {
	t.Parallel()
	files := packageWith("{{ if }}", "", "")
	files["api.yaml"] = &fstest.MapFile{Data: []byte("---\n")}
	result := run(t, files, lint.Options{})
	require.NotEmpty(t, result.Faults)
	assert.Equal(t, diagnostic.TemplateParse, result.Faults[0].Code)
	assert.Contains(t, codesOf(result), "output-collision")

	result = run(t, fstest.MapFS{"a.yaml": {Data: []byte("a: b\n")}}, lint.Options{})
	require.NotEmpty(t, result.Faults)
	assert.Equal(t, diagnostic.ManifestMissing, result.Faults[0].Code)
}

func TestInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := lint.Run(ctx, packageloader.FromFS(packageWith("", "", "")), lint.Options{})
	require.ErrorIs(t, err, context.Canceled)
}

// The same package gives the same findings, in the same order.
func TestDeterminism(t *testing.T) {
	t.Parallel()
	files := packageWith("# packstage:ignore nothing-like-it", "", "")
	first := run(t, files, lint.Options{}).Diagnostics()
	require.NotEmpty(t, first)
	for range 10 {
		require.Equal(t, first, run(t, files, lint.Options{}).Diagnostics())
	}
}
