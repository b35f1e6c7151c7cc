package matrix_test

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/matrix"
	"github.com/packstage/packstage/diagnostic"
)

func TestNamesOfFolders(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"plain": ".test-fixtures/plain", "plain/sub": ".test-fixtures/plain/sub", "a: b": ".test-fixtures/a: b",
		"../up": "", "/top": "", ".hidden": "", "a/.git": "", `a\b`: "", ".": "",
	} {
		cases := "test:\n  template:\n  - name: '" + name + "'\n"
		suite, _ := openOne(t, map[string]string{"manifest.yaml": webManifest + cases, "web.yaml.gotmpl": webTemplate})
		assert.Equal(t, want, suite.Cases[0].Golden, name)
	}
	for name, want := range map[string]string{
		"Plain": `differs only in case from "plain"`, "aux": "cannot be a name", "com1.x": "cannot be a name", "end.": "cannot be a name",
		"a/b": "cannot be a name", "auxiliary": "", "com12": "",
	} {
		_, found := openOne(t, map[string]string{
			"manifest.yaml": webManifest + webTests, "web.yaml.gotmpl": webTemplate,
			".packstage/test.yaml": "cases:\n- name: " + name + "\n",
		})
		if want == "" {
			assert.Empty(t, found, name)
			continue
		}
		require.Len(t, found, 1, name)
		assert.Contains(t, found[0].Message, want)
		assert.Equal(t, diagnostic.Position{File: ".packstage/test.yaml", Line: 2, Column: 9}, found[0].Position)
	}
}

func TestCasesHaveABound(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("environments:\n")
	for i := range 100 {
		fmt.Fprintf(&text, "- {name: e%d}\n", i)
	}
	text.WriteString("cases:\n")
	for i := range 99 {
		fmt.Fprintf(&text, "- {name: c%d}\n", i)
	}
	suite, found := openOne(t, map[string]string{
		"manifest.yaml": webManifest + webTests, "web.yaml.gotmpl": webTemplate, ".packstage/test.yaml": text.String(),
	})
	require.Len(t, found, 1)
	assert.Contains(t, found[0].Message, "there are 10100 cases with those of all environments; at most 10000 are run")
	assert.Equal(t, 103, found[0].Position.Line)
	assert.Len(t, suite.Cases, 1)
}

func TestFileThatIsNone(t *testing.T) {
	t.Parallel()
	source, author := folder(map[string]string{"manifest.yaml": webManifest + webTests, "web.yaml.gotmpl": webTemplate})
	author[matrix.File] = &fstest.MapFile{Mode: fs.ModeNamedPipe}
	suites, found, err := matrix.Open(t.Context(), source, matrix.Options{Author: author})
	require.NoError(t, err)
	require.Len(t, suites, 1)
	require.ErrorIs(t, found.Err(), diagnostic.TestFileInvalid)
}

func TestNamesOfTheMatrix(t *testing.T) {
	t.Parallel()
	_, found := openOne(t, map[string]string{
		"manifest.yaml": webManifest + webTests + "  - name: plain/new\n  - name: other/old\n", "web.yaml.gotmpl": webTemplate,
		".packstage/test.yaml": "environments:\n- name: old\n- name: new\n",
	})
	require.Len(t, found, 1)
	assert.Equal(t, `the manifest has a case "plain/new", as "plain" in this environment would be called`, found[0].Message)
	assert.Equal(t, diagnostic.Position{File: ".packstage/test.yaml", Line: 3, Column: 9}, found[0].Position)
}
