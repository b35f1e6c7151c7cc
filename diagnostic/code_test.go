package diagnostic_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type codeConstant struct {
	name, value, comment string
}

// codeConstants returns the constants of type Code in code.go.
func codeConstants(t *testing.T) []codeConstant {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "code.go", nil, parser.ParseComments)
	require.NoError(t, err)
	var codes []codeConstant
	for _, declaration := range file.Decls {
		group, ok := declaration.(*ast.GenDecl)
		if !ok || group.Tok != token.CONST {
			continue
		}
		for _, spec := range group.Specs {
			constant := spec.(*ast.ValueSpec)
			kind, ok := constant.Type.(*ast.Ident)
			require.True(t, ok && kind.Name == "Code", "%v is not declared as Code", constant.Names)
			require.Len(t, constant.Names, 1)
			literal, ok := constant.Values[0].(*ast.BasicLit)
			require.True(t, ok, "%s is not a plain string", constant.Names[0])
			value, err := strconv.Unquote(literal.Value)
			require.NoError(t, err)
			codes = append(codes, codeConstant{constant.Names[0].Name, value, constant.Doc.Text()})
		}
	}
	require.NotEmpty(t, codes)
	return codes
}

func TestCodes(t *testing.T) {
	t.Parallel()
	names := map[string]string{}
	for _, code := range codeConstants(t) {
		assert.Regexp(t, `^[a-z]+(-[a-z]+)+$`, code.value, code.name)
		assert.Regexp(t, `^`+code.name+`: \S[\s\S]*\.\n$`, code.comment, "the comment of %s", code.name)
		assert.Equal(t, strings.ReplaceAll(code.value, "-", ""), strings.ToLower(code.name), "name and value belong together")
		assert.Empty(t, names[code.value], "%s has the value of another code", code.name)
		names[code.value] = code.name
	}
}

func TestCodesAreDocumented(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile(filepath.Join("..", "docs", "diagnostics.md"))
	require.NoError(t, err)
	entries := map[string]int{}
	for line := range strings.Lines(string(document)) {
		if code, ok := strings.CutPrefix(strings.TrimSpace(line), "### "); ok {
			entries[code]++
		}
	}
	for _, code := range codeConstants(t) {
		assert.Equal(t, 1, entries[code.value], "entries \"### %s\"", code.value)
	}
}
