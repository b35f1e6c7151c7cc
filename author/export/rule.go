package export

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/ext"
)

const self = "self"

// fluxLanguage returns the CEL that Flux knows: fewer functions than Kubernetes'.
func fluxLanguage() (*cel.Env, error) {
	return cel.NewEnv(cel.CrossTypeNumericComparisons(true), cel.DefaultUTCTimeZone(true), cel.OptionalTypes(),
		ext.Strings(), ext.Sets(), ext.Encoders(), cel.Variable(self, cel.DynType))
}

// ruleExpression lets a rule over self see an object that has the top fields which
// the rule names. It reports false where the rule uses the object as a whole, or
// functions that Flux does not have.
func ruleExpression(rule string) (string, bool) {
	language, err := fluxLanguage()
	if err != nil {
		return "", false
	}
	compiled, issues := language.Compile(rule)
	if issues.Err() != nil {
		return "", false
	}
	if kind := compiled.OutputType().Kind(); kind != types.BoolKind && kind != types.DynKind {
		return "", false
	}
	fields, ok := selfFields(compiled.NativeRep().Expr())
	if !ok {
		return "", false
	}
	var entries []string
	for _, field := range fields {
		entries = append(entries, fmt.Sprintf("%q: %s", field, field))
	}
	return fmt.Sprintf("[{%s}].all(%s, %s)", strings.Join(entries, ", "), self, rule), true
}

// selfFields returns the sorted top fields of self that an expression names, and
// false where there are none or it uses self in another way.
func selfFields(expression ast.Expr) ([]string, bool) {
	var fields []string
	uses, elsewhere := 0, false
	isSelf := func(e ast.Expr) bool { return e.Kind() == ast.IdentKind && e.AsIdent() == self }
	ast.PostOrderVisit(expression, ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.IdentKind:
			if isSelf(e) {
				uses++
			}
		case ast.SelectKind:
			if isSelf(e.AsSelect().Operand()) {
				fields = append(fields, e.AsSelect().FieldName())
			}
		case ast.CallKind:
			call := e.AsCall()
			if call.FunctionName() == "_?._" && len(call.Args()) == 2 && isSelf(call.Args()[0]) && call.Args()[1].Kind() == ast.LiteralKind {
				field, _ := call.Args()[1].AsLiteral().Value().(string)
				fields = append(fields, field)
			}
		case ast.ComprehensionKind:
			loop := e.AsComprehension()
			elsewhere = elsewhere || slices.Contains([]string{loop.IterVar(), loop.IterVar2(), loop.AccuVar()}, self)
		}
	}))
	if len(fields) == 0 || len(fields) != uses || elsewhere {
		return nil, false
	}
	slices.Sort(fields)
	return slices.Compact(fields), true
}
