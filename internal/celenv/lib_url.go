package celenv

import (
	"net/url"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

// urlFunctions are those of Kubernetes: absolute URIs and absolute paths.
func urlFunctions() []cel.EnvOption {
	kind := cel.ObjectType("kubernetes.URL")
	part := func(name, overload string, of func(u *url.URL) string) cel.EnvOption {
		return cel.Function(name, cel.MemberOverload(overload, []*cel.Type{kind}, cel.StringType,
			on(func(u *url.URL) ref.Val { return types.String(of(u)) })))
	}
	parse := func(text string) ref.Val {
		parsed, err := url.ParseRequestURI(text)
		if err != nil {
			return types.NewErr("URL parse error during conversion from string: %v", err)
		}
		return opaque[*url.URL]{kind, parsed, func(a, b *url.URL) bool { return a.String() == b.String() }}
	}
	return []cel.EnvOption{
		cel.Types(kind),
		cel.Function("url", cel.Overload("string_to_url", []*cel.Type{cel.StringType}, kind, onText(parse))),
		cel.Function("isURL", cel.Overload("is_url_string", []*cel.Type{cel.StringType}, cel.BoolType,
			onText(func(text string) ref.Val {
				_, err := url.ParseRequestURI(text)
				return types.Bool(err == nil)
			}))),
		part("getScheme", "url_get_scheme", func(u *url.URL) string { return u.Scheme }),
		part("getHost", "url_get_host", func(u *url.URL) string { return u.Host }),
		part("getHostname", "url_get_hostname", (*url.URL).Hostname),
		part("getPort", "url_get_port", (*url.URL).Port),
		part("getEscapedPath", "url_get_escaped_path", (*url.URL).EscapedPath),
		cel.Function("getQuery", cel.MemberOverload("url_get_query", []*cel.Type{kind},
			cel.MapType(cel.StringType, cel.ListType(cel.StringType)),
			on(func(u *url.URL) ref.Val {
				query := map[ref.Val]ref.Val{}
				for key, values := range u.Query() {
					query[types.String(key)] = types.NewStringList(types.DefaultTypeAdapter, values)
				}
				return types.NewRefValMap(types.DefaultTypeAdapter, query)
			}))),
	}
}
