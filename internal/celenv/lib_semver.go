package celenv

import (
	"strings"

	"github.com/Masterminds/semver/v3"
	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

// semverFunctions are those of Kubernetes for semantic versions.
func semverFunctions() []cel.EnvOption {
	kind := cel.ObjectType("kubernetes.Semver")
	text, flag := cel.StringType, cel.BoolType
	value := func(v *semver.Version) ref.Val {
		return opaque[*semver.Version]{kind, v, func(a, b *semver.Version) bool { return a.Compare(b) == 0 }}
	}
	parse := func(version string, normalize bool) ref.Val {
		v, err := parseSemver(version, normalize)
		if err != nil {
			return types.WrapErr(err)
		}
		return value(v)
	}
	valid := func(version string, normalize bool) ref.Val {
		_, err := parseSemver(version, normalize)
		return types.Bool(err == nil)
	}
	strict := func(call func(string, bool) ref.Val) cel.OverloadOpt {
		return onText(func(version string) ref.Val { return call(version, false) })
	}
	optional := func(call func(string, bool) ref.Val) cel.OverloadOpt {
		return cel.BinaryBinding(func(first, second ref.Val) ref.Val {
			version, ok := first.(types.String)
			normalize, isBool := second.(types.Bool)
			if !ok || !isBool {
				return types.MaybeNoSuchOverloadErr(first)
			}
			return call(string(version), bool(normalize))
		})
	}
	number := func(name string, of func(v *semver.Version) uint64) cel.EnvOption {
		return cel.Function(name, cel.MemberOverload("semver_"+name, []*cel.Type{kind}, cel.IntType,
			on(func(v *semver.Version) ref.Val { return types.Int(of(v)) })))
	}
	compare := func(name, overload string, result *cel.Type, of func(order int) ref.Val) cel.EnvOption {
		return cel.Function(name, cel.MemberOverload(overload, []*cel.Type{kind, kind}, result,
			onTwo(func(a, b *semver.Version) ref.Val { return of(a.Compare(b)) })))
	}
	return []cel.EnvOption{
		cel.Types(kind),
		cel.Function("semver",
			cel.Overload("string_to_semver", []*cel.Type{text}, kind, strict(parse)),
			cel.Overload("string_bool_to_semver", []*cel.Type{text, flag}, kind, optional(parse))),
		cel.Function("isSemver",
			cel.Overload("is_semver_string", []*cel.Type{text}, flag, strict(valid)),
			cel.Overload("is_semver_string_bool", []*cel.Type{text, flag}, flag, optional(valid))),
		number("major", (*semver.Version).Major),
		number("minor", (*semver.Version).Minor),
		number("patch", (*semver.Version).Patch),
		compare("isGreaterThan", "semver_is_greater_than", flag, func(order int) ref.Val { return types.Bool(order > 0) }),
		compare("isLessThan", "semver_is_less_than", flag, func(order int) ref.Val { return types.Bool(order < 0) }),
		compare("compareTo", "semver_compare_to", cel.IntType, func(order int) ref.Val { return types.Int(order) }),
	}
}

// parseSemver reads a version. Normalizing drops a leading "v" and leading
// zeros, and adds missing minor and patch numbers.
func parseSemver(text string, normalize bool) (*semver.Version, error) {
	if !normalize {
		return semver.StrictNewVersion(text)
	}
	parts := strings.SplitN(strings.TrimPrefix(text, "v"), ".", 3)
	for i, part := range parts {
		trimmed := strings.TrimLeft(part, "0")
		if part != trimmed && (trimmed == "" || trimmed[0] < '0' || trimmed[0] > '9') {
			trimmed = "0" + trimmed
		}
		parts[i] = trimmed
	}
	if len(parts) < 3 {
		if strings.ContainsAny(parts[len(parts)-1], "+-") {
			return nil, semver.ErrInvalidSemVer
		}
		for len(parts) < 3 {
			parts = append(parts, "0")
		}
	}
	return semver.StrictNewVersion(strings.Join(parts, "."))
}
