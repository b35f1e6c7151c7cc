package celenv

import (
	"net/url"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/packstage/packstage/internal/schema"
)

// namedFormat is a format that strings can be validated against.
type namedFormat struct {
	name string
	// problems returns what is wrong with the text; nothing where it is valid.
	problems func(text string) []string
}

// namedFormats are those of Kubernetes.
func namedFormats() []namedFormat {
	prefix := func(problems func(string) []string) func(string) []string {
		return func(text string) []string {
			if len(text) > 1 && strings.HasSuffix(text, "-") {
				text = text[:len(text)-1] + "a"
			}
			return problems(text)
		}
	}
	known := func(format, problem string) func(string) []string {
		return func(text string) []string {
			if schema.ValidFormat(format, text) {
				return nil
			}
			return []string{problem}
		}
	}
	return []namedFormat{
		{"dns1123Label", validation.IsDNS1123Label},
		{"dns1123Subdomain", validation.IsDNS1123Subdomain},
		{"dns1035Label", validation.IsDNS1035Label},
		{"qualifiedName", validation.IsQualifiedName},
		{"dns1123LabelPrefix", prefix(validation.IsDNS1123Label)},
		{"dns1123SubdomainPrefix", prefix(validation.IsDNS1123Subdomain)},
		{"dns1035LabelPrefix", prefix(validation.IsDNS1035Label)},
		{"labelValue", validation.IsValidLabelValue},
		{"uri", func(text string) []string {
			if _, err := url.ParseRequestURI(text); err != nil {
				return []string{err.Error()}
			}
			return nil
		}},
		{"uuid", known("uuid", "does not match the UUID format")},
		{"byte", known("byte", "invalid base64")},
		{"date", known("date", "invalid date")},
		{"datetime", known("datetime", "invalid datetime")},
	}
}

func formatFunctions() []cel.EnvOption {
	kind := cel.ObjectType("kubernetes.NamedFormat")
	formats := map[string]ref.Val{}
	options := []cel.EnvOption{cel.Types(kind)}
	for _, format := range namedFormats() {
		value := opaque[namedFormat]{kind, format, func(a, b namedFormat) bool { return a.name == b.name }}
		formats[format.name] = value
		name := "format." + format.name
		options = append(options, cel.Function(name, cel.Overload(name, nil, kind,
			cel.FunctionBinding(func(...ref.Val) ref.Val { return value }))))
	}
	return append(options,
		cel.Function("format.named", cel.Overload("format-named", []*cel.Type{cel.StringType}, cel.OptionalType(kind),
			onText(func(name string) ref.Val {
				if format, ok := formats[name]; ok {
					return types.OptionalOf(format)
				}
				return types.OptionalNone
			}))),
		cel.Function("validate", cel.MemberOverload("format-validate", []*cel.Type{kind, cel.StringType},
			cel.OptionalType(cel.ListType(cel.StringType)),
			cel.BinaryBinding(func(first, second ref.Val) ref.Val {
				format, ok := first.(opaque[namedFormat])
				text, isText := second.(types.String)
				if !ok || !isText {
					return types.MaybeNoSuchOverloadErr(second)
				}
				problems := format.value.problems(string(text))
				if len(problems) == 0 {
					return types.OptionalNone
				}
				return types.OptionalOf(types.NewStringList(types.DefaultTypeAdapter, problems))
			}))))
}
