package celenv

import (
	"fmt"
	"reflect"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

// opaque is a value that CEL expressions hold but that only functions of a
// library look into.
type opaque[T any] struct {
	kind  *cel.Type
	value T
	equal func(a, b T) bool
}

// ConvertToNative returns the value where that is of the wanted type.
func (o opaque[T]) ConvertToNative(wanted reflect.Type) (any, error) {
	if reflect.TypeOf(o.value).AssignableTo(wanted) {
		return o.value, nil
	}
	return nil, fmt.Errorf("%s cannot become %s", o.kind, wanted)
}

// ConvertToType converts to the own type and to "type".
func (o opaque[T]) ConvertToType(wanted ref.Type) ref.Val {
	switch wanted.TypeName() {
	case o.kind.TypeName():
		return o
	case types.TypeType.TypeName():
		return o.kind
	default:
		return types.NewErr("type conversion error from '%s' to '%s'", o.kind, wanted.TypeName())
	}
}

// Equal compares with a value of the same kind.
func (o opaque[T]) Equal(other ref.Val) ref.Val {
	same, ok := other.(opaque[T])
	if !ok {
		return types.MaybeNoSuchOverloadErr(other)
	}
	return types.Bool(o.equal(o.value, same.value))
}

// Type returns the CEL type.
func (o opaque[T]) Type() ref.Type { return o.kind }

// Value returns the Go value.
func (o opaque[T]) Value() any { return o.value }

// onText binds a function of a string.
func onText(call func(text string) ref.Val) cel.OverloadOpt {
	return cel.UnaryBinding(func(argument ref.Val) ref.Val {
		text, ok := argument.(types.String)
		if !ok {
			return types.MaybeNoSuchOverloadErr(argument)
		}
		return call(string(text))
	})
}

// on binds a function of an opaque value.
func on[T any](call func(value T) ref.Val) cel.OverloadOpt {
	return cel.UnaryBinding(func(argument ref.Val) ref.Val {
		o, ok := argument.(opaque[T])
		if !ok {
			return types.MaybeNoSuchOverloadErr(argument)
		}
		return call(o.value)
	})
}

// onTwo binds a function of two opaque values of one kind.
func onTwo[T any](call func(a, b T) ref.Val) cel.OverloadOpt {
	return cel.BinaryBinding(func(first, second ref.Val) ref.Val {
		a, ok := first.(opaque[T])
		if !ok {
			return types.MaybeNoSuchOverloadErr(first)
		}
		b, ok := second.(opaque[T])
		if !ok {
			return types.MaybeNoSuchOverloadErr(second)
		}
		return call(a.value, b.value)
	})
}

func truth[T any](of func(value T) bool) cel.OverloadOpt {
	return on(func(value T) ref.Val { return types.Bool(of(value)) })
}
