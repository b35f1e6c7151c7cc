package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"

	"github.com/packstage/packstage/internal/openapischema"
)

// enums are the enumerations of types by the names of the functions that return
// their schemas. The documents leave them out; the Go source that they are made
// from has them.
type enums map[string]fieldEnums

// fieldEnums are the enumerations of the fields of a type. Those of the items of a
// list have the name of the field and "[]".
type fieldEnums map[string][]string

// open are enumerations that the API server does not insist on: it takes any
// qualified name beside them.
var open = []string{
	"io.k8s.api.core.v1.LimitRangeItem.type",
}

// readEnums reads the generated Go source of the documents.
func readEnums(path string) (enums, error) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	found := enums{}
	for _, declaration := range file.Decls {
		function, ok := declaration.(*ast.FuncDecl)
		if !ok || !strings.HasPrefix(function.Name.Name, "schema_") {
			continue
		}
		fields := fieldEnums{}
		ast.Inspect(function.Body, func(n ast.Node) bool {
			pair, ok := n.(*ast.KeyValueExpr)
			if !ok || nameOf(pair.Key) != "Properties" {
				return true
			}
			properties, ok := pair.Value.(*ast.CompositeLit)
			if !ok {
				return true
			}
			for _, element := range properties.Elts {
				if property, ok := element.(*ast.KeyValueExpr); ok {
					if key, ok := textOf(property.Key); ok {
						fields.collect(key, property.Value)
					}
				}
			}
			return false // the properties of other types are in functions of their own
		})
		if len(fields) > 0 {
			found[function.Name.Name] = fields
		}
	}
	return found, nil
}

// collect collects the enumerations in the schema of a field.
func (f fieldEnums) collect(name string, value ast.Node) {
	ast.Inspect(value, func(n ast.Node) bool {
		pair, ok := n.(*ast.KeyValueExpr)
		if !ok {
			return true
		}
		switch nameOf(pair.Key) {
		case "Items", "AdditionalProperties":
			f.collect(name+"[]", pair.Value)
			return false
		case "Enum":
			if values, ok := pair.Value.(*ast.CompositeLit); ok {
				for _, value := range values.Elts {
					if text, ok := textOf(value); ok {
						f[name] = append(f[name], text)
					}
				}
			}
			return false
		}
		return true
	})
}

func nameOf(expression ast.Expr) string {
	if identifier, ok := expression.(*ast.Ident); ok {
		return identifier.Name
	}
	return ""
}

func textOf(expression ast.Expr) (string, bool) {
	literal, ok := expression.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(literal.Value)
	return text, err == nil
}

// apply adds the enumerations of a definition to its node.
func (e enums) apply(name string, node *openapischema.Node) {
	for key, values := range e[functionName(name)] {
		field, isItem := strings.CutSuffix(key, "[]")
		property := node.Properties[field]
		if isItem && property != nil {
			if property.Items != nil {
				property = property.Items
			} else {
				property = property.Additional
			}
		}
		if property == nil || property.Type != "string" || slices.Contains(open, name+"."+field) {
			continue
		}
		property.Enum = slices.Sorted(slices.Values(values))
	}
}

// functionName is the name of the function that returns the schema of a
// definition: "schema_" and the last elements of the path of its package.
func functionName(definition string) string {
	if rest, ok := strings.CutPrefix(definition, "io.k8s.api."); ok {
		return "schema_k8sio_api_" + strings.ReplaceAll(rest, ".", "_")
	}
	if i := strings.Index(definition, ".pkg.apis."); i >= 0 {
		return "schema_" + strings.ReplaceAll(definition[i+1:], ".", "_")
	}
	return ""
}
