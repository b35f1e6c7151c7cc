package celenv

import (
	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
)

// listFunctions are isSorted, sum, min, max, indexOf and lastIndexOf of
// Kubernetes.
func listFunctions() []cel.EnvOption {
	comparable := []*cel.Type{
		cel.IntType, cel.UintType, cel.DoubleType, cel.BoolType, cel.DurationType, cel.TimestampType,
		cel.StringType, cel.BytesType,
	}
	zeros := []struct {
		kind *cel.Type
		zero ref.Val
	}{
		{cel.IntType, types.Int(0)}, {cel.UintType, types.Uint(0)},
		{cel.DoubleType, types.Double(0)}, {cel.DurationType, types.Duration{}},
	}
	var sorted, least, most, sum []cel.FunctionOpt
	for _, kind := range comparable {
		list, name := []*cel.Type{cel.ListType(kind)}, kind.String()
		sorted = append(sorted, cel.MemberOverload("list_"+name+"_is_sorted_bool", list, cel.BoolType, cel.UnaryBinding(isSorted)))
		least = append(least, cel.MemberOverload("list_"+name+"_min_"+name, list, kind, cel.UnaryBinding(extreme("min", types.IntOne))))
		most = append(most, cel.MemberOverload("list_"+name+"_max_"+name, list, kind, cel.UnaryBinding(extreme("max", types.IntNegOne))))
	}
	for _, z := range zeros {
		list, name := []*cel.Type{cel.ListType(z.kind)}, z.kind.String()
		sum = append(sum, cel.MemberOverload("list_"+name+"_sum_"+name, list, z.kind, cel.UnaryBinding(sumFrom(z.zero))))
	}
	element := cel.TypeParamType("A")
	place := []*cel.Type{cel.ListType(element), element}
	return []cel.EnvOption{
		cel.Function("isSorted", sorted...),
		cel.Function("min", least...),
		cel.Function("max", most...),
		cel.Function("sum", sum...),
		cel.Function("indexOf", cel.MemberOverload("list_a_index_of_int", place, cel.IntType, cel.BinaryBinding(indexOf))),
		cel.Function("lastIndexOf", cel.MemberOverload("list_a_last_index_of_int", place, cel.IntType, cel.BinaryBinding(lastIndexOf))),
	}
}

func isSorted(list ref.Val) ref.Val {
	items, ok := list.(traits.Iterable)
	if !ok {
		return types.MaybeNoSuchOverloadErr(list)
	}
	var previous traits.Comparer
	for it := items.Iterator(); it.HasNext() == types.True; {
		item := it.Next()
		if previous != nil {
			if order := previous.Compare(item); order == types.IntOne {
				return types.False
			} else if types.IsError(order) {
				return order
			}
		}
		if previous, ok = item.(traits.Comparer); !ok {
			return types.MaybeNoSuchOverloadErr(item)
		}
	}
	return types.True
}

// extreme returns the item that no other one beats; worse is the order of an
// item that loses against another.
func extreme(name string, worse ref.Val) func(ref.Val) ref.Val {
	return func(list ref.Val) ref.Val {
		items, ok := list.(traits.Iterable)
		if !ok {
			return types.MaybeNoSuchOverloadErr(list)
		}
		var best ref.Val
		for it := items.Iterator(); it.HasNext() == types.True; {
			item := it.Next()
			if best == nil {
				best = item
				continue
			}
			comparer, ok := best.(traits.Comparer)
			if !ok {
				return types.MaybeNoSuchOverloadErr(best)
			}
			if order := comparer.Compare(item); order == worse {
				best = item
			} else if types.IsError(order) {
				return order
			}
		}
		if best == nil {
			return types.NewErr("%s called on empty list", name)
		}
		return best
	}
}

func sumFrom(zero ref.Val) func(ref.Val) ref.Val {
	return func(list ref.Val) ref.Val {
		items, ok := list.(traits.Iterable)
		if !ok {
			return types.MaybeNoSuchOverloadErr(list)
		}
		sum := zero
		for it := items.Iterator(); it.HasNext() == types.True; {
			adder, ok := sum.(traits.Adder)
			if !ok {
				return types.MaybeNoSuchOverloadErr(sum)
			}
			if sum = adder.Add(it.Next()); types.IsError(sum) {
				return sum
			}
		}
		return sum
	}
}

func indexOf(list, item ref.Val) ref.Val {
	lister, ok := list.(traits.Lister)
	if !ok {
		return types.MaybeNoSuchOverloadErr(list)
	}
	index := types.Int(0)
	for it := lister.Iterator(); it.HasNext() == types.True; index++ {
		if it.Next().Equal(item) == types.True {
			return index
		}
	}
	return types.IntNegOne
}

func lastIndexOf(list, item ref.Val) ref.Val {
	lister, ok := list.(traits.Lister)
	if !ok {
		return types.MaybeNoSuchOverloadErr(list)
	}
	index, found := types.Int(0), types.IntNegOne
	for it := lister.Iterator(); it.HasNext() == types.True; index++ {
		if it.Next().Equal(item) == types.True {
			found = index
		}
	}
	return found
}
