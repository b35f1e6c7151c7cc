package celenv

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
)

// longestValue bounds a value in an explanation, in bytes.
const longestValue = 120

// sayValue gives the value of a part, where that is not what was just said.
func (x *explanation) sayValue(part ast.Expr) {
	x.sayOnce(x.text(part) + " is " + x.outcome(part))
}

func (x *explanation) sayOnce(step string) {
	if !slices.Contains(*x.steps, step) {
		x.say("%s", step)
	}
}

// sayOperands gives the values of the operands of a comparison or call, other than
// those that are written there.
func (x *explanation) sayOperands(part ast.Expr, call ast.CallExpr) {
	operands := call.Args()
	if call.IsMemberFunction() {
		operands = append([]ast.Expr{call.Target()}, operands...)
	}
	if call.FunctionName() == operators.Index && len(operands) == 2 {
		x.sayValue(part)
		return
	}
	for _, operand := range operands {
		if !isLiteral(operand) {
			x.sayValue(operand)
		}
	}
}

// isLiteral tells whether a part says its value itself.
func isLiteral(part ast.Expr) bool {
	switch part.Kind() {
	case ast.LiteralKind:
		return true
	case ast.ListKind:
		return !slices.ContainsFunc(part.AsList().Elements(), func(element ast.Expr) bool { return !isLiteral(element) })
	case ast.MapKind:
		return !slices.ContainsFunc(part.AsMap().Entries(), func(entry ast.EntryExpr) bool {
			return !isLiteral(entry.AsMapEntry().Key()) || !isLiteral(entry.AsMapEntry().Value())
		})
	case ast.CallKind:
		return part.AsCall().FunctionName() == operators.Negate && isLiteral(part.AsCall().Args()[0])
	default:
		return false
	}
}

// describe writes a value for people.
func (x *explanation) describe(value ref.Val) string {
	plain := plainValue(value)
	if x.how.Name != nil {
		if name := x.how.Name(plain); name != "" {
			return name
		}
	}
	return x.shorten(jsonText(plain))
}

// shorten hides what must not be shown, and then cuts: what is left of a text that was
// cut is not recognized any more.
func (x *explanation) shorten(text string) string {
	if x.how.Hide != nil {
		text = x.how.Hide(text)
	}
	return cut(text)
}

func (x *explanation) describeElement(e element) string {
	text := x.describe(e.value)
	if e.at == "" {
		return text
	}
	return text + " (" + cut(e.at) + ")"
}

func jsonText(plain any) string {
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(plain); err != nil {
		return fmt.Sprint(plain)
	}
	return strings.TrimSuffix(out.String(), "\n")
}

func cut(text string) string {
	if len(text) <= longestValue {
		return text
	}
	end := longestValue
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}

// keysOf returns the keys of a map, sorted.
func keysOf(value ref.Val) ([]string, bool) {
	mapper, ok := value.(traits.Mapper)
	if !ok {
		return nil, false
	}
	keys := []string{}
	for it := mapper.Iterator(); it.HasNext() == types.True; {
		keys = append(keys, fmt.Sprint(it.Next().Value()))
	}
	slices.Sort(keys)
	return keys, true
}

// plainValue makes lists and maps of what CEL made, with text for what JSON does not
// have.
func plainValue(value ref.Val) any {
	switch v := value.(type) {
	case nil, types.Null:
		return nil
	case traits.Lister:
		list := []any{}
		for it := v.Iterator(); it.HasNext() == types.True; {
			list = append(list, plainValue(it.Next()))
		}
		return list
	case traits.Mapper:
		fields := map[string]any{}
		for it := v.Iterator(); it.HasNext() == types.True; {
			key := it.Next()
			fields[fmt.Sprint(key.Value())] = plainValue(v.Get(key))
		}
		return fields
	}
	switch plain := value.Value().(type) {
	case bool, int64, uint64, float64, string:
		return plain
	case time.Time:
		return plain.Format(time.RFC3339Nano)
	default:
		return fmt.Sprint(plain)
	}
}
