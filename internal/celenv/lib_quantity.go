package celenv

import (
	"errors"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"k8s.io/apimachinery/pkg/api/resource"
)

// quantityFunctions are those of Kubernetes for resource quantities such as
// "1.5Gi".
func quantityFunctions() []cel.EnvOption {
	kind, text := cel.ObjectType("kubernetes.Quantity"), cel.StringType
	value := func(q resource.Quantity) ref.Val {
		return opaque[resource.Quantity]{kind, q, func(a, b resource.Quantity) bool { return a.Equal(b) }}
	}
	member := func(overload string, result *cel.Type, binding cel.OverloadOpt, others ...*cel.Type) cel.FunctionOpt {
		return cel.MemberOverload(overload, append([]*cel.Type{kind}, others...), result, binding)
	}
	withInt := func(call func(q *resource.Quantity, n *resource.Quantity)) cel.OverloadOpt {
		return cel.BinaryBinding(func(first, second ref.Val) ref.Val {
			q, ok := first.(opaque[resource.Quantity])
			n, isInt := second.(types.Int)
			if !ok || !isInt {
				return types.MaybeNoSuchOverloadErr(second)
			}
			result := q.value.DeepCopy()
			call(&result, resource.NewQuantity(int64(n), resource.DecimalExponent))
			return value(result)
		})
	}
	combine := func(call func(a *resource.Quantity, b resource.Quantity)) cel.OverloadOpt {
		return onTwo(func(a, b resource.Quantity) ref.Val {
			result := a.DeepCopy()
			call(&result, b)
			return value(result)
		})
	}
	compare := func(of func(order int) ref.Val) cel.OverloadOpt {
		return onTwo(func(a, b resource.Quantity) ref.Val { return of(a.Cmp(b)) })
	}
	return []cel.EnvOption{
		cel.Types(kind),
		cel.Function("quantity", cel.Overload("string_to_quantity", []*cel.Type{text}, kind, onText(func(s string) ref.Val {
			q, err := resource.ParseQuantity(s)
			if err != nil {
				return types.WrapErr(err)
			}
			return value(q)
		}))),
		cel.Function("isQuantity", cel.Overload("is_quantity_string", []*cel.Type{text}, cel.BoolType,
			onText(func(s string) ref.Val {
				_, err := resource.ParseQuantity(s)
				return types.Bool(err == nil)
			}))),
		cel.Function("sign", cel.Overload("quantity_sign", []*cel.Type{kind}, cel.IntType, on(func(q resource.Quantity) ref.Val { return types.Int(q.Sign()) }))),
		cel.Function("isInteger", member("quantity_is_integer", cel.BoolType, truth(func(q resource.Quantity) bool {
			_, ok := q.AsInt64()
			return ok
		}))),
		cel.Function("asInteger", member("quantity_get_int", cel.IntType, on(func(q resource.Quantity) ref.Val {
			n, ok := q.AsInt64()
			if !ok {
				return types.WrapErr(errors.New("cannot convert value to integer"))
			}
			return types.Int(n)
		}))),
		cel.Function("asApproximateFloat", member("quantity_get_float", cel.DoubleType,
			on(func(q resource.Quantity) ref.Val { return types.Double(q.AsApproximateFloat64()) }))),
		cel.Function("isGreaterThan", member("quantity_is_greater_than", cel.BoolType,
			compare(func(order int) ref.Val { return types.Bool(order > 0) }), kind)),
		cel.Function("isLessThan", member("quantity_is_less_than", cel.BoolType,
			compare(func(order int) ref.Val { return types.Bool(order < 0) }), kind)),
		cel.Function("compareTo", member("quantity_compare_to", cel.IntType,
			compare(func(order int) ref.Val { return types.Int(order) }), kind)),
		cel.Function("add",
			member("quantity_add", kind, combine((*resource.Quantity).Add), kind),
			member("quantity_add_int", kind, withInt(func(q, n *resource.Quantity) { q.Add(*n) }), cel.IntType)),
		cel.Function("sub",
			member("quantity_sub", kind, combine((*resource.Quantity).Sub), kind),
			member("quantity_sub_int", kind, withInt(func(q, n *resource.Quantity) { q.Sub(*n) }), cel.IntType)),
	}
}
