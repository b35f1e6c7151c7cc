package celenv

import (
	"math"

	"github.com/google/cel-go/common"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
)

// callCosts gives functions of the libraries costs that grow with what they work
// on, as Kubernetes does. Functions that it does not name have cel-go's cost.
type callCosts struct{}

// CallCost returns the cost of a call, or nil for cel-go's.
func (callCosts) CallCost(function, overload string, arguments []ref.Val, result ref.Val) *uint64 {
	if len(arguments) == 0 {
		return nil
	}
	size := sizeOf(arguments[0])
	var cost float64
	switch function {
	case "isSorted", "sum", "min", "max", "indexOf", "lastIndexOf":
		cost = float64(listCost(arguments[0]))
	case "url", "isURL", "lowerAscii", "upperAscii", "substring", "trim", "cidr", "isIP", "isCIDR",
		"quantity", "isQuantity", "semver", "isSemver":
		cost = size * common.StringTraversalCostFactor
	case "replace", "split", "ip.isCanonical":
		cost = size * 2 * common.StringTraversalCostFactor
	case "join":
		cost = sizeOf(result) * 2 * common.StringTraversalCostFactor
	case "ip":
		cost = 1
		if overload == "string_to_ip" {
			cost = size * common.StringTraversalCostFactor
		}
	case "find", "findAll":
		if len(arguments) < 2 {
			return nil
		}
		cost = math.Ceil((1+size)*common.StringTraversalCostFactor) *
			math.Ceil(sizeOf(arguments[1])*common.RegexStringLengthCostFactor)
	case "validate":
		if len(arguments) < 2 {
			return nil
		}
		const patternSize = 100 // about what the patterns behind the formats have
		cost = math.Ceil((1+sizeOf(arguments[1]))*common.StringTraversalCostFactor) * patternSize * common.RegexStringLengthCostFactor
	case "containsIP", "containsCIDR":
		if len(arguments) < 2 {
			return nil
		}
		cost = 2 + sizeOf(arguments[1])*common.StringTraversalCostFactor
	default:
		return nil
	}
	units := uint64(math.Ceil(cost))
	return &units
}

// sizeOf returns the number of characters, bytes or items of a value, 1 for all
// others.
func sizeOf(value ref.Val) float64 {
	if sizer, ok := value.(traits.Sizer); ok {
		if size, ok := sizer.Size().(types.Int); ok {
			return float64(size)
		}
	}
	return 1
}

// listCost is the cost of going through a list once: one unit an item, more for
// texts.
func listCost(value ref.Val) uint64 {
	list, ok := value.(traits.Lister)
	if !ok {
		return uint64(math.Ceil(sizeOf(value) * common.StringTraversalCostFactor))
	}
	var cost uint64
	for it := list.Iterator(); it.HasNext() == types.True; {
		cost++
		switch item := it.Next().(type) {
		case types.String, types.Bytes:
			cost += uint64(sizeOf(item) * common.StringTraversalCostFactor)
		}
	}
	return cost
}
