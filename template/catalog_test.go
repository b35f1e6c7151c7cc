package template_test

import (
	"context"
	"strings"
	"testing"

	"github.com/Masterminds/sprig/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/template"
)

// functionCases call each function at least once: an update of a library must
// not change what packages render in silence.
var functionCases = map[string][2]string{
	"and": {`{{ and true 1 }}`, "1"}, "or": {`{{ or false 2 }}`, "2"}, "not": {`{{ not 0 }}`, "true"},
	"len": {`{{ len "héllo" }}`, "6"}, "index": {`{{ index (list 1 2 3) 1 }}`, "2"}, "call": {`{{ if false }}{{ call .x }}{{ end }}`, ""},
	"eq": {`{{ eq 1 2 1 }}`, "true"}, "ne": {`{{ ne "a" "b" }}`, "true"}, "lt": {`{{ lt 1 2 }}`, "true"}, "le": {`{{ le 2 2 }}`, "true"},
	"gt": {`{{ gt 1 2 }}`, "false"}, "ge": {`{{ ge 2.5 2.5 }}`, "true"}, "print": {`{{ print 1 2 "a" }}`, "1 2a"},
	"println": {`{{ println 1 "a" }}`, "1 a\n"}, "printf": {`{{ printf "%s-%d-%v-%5.1f|%q %%" "a" 5 true 2.25 "x" }}`, `a-5-true-  2.2|"x" %`},
	"html": {`{{ html "<a>" }}`, "&lt;a&gt;"}, "js": {`{{ js "<'" }}`, `\u003C\'`}, "urlquery": {`{{ urlquery "a b" }}`, "a+b"},

	"include":  {`{{ define "x" }}[{{ . }}]{{ end }}{{ include "x" 1 | upper }}`, "[1]"},
	"toYAML":   {`{{ toYAML (dict "b" (list 1 "2" true nil) "a" "x: y") }}`, "a: 'x: y'\nb:\n- 1\n- \"2\"\n- true\n- null"},
	"fromYAML": {`{{ fromYAML "a: yes\nb: 0644\nc: 1.0\nd: [x, 2020-01-01]" | toJson }}`, `{"a":true,"b":420,"c":1,"d":["x","2020-01-01"]}`},
	"getFile":  {`{{ getFile "files/x.txt" }}`, "hello\n"}, "getFileGlob": {`{{ getFileGlob "files/{x,y}.txt" }}`, "map[files/x.txt:hello\n files/y.txt:yo]"},
	"b64decMap": {`{{ b64decMap (dict "a" "aGVsbG8=" "n" 5) }}`, "map[a:hello]"}, "cel": {`{{ cel "yes" }}`, "true"},

	"hello": {`{{ hello }}`, "Hello!"}, "duration": {`{{ duration "90" }}`, "1m30s"}, "durationRound": {`{{ durationRound "2h10m" }}`, "2h"},
	"abbrev": {`{{ abbrev 5 "hello world" }}`, "he..."}, "abbrevboth": {`{{ abbrevboth 5 10 "1234 5678 9123" }}`, "...5678..."},
	"trunc": {`{{ trunc 2 "abc" }}{{ trunc -2 "abc" }}`, "abbc"}, "trim": {`{{ trim " a " }}`, "a"}, "upper": {`{{ upper "ab" }}`, "AB"},
	"lower": {`{{ lower "AB" }}`, "ab"}, "title": {`{{ title "ab cd" }}`, "Ab Cd"}, "untitle": {`{{ untitle "Ab" }}`, "ab"},
	"substr": {`{{ substr 1 3 "hello" }}`, "el"}, "repeat": {`{{ repeat 3 "ab" }}`, "ababab"}, "trimall": {`{{ trimall "$" "$5$" }}`, "5"},
	"trimAll": {`{{ trimAll "$" "$5$" }}`, "5"}, "trimSuffix": {`{{ trimSuffix "-" "a-" }}`, "a"}, "trimPrefix": {`{{ trimPrefix "-" "-a" }}`, "a"},
	"nospace": {`{{ nospace "a b c" }}`, "abc"}, "initials": {`{{ initials "First Try" }}`, "FT"}, "swapcase": {`{{ swapcase "aB" }}`, "Ab"},
	"snakecase": {`{{ snakecase "FirstName" }}`, "first_name"}, "camelcase": {`{{ camelcase "http_server" }}`, "HttpServer"},
	"kebabcase": {`{{ kebabcase "FirstName" }}`, "first-name"}, "wrap": {`{{ wrap 5 "aaa bbb ccc" }}`, "aaa\nbbb\nccc"},
	"wrapWith": {`{{ wrapWith 5 "|" "aaa bbb ccc" }}`, "aaa|bbb|ccc"}, "contains": {`{{ contains "b" "abc" }}`, "true"},
	"hasPrefix": {`{{ hasPrefix "a" "abc" }}`, "true"}, "hasSuffix": {`{{ hasSuffix "a" "abc" }}`, "false"},
	"quote": {`{{ quote "a\"b" 1 nil }}`, `"a\"b" "1"`}, "squote": {`{{ squote "a" 1 }}`, `'a' '1'`}, "cat": {`{{ cat "a" 1 nil true }}`, "a 1 true"},
	"indent": {`{{ indent 2 "a\nb" }}`, "  a\n  b"}, "nindent": {`{{ nindent 2 "a\nb" }}`, "\n  a\n  b"}, "replace": {`{{ replace "a" "bb" "aca" }}`, "bbcbb"},
	"plural": {`{{ plural "one" "many" 2 }}`, "many"}, "sha1sum": {`{{ sha1sum "a" | trunc 8 }}`, "86f7e437"}, "sha256sum": {`{{ sha256sum "a" | trunc 8 }}`, "ca978112"},
	"sha512sum": {`{{ sha512sum "a" | trunc 8 }}`, "1f40fc92"}, "adler32sum": {`{{ adler32sum "a" }}`, "6422626"}, "toString": {`{{ toString (list 1 "a") }}`, "[1 a]"},
	"atoi": {`{{ atoi "42" }}`, "42"}, "int64": {`{{ int64 "42" }}`, "42"}, "int": {`{{ int 4.9 }}`, "4"}, "float64": {`{{ float64 "1.5" }}`, "1.5"},
	"seq": {`{{ seq 3 }};{{ seq 2 4 }};{{ seq 0 2 6 }};{{ seq 3 1 }}`, "1 2 3;2 3 4;0 2 4 6;3 2 1"}, "toDecimal": {`{{ toDecimal "0777" }}`, "511"},
	"split": {`{{ (split "." "a.b")._1 }}`, "b"}, "splitList": {`{{ splitList "." "a.b" }}`, "[a b]"}, "splitn": {`{{ (splitn "." 2 "a.b.c")._1 }}`, "b.c"},
	"toStrings": {`{{ toStrings (list 1 "a") | toJson }}`, `["1","a"]`}, "until": {`{{ until 3 }}{{ until -2 }}`, "[0 1 2][0 -1]"}, "untilStep": {`{{ untilStep 3 10 3 }}`, "[3 6 9]"},
	"add1": {`{{ add1 2 }}`, "3"}, "add": {`{{ add 1 "2" 3 }}`, "6"}, "sub": {`{{ sub 5 2 }}`, "3"}, "div": {`{{ div 7 2 }}`, "3"}, "mod": {`{{ mod 7 2 }}`, "1"},
	"mul": {`{{ mul 2 3 4 }}`, "24"}, "add1f": {`{{ add1f 1.5 }}`, "2.5"}, "addf": {`{{ addf 0.1 0.2 }}`, "0.3"}, "subf": {`{{ subf 7.5 2 3 }}`, "2.5"},
	"divf": {`{{ divf 10 2 4 }}`, "1.25"}, "mulf": {`{{ mulf 1.5 2 2 }}`, "6"}, "biggest": {`{{ biggest 1 3 2 }}`, "3"}, "max": {`{{ max 1 3 2 }}`, "3"},
	"min": {`{{ min 1 3 2 }}`, "1"}, "maxf": {`{{ maxf 1 2.5 }}`, "2.5"}, "minf": {`{{ minf 1 2.5 }}`, "1"}, "ceil": {`{{ ceil 1.1 }}`, "2"}, "floor": {`{{ floor 1.9 }}`, "1"},
	"round": {`{{ round 123.5555 2 }}`, "123.56"}, "join": {`{{ join "," (list 1 "a") }}`, "1,a"}, "sortAlpha": {`{{ sortAlpha (list "b" "a") }}`, "[a b]"},
	"default": {`{{ default 5 nil }}{{ default 5 0 }}{{ default 5 1 }}`, "551"}, "empty": {`{{ empty "" }}`, "true"}, "coalesce": {`{{ coalesce nil 0 7 }}`, "7"},
	"all": {`{{ all 1 "" }}`, "false"}, "any": {`{{ any 1 "" }}`, "true"}, "compact": {`{{ compact (list 1 "" 2) }}`, "[1 2]"}, "mustCompact": {`{{ mustCompact (list 1 "" 2) }}`, "[1 2]"},
	"fromJson": {`{{ (fromJson "{\"a\":[1]}").a }}`, "[1]"}, "toJson": {`{{ toJson (dict "b" 1 "a" "<") }}`, `{"a":"\u003c","b":1}`},
	"toPrettyJson": {`{{ toPrettyJson (dict "a" 1) }}`, "{\n  \"a\": 1\n}"}, "toRawJson": {`{{ toRawJson "<" }}`, `"<"`},
	"mustFromJson": {`{{ mustFromJson "[1]" }}`, "[1]"}, "mustToJson": {`{{ mustToJson 1 }}`, "1"}, "mustToPrettyJson": {`{{ mustToPrettyJson 1 }}`, "1"},
	"mustToRawJson": {`{{ mustToRawJson "<" }}`, `"<"`}, "ternary": {`{{ ternary 1 2 true }}`, "1"},
	"deepCopy": {`{{ $a := dict "x" (dict) }}{{ $b := deepCopy $a }}{{ $_ := set $b.x "y" 1 }}{{ $a }}`, "map[x:map[]]"}, "mustDeepCopy": {`{{ mustDeepCopy (list 1) }}`, "[1]"},
	"typeOf": {`{{ typeOf 1 }}`, "int"}, "typeIs": {`{{ typeIs "string" "" }}`, "true"}, "typeIsLike": {`{{ typeIsLike "string" "" }}`, "true"},
	"kindOf": {`{{ kindOf (dict) }}`, "map"}, "kindIs": {`{{ kindIs "slice" (list) }}`, "true"}, "deepEqual": {`{{ deepEqual (list 1) (list 1) }}`, "true"},
	"base": {`{{ base "a/b.c" }}`, "b.c"}, "dir": {`{{ dir "a/b.c" }}`, "a"}, "clean": {`{{ clean "a/../b" }}`, "b"}, "ext": {`{{ ext "b.c" }}`, ".c"}, "isAbs": {`{{ isAbs "/a" }}`, "true"},
	"b64enc": {`{{ b64enc "hi" }}`, "aGk="}, "b64dec": {`{{ b64dec "aGk=" }}`, "hi"}, "b32enc": {`{{ b32enc "hi" }}`, "NBUQ===="}, "b32dec": {`{{ b32dec "NBUQ====" }}`, "hi"},
	"tuple": {`{{ tuple 1 2 }}`, "[1 2]"}, "list": {`{{ list 1 2 }}`, "[1 2]"}, "dict": {`{{ dict "a" 1 2 3 "c" }}`, "map[2:3 a:1 c:]"}, "get": {`{{ get (dict "a" 1) "a" }}{{ get (dict) "b" }}`, "1"},
	"set": {`{{ set (dict) "a" 1 }}`, "map[a:1]"}, "unset": {`{{ unset (dict "a" 1 "b" 2) "a" }}`, "map[b:2]"}, "hasKey": {`{{ hasKey (dict "a" 1) "a" }}`, "true"},
	"pluck": {`{{ pluck "a" (dict "a" 1) (dict) (dict "a" 2) }}`, "[1 2]"}, "keys": {`{{ keys (dict "z" 1 "b" 2) (dict "a" 3) }}`, "[b z a]"},
	"pick": {`{{ pick (dict "a" 1 "b" 2) "a" }}`, "map[a:1]"}, "omit": {`{{ omit (dict "a" 1 "b" 2) "a" }}`, "map[b:2]"},
	"merge":          {`{{ merge (dict "a" 1 "m" (dict "x" 1)) (dict "a" 2 "b" 3 "m" (dict "y" 2)) }}`, "map[a:1 b:3 m:map[x:1 y:2]]"},
	"mergeOverwrite": {`{{ mergeOverwrite (dict "a" 1 "m" (dict "x" 1)) (dict "a" 2 "m" (dict "y" 2)) }}`, "map[a:2 m:map[x:1 y:2]]"},
	"mustMerge":      {`{{ mustMerge (dict "a" 1) (dict "b" 2) }}`, "map[a:1 b:2]"}, "mustMergeOverwrite": {`{{ mustMergeOverwrite (dict "a" 1) (dict "a" 2) }}`, "map[a:2]"},
	"values": {`{{ values (dict "z" 1 "b" 2) }}`, "[2 1]"}, "append": {`{{ append (list 1) 2 }}`, "[1 2]"}, "push": {`{{ push (list 1) 2 }}`, "[1 2]"},
	"mustAppend": {`{{ mustAppend (list 1) 2 }}`, "[1 2]"}, "mustPush": {`{{ mustPush (list 1) 2 }}`, "[1 2]"}, "prepend": {`{{ prepend (list 1) 2 }}`, "[2 1]"},
	"mustPrepend": {`{{ mustPrepend (list 1) 2 }}`, "[2 1]"}, "first": {`{{ first (list 1 2) }}`, "1"}, "mustFirst": {`{{ mustFirst (list 1 2) }}`, "1"}, "rest": {`{{ rest (list 1 2) }}`, "[2]"},
	"mustRest": {`{{ mustRest (list 1 2) }}`, "[2]"}, "last": {`{{ last (list 1 2) }}`, "2"}, "mustLast": {`{{ mustLast (list 1 2) }}`, "2"}, "initial": {`{{ initial (list 1 2) }}`, "[1]"},
	"mustInitial": {`{{ mustInitial (list 1 2) }}`, "[1]"}, "reverse": {`{{ reverse (list 1 2) }}`, "[2 1]"}, "mustReverse": {`{{ mustReverse (list 1 2) }}`, "[2 1]"},
	"uniq": {`{{ uniq (list 1 "a" 1 (list 1) "a" (list 1) 1.0) }}`, "[1 a [1] 1]"}, "mustUniq": {`{{ mustUniq (list 1 1) }}`, "[1]"}, "without": {`{{ without (list 1 2 3) 2 }}`, "[1 3]"},
	"mustWithout": {`{{ mustWithout (list 1 2) 2 }}`, "[1]"}, "has": {`{{ has 1 (list 1) }}{{ has 1 nil }}`, "truefalse"}, "mustHas": {`{{ mustHas 1 (list 2) }}`, "false"},
	"slice": {`{{ slice (list 1 2 3) 1 2 }}{{ slice (list 1 2) 1 }}`, "[2][2]"}, "mustSlice": {`{{ mustSlice (list 1 2 3) 1 }}`, "[2 3]"}, "concat": {`{{ concat (list 1) (list 2) }}`, "[1 2]"},
	"dig": {`{{ dig "a" "b" 0 (dict "a" (dict "b" 2)) }}{{ dig "x" 0 (dict) }}`, "20"}, "chunk": {`{{ chunk 2 (list 1 2 3) }}`, "[[1 2] [3]]"}, "mustChunk": {`{{ mustChunk 2 (list 1 2 3) }}`, "[[1 2] [3]]"},
	"semver": {`{{ (semver "1.2.3").Minor }}{{ semver "v1.2" }}`, "21.2.0"}, "semverCompare": {`{{ semverCompare ">=1.2" "1.3.0" }}`, "true"},
	"fail": {`{{ if false }}{{ fail "x" }}{{ end }}`, ""}, "regexMatch": {`{{ regexMatch "^a+$" "aa" }}{{ regexMatch "(" "" }}`, "truefalse"}, "mustRegexMatch": {`{{ mustRegexMatch "^a+$" "aa" }}`, "true"},
	"regexFindAll": {`{{ regexFindAll "[0-9]+" "a1b22" -1 }}{{ regexFindAll "[0-9]" "123" 2 }}`, "[1 22][1 2]"}, "mustRegexFindAll": {`{{ mustRegexFindAll "[0-9]+" "a1b22" -1 }}`, "[1 22]"},
	"regexFind": {`{{ regexFind "b+" "abbc" }}`, "bb"}, "mustRegexFind": {`{{ mustRegexFind "b+" "abbc" }}`, "bb"}, "regexReplaceAll": {`{{ regexReplaceAll "a(x*)b" "-ab-axxb-" "${1}W" }}`, "-W-xxW-"},
	"mustRegexReplaceAll": {`{{ mustRegexReplaceAll "a(x*)b" "-ab-axxb-" "${1}W" }}`, "-W-xxW-"}, "regexReplaceAllLiteral": {`{{ regexReplaceAllLiteral "a(x*)b" "-ab-" "${1}" }}`, "-${1}-"},
	"mustRegexReplaceAllLiteral": {`{{ mustRegexReplaceAllLiteral "a(x*)b" "-ab-" "${1}" }}`, "-${1}-"}, "regexSplit": {`{{ regexSplit "z+" "pizza" -1 }}`, "[pi a]"},
	"mustRegexSplit": {`{{ mustRegexSplit "z+" "pizza" -1 }}`, "[pi a]"}, "regexQuoteMeta": {`{{ regexQuoteMeta "1.2" }}`, `1\.2`},
	"urlParse": {`{{ (urlParse "https://u:p@a.b:1/c?d=e#f").host }}`, "a.b:1"}, "urlJoin": {`{{ urlJoin (dict "scheme" "http" "host" "a" "path" "/b" "query" "c=d") }}`, "http://a/b?c=d"},
}

