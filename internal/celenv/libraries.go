package celenv

import (
	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/ext"
	"github.com/google/cel-go/interpreter"
)

// Libraries returns the names of the function libraries.
func Libraries() []string { return []string{"strings"} }

func libraryOptions() []cel.EnvOption {
	return []cel.EnvOption{ext.Strings(ext.StringsVersion(2))}
}

func regexOptimizations() []*interpreter.RegexOptimization { return nil }

type callCosts struct{}

func (callCosts) CallCost(function, overload string, args []ref.Val, result ref.Val) *uint64 {
	return nil
}
