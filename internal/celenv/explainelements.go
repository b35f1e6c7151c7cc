package celenv

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
)

// element is one of a list, with its index, or one of a map: its key.
type element struct {
	value ref.Val
	at    string
}

func (x *explanation) elements(target ast.Expr) []element {
	value, err := x.value(target)
	if err != nil {
		return nil
	}
	return elementsOf(value, x.text(target))
}

func elementsOf(value ref.Val, text string) []element {
	var all []element
	switch collection := value.(type) {
	case traits.Lister:
		for i, it := 0, collection.Iterator(); it.HasNext() == types.True; i++ {
			all = append(all, element{it.Next(), fmt.Sprintf("%s[%d]", text, i)})
		}
	case traits.Mapper:
		for it := collection.Iterator(); it.HasNext() == types.True; {
			key := it.Next()
			all = append(all, element{key, ""})
		}
		slices.SortFunc(all, func(a, b element) int {
			return strings.Compare(fmt.Sprint(a.value.Value()), fmt.Sprint(b.value.Value()))
		})
	}
	return all
}

// explainElements says which element keeps a macro over elements from being true.
func (x *explanation) explainElements(macro string, target ast.Expr, variable string, predicate ast.Expr, depth int) {
	if _, err := x.value(target); err != nil {
		x.say("%s is an error: %s", x.text(target), reason(err))
		return
	}
	elements := x.elements(target)
	inner := x.bind(variable)
	if inner == nil {
		return
	}
	holds := 0
	for _, element := range elements {
		if x.spent() {
			return
		}
		if inner.values[variable] = element.value; inner.isTrue(predicate) {
			holds++
			continue
		}
		if macro == "all" {
			x.say("for %s = %s, %s is %s", variable, x.describeElement(element), x.text(predicate), inner.outcome(predicate))
			inner.explain(predicate, depth+1)
			return
		}
	}
	switch {
	case macro == "all":
	case len(elements) == 0:
		x.say("%s is empty", x.text(target))
	case holds == 0:
		x.say("%s holds for none of %d: %s", x.text(predicate), len(elements), x.list(elements))
	default:
		x.say("%s holds for %d of %d", x.text(predicate), holds, len(elements))
	}
}

// list names the first elements.
func (x *explanation) list(elements []element) string {
	var names []string
	for i, element := range elements {
		if i == mostAlternatives {
			names = append(names, "…")
			break
		}
		names = append(names, x.describe(element.value))
	}
	return strings.Join(names, ", ")
}

// bind returns an explanation that goes on with one variable more, whose value is
// to be set; nil where its name cannot be one.
func (x *explanation) bind(variable string) *explanation {
	environment, err := x.environment.env.Extend(cel.Variable(variable, cel.DynType))
	if err != nil {
		return nil
	}
	inner := *x
	inner.environment = &Environment{env: environment, costLimit: x.environment.costLimit, compiled: map[string]compiled{}}
	inner.values = maps.Clone(x.values)
	return &inner
}