func TestFunctions(t *testing.T) {
	t.Parallel()
	for _, function := range template.Functions() {
		call, ok := functionCases[function.Name]
		if !function.Available {
			assert.NotEmpty(t, function.Note, "%s is left out: why?", function.Name)
			_, found := template.Compile(map[string][]byte{"a": []byte("{{ " + function.Name + " }}")}, template.Options{})
			require.Len(t, found, 1, function.Name)
			assert.Contains(t, found[0].Message, function.Note)
			continue
		}
		if !assert.True(t, ok, "%s has no case", function.Name) {
			continue
		}
		assert.Contains(t, call[0], function.Name)
		set := compile(t, map[string]string{"a.gotmpl": call[0]}, template.Options{Files: fixtureFiles(t)})
		scope := &template.Scope{CEL: func(_ context.Context, expression string) (bool, error) { return expression == "yes", nil }}
		output, err := set.Execute(context.Background(), "a.gotmpl", fixtureData(), scope)
		if assert.NoError(t, err, function.Name) {
			assert.Equal(t, call[1], string(output), function.Name)
		}
	}
}

// A function that a new version of sprig brings must be decided on.
func TestCatalogHasAllOfSprig(t *testing.T) {
	t.Parallel()
	listed := map[string]bool{}
	for _, function := range template.Functions() {
		if function.Origin == "sprig" {
			assert.False(t, listed[function.Name], "%s is listed twice", function.Name)
			listed[function.Name] = true
		}
	}
	for name := range sprig.GenericFuncMap() {
		assert.True(t, listed[name], "sprig's %s is not in the catalog", name)
		delete(listed, name)
	}
	assert.Empty(t, listed, "sprig has them no more")
}

