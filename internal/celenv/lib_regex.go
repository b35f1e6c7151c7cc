package celenv

import (
	"regexp"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/interpreter"
)

// regexFunctions are find and findAll of Kubernetes.
func regexFunctions() []cel.EnvOption {
	text := cel.StringType
	return []cel.EnvOption{
		cel.Function("find", cel.MemberOverload("string_find_string", []*cel.Type{text, text}, text,
			cel.FunctionBinding(withPattern(find)))),
		cel.Function("findAll",
			cel.MemberOverload("string_find_all_string", []*cel.Type{text, text}, cel.ListType(text),
				cel.FunctionBinding(withPattern(findAll))),
			cel.MemberOverload("string_find_all_string_int", []*cel.Type{text, text, cel.IntType}, cel.ListType(text),
				cel.FunctionBinding(withPattern(findAll)))),
	}
}

// regexOptimizations compile patterns that are literals once.
func regexOptimizations() []*interpreter.RegexOptimization {
	optimize := func(name string, call func(*regexp.Regexp, []ref.Val) ref.Val) *interpreter.RegexOptimization {
		return &interpreter.RegexOptimization{
			Function: name, RegexIndex: 1,
			Factory: func(c interpreter.InterpretableCall, pattern string) (interpreter.InterpretableCall, error) {
				compiled, err := regexp.Compile(pattern)
				if err != nil {
					return nil, err
				}
				return interpreter.NewCall(c.ID(), c.Function(), c.OverloadID(), c.Args(),
					func(arguments ...ref.Val) ref.Val { return call(compiled, arguments) }), nil
			},
		}
	}
	return []*interpreter.RegexOptimization{
		interpreter.MatchesRegexOptimization, optimize("find", find), optimize("findAll", findAll),
	}
}

// withPattern compiles the pattern, which is the second argument.
func withPattern(call func(*regexp.Regexp, []ref.Val) ref.Val) func(...ref.Val) ref.Val {
	return func(arguments ...ref.Val) ref.Val {
		pattern, ok := arguments[1].(types.String)
		if !ok {
			return types.MaybeNoSuchOverloadErr(arguments[1])
		}
		compiled, err := regexp.Compile(string(pattern))
		if err != nil {
			return types.NewErr("invalid regular expression: %v", err)
		}
		return call(compiled, arguments)
	}
}

func find(pattern *regexp.Regexp, arguments []ref.Val) ref.Val {
	text, ok := arguments[0].(types.String)
	if !ok {
		return types.MaybeNoSuchOverloadErr(arguments[0])
	}
	return types.String(pattern.FindString(string(text)))
}

func findAll(pattern *regexp.Regexp, arguments []ref.Val) ref.Val {
	text, ok := arguments[0].(types.String)
	if !ok {
		return types.MaybeNoSuchOverloadErr(arguments[0])
	}
	most := types.IntNegOne
	if len(arguments) == 3 {
		if most, ok = arguments[2].(types.Int); !ok {
			return types.MaybeNoSuchOverloadErr(arguments[2])
		}
	}
	return types.NewStringList(types.DefaultTypeAdapter, pattern.FindAllString(string(text), int(most)))
}
