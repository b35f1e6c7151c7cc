package depcheck

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What a public package exports can be named and made by everybody: no exported field,
// function, method, variable or type is of a type in a package that only we can import.
func TestPublicNamesNeedNothingInternal(t *testing.T) {
	t.Parallel()
	for _, path := range goList(t, "./...") {
		name := strings.TrimPrefix(strings.TrimPrefix(path, module), "/")
		if strings.Contains("/"+name+"/", "/internal/") || strings.HasPrefix(name, "cmd/") || strings.HasPrefix(name, "examples/") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files, err := filepath.Glob(filepath.Join("..", "..", filepath.FromSlash(name), "*.go"))
			require.NoError(t, err)
			for _, file := range files {
				if !strings.HasSuffix(file, "_test.go") {
					require.Empty(t, internalInPublic(t, file))
				}
			}
		})
	}
}

// internalInPublic returns the places in a file where something exported has an
// internal type.
func internalInPublic(t *testing.T, path string) []string {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	internal := map[string]bool{}
	for _, imported := range file.Imports {
		from, err := strconv.Unquote(imported.Path.Value)
		require.NoError(t, err)
		if !strings.HasPrefix(from, module) || !strings.Contains(from, "/internal/") {
			continue
		}
		as := from[strings.LastIndexByte(from, '/')+1:]
		if imported.Name != nil {
			as = imported.Name.Name
		}
		internal[as] = true
	}
	var found []string
	look := func(node ast.Node) {
		ast.Inspect(node, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.StructType:
				exportedOnly(node.Fields)
			case *ast.InterfaceType:
				exportedOnly(node.Methods)
			case *ast.SelectorExpr:
				if from, ok := node.X.(*ast.Ident); ok && internal[from.Name] {
					found = append(found, set.Position(node.Pos()).String()+": "+from.Name+"."+node.Sel.Name)
				}
			}
			return true
		})
	}
	for _, declaration := range file.Decls {
		switch declaration := declaration.(type) {
		case *ast.FuncDecl:
			if declaration.Name.IsExported() && (declaration.Recv == nil || ast.IsExported(receiver(declaration))) {
				look(declaration.Type)
			}
		case *ast.GenDecl:
			for _, spec := range declaration.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					// An alias is itself the public name of what it stands for.
					if spec.Name.IsExported() && !spec.Assign.IsValid() {
						look(spec.Type)
					}
				case *ast.ValueSpec:
					if spec.Names[0].IsExported() && spec.Type != nil {
						look(spec.Type)
					}
				}
			}
		}
	}
	return found
}

// exportedOnly leaves out fields that only the package sees; embedded ones stay.
func exportedOnly(fields *ast.FieldList) {
	var kept []*ast.Field
	for _, field := range fields.List {
		if len(field.Names) == 0 || field.Names[0].IsExported() {
			kept = append(kept, field)
		}
	}
	fields.List = kept
}

func receiver(function *ast.FuncDecl) string {
	name := ""
	ast.Inspect(function.Recv.List[0].Type, func(node ast.Node) bool {
		if identifier, ok := node.(*ast.Ident); ok && name == "" {
			name = identifier.Name
		}
		return true
	})
	return name
}