func TestUnknownFunctionsAreExplained(t *testing.T) {
	t.Parallel()
	_, found := template.Compile(asBytes(map[string]string{
		"b.gotmpl": "{{ env \"HOME\" }}\n  {{ .x | uper }}\n{{ if (toYaml .) }}{{ end }}{{ $x := now }}{{ (required 1).x }}",
	}), template.Options{})
	assert.Equal(t, strings.Join([]string{
		`5 findings:`,
		`- b.gotmpl:1:4: function "env" is not available: it reads the machine (a package renders the same on every machine, at every time) [template-parse]`,
		`- b.gotmpl:2:11: function "uper" does not exist (did you mean "upper"?) [template-parse]`,
		`- b.gotmpl:3:8: function "toYaml" does not exist (it is called "toYAML" here) [template-parse]`,
		`- b.gotmpl:3:38: function "now" is not available: it reads the clock (a package renders the same on every machine, at every time) [template-parse]`,
		`- b.gotmpl:3:48: function "required" does not exist (declare the key as required in spec.config.openAPIV3Schema, or use "fail") [template-parse]`,
	}, "\n"), found.Error())
}

func TestHostFunctions(t *testing.T) {
	t.Parallel()
	double := func(n int) int { return 2 * n }
	set, found := template.Compile(asBytes(map[string]string{"a": `{{ double 4 }}`}), template.Options{
		Functions: []template.Function{{Name: "double", Implementation: double, Deterministic: true}},
	})
	require.Empty(t, found)
	output, err := set.Execute(context.Background(), "a", nil, nil)
	require.NoError(t, err)
	assert.Equal(t, "8", string(output))

	for _, refused := range []template.Function{
		{Name: "double", Implementation: double},
		{Name: "a b", Implementation: double, Deterministic: true},
		{Name: "quote", Implementation: double, Deterministic: true},
		{Name: "now", Implementation: double, Deterministic: true},
		{Name: "if", Implementation: double, Deterministic: true},
		{Name: "packstage_print", Implementation: double, Deterministic: true},
		{Name: "double", Implementation: 5, Deterministic: true},
		{Name: "double", Deterministic: true},
		{Name: "double", Implementation: (func())(nil), Deterministic: true},
		{Name: "double", Implementation: func() {}, Deterministic: true},
		{Name: "double", Implementation: func() (int, int) { return 0, 0 }, Deterministic: true},
	} {
		set, found := template.Compile(nil, template.Options{Functions: []template.Function{refused}})
		assert.Nil(t, set)
		assert.True(t, found.HasErrors(), "%+v", refused.Name)
	}
}
