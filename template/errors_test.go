package template_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/template"
)

func TestParseFindings(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"a: {{ .x":                         `a.gotmpl:1:7: unclosed action [template-parse]`,
		"a:\n  b: {{ .x\n":                 `a.gotmpl:2:9: unclosed action [template-parse]`,
		"a\n{{ if true }}\nb\n":            `a.gotmpl:2:4: {{ if }} has no {{ end }} (the file ends before it) [template-parse]`,
		"{{ range . }}{{ if . }}{{ end }}": `a.gotmpl:1:4: {{ range }} has no {{ end }} (the file ends before it) [template-parse]`,
		"x\r\ny: {{ $z }}\r\n":             `a.gotmpl:2:7: undefined variable "$z" (a variable is known from where it is declared with := to the end of its block) [template-parse]`,
		"a\n{{ end }}":                     `a.gotmpl:2:4: unexpected {{end}} (there is no block that it could close) [template-parse]`,
		"{{ \"a }}":                        `a.gotmpl:1:4: unterminated quoted string [template-parse]`,
		"{{ /* c */ }}":                    `a.gotmpl:1:4: unexpected "/" in command [template-parse]`,
		"{{/* c }}":                        `a.gotmpl:1:1: unclosed comment [template-parse]`,
		"{{ if }}a{{ end }}":               `a.gotmpl:1:4: missing value for if [template-parse]`,
		"{{ define x }}{{ end }}":          `a.gotmpl:1:11: unexpected "x" in define clause [template-parse]`,
		"{{ . | 1 }}":                      `a.gotmpl:1:4: non executable command in pipeline stage 2 [template-parse]`,
		"{{ break }}":                      `a.gotmpl:1:4: {{break}} outside {{range}} [template-parse]`,
		"{{ (1 }}":                         `a.gotmpl:1:4: unclosed left paren [template-parse]`,
		"{{ .a-b }}":                       `a.gotmpl:1:4: bad character U+002D '-' (a trim marker needs a space: {{- x -}}; a key with a dash is read by index) [template-parse]`,
		"{{ define `x` }}1{{ end }}{{ define `x` }}2{{ end }}": `a.gotmpl:1:38: multiple definition of template "x" [template-parse]`,
		"{{ $a }}\n{{ $b }}\n{{ | }}":                          "3 findings:\n- a.gotmpl:1:4: undefined variable \"$a\" (a variable is known from where it is declared with := to the end of its block) [template-parse]\n- a.gotmpl:2:4: undefined variable \"$b\" (a variable is known from where it is declared with := to the end of its block) [template-parse]\n- a.gotmpl:3:4: unexpected \"|\" in command [template-parse]",
	} {
		set, found := template.Compile(asBytes(map[string]string{"a.gotmpl": source}), template.Options{})
		assert.Nil(t, set)
		assert.Equal(t, want, found.Error(), "%q", source)
	}
}

func TestDuplicateDefinitions(t *testing.T) {
	t.Parallel()
	_, found := template.Compile(asBytes(map[string]string{
		"a/x.gotmpl": "{{ define `one` }}{{ end }}\n{{ define `two` }}2{{ end }}",
		"a-b.gotmpl": "\n {{- block `two` . -}} 2 {{ end }}",
		"c.gotmpl":   "{{ define `a/x.gotmpl` }}x{{ end }}{{ define `one` }}{{ end }}",
	}), template.Options{})
	assert.Equal(t, "3 findings:\n"+
		"- a-b.gotmpl:2:6: template \"two\" is defined twice: here and in a/x.gotmpl:2:4 (all files of a package share their definitions; give one of them another name) [template-duplicate-define]\n"+
		"- c.gotmpl:1:4: template \"a/x.gotmpl\" is defined twice: here and in the file of that name (all files of a package share their definitions; give one of them another name) [template-duplicate-define]\n"+
		"- c.gotmpl:1:39: template \"one\" is defined twice: here and in a/x.gotmpl:1:4 (all files of a package share their definitions; give one of them another name) [template-duplicate-define]",
		found.Error())
}

func TestExecutionFindings(t *testing.T) {
	t.Parallel()
	const helpers = "{{- define \"labels\" -}}\r\nx: {{ .config.nope }}\r\n{{- end -}}\n{{ define \"outer\" }}\n{{ template \"labels\" . }}{{ end }}{{ define \"null\" }}a: {{ .config.null }}{{ end }}"
	for source, want := range map[string]string{
		"k: {{ .config.lst }}":                      `a.gotmpl:1:7: there is no key "lst" (did you mean "list"?) [template-execute]`,
		"k: {{ .cnfig.i }}":                         `a.gotmpl:1:7: there is no key "cnfig" (did you mean "config"?) [template-execute]`,
		"k: {{ .Values.replicas }}":                 `a.gotmpl:1:7: there is no key "Values" (the configuration is .config) [template-execute]`,
		"k: {{ $.config.passwort }}":                `a.gotmpl:1:7: there is no key "passwort" (did you mean "password"?) [template-execute]`,
		"k: {{ .config.null.x }}":                   `a.gotmpl:1:7: cannot read key "x" of null (test the value with ` + "`with` or `if` before) [template-execute]",
		"k:\n  {{- .config.s.x }}":                  `a.gotmpl:2:7: can't evaluate field x in type any value [template-execute]`,
		"{{ fail \"no way\" }}":                     `a.gotmpl:1:4: no way [template-execute]`,
		"{{ include \"lables\" . }}":                `a.gotmpl:1:4: there is no template "lables" (did you mean "labels"?) [template-execute]`,
		"{{ template \"nope\" . }}":                 `a.gotmpl:1:13: there is no template "nope" [template-execute]`,
		"a\n{{ include \"labels\" . | nindent 4 }}": `_h.gotmpl:2:7: there is no key "nope" (declare it in spec.config.openAPIV3Schema with a default, or ask with hasKey or dig whether it is there; included from a.gotmpl:2:4) [template-execute]`,
		"{{ range list 1 }}\n{{ if true }}{{ include \"outer\" $ }}{{ end }}{{ end }}": `_h.gotmpl:2:7: there is no key "nope" (declare it in spec.config.openAPIV3Schema with a default, or ask with hasKey or dig whether it is there; included from _h.gotmpl:5:13, from a.gotmpl:2:17) [template-execute]`,
		"{{ include \"null\" . | b64enc }}":                                            `_h.gotmpl:5:60: the action would print <no value>: its value is null or not there (default gives a value for it; with and if leave the text out; included from a.gotmpl:1:4) [template-no-value]`,
		"<no value> {{ index .config \"x\" }}":                                         `a.gotmpl:1:15: the action would print <no value>: its value is null or not there (default gives a value for it; with and if leave the text out) [template-no-value]`,
		"{{ eq .config.i 3.0 }}":                                                       `a.gotmpl:1:4: eq cannot compare int64 and float64 (integers stay integers: compare with 3 instead of 3.0, or convert with float64) [template-execute]`,
		"{{ eq .config .config }}":                                                     `a.gotmpl:1:4: eq cannot compare lists and maps (deepEqual can) [template-execute]`,
		"{{ lt .config 1 }}":                                                           `a.gotmpl:1:4: lt cannot compare values of these types [template-execute]`,
		"{{ printf \"%.0f\" .config.i }}":                                              `a.gotmpl:1:4: printf: %.0f does not fit an integer (integers stay integers: use %d, or convert with float64) [template-execute]`,
		"{{ printf \"%d\" .config.password }}":                                         `a.gotmpl:1:4: printf: %d does not fit text (%v fits every value) [template-execute]`,
		"{{ range .config.password }}{{ end }}":                                        `a.gotmpl:1:10: range needs a list, a map or a number [template-execute]`,
		"{{ range $i, $x := 5 }}{{ end }}":                                             `a.gotmpl:1:20: range over a number has only one variable [template-execute]`,
		"{{ upper .config.i }}":                                                        `a.gotmpl:1:10: wrong type for value; expected string; got int64 (toString makes text of a number) [template-execute]`,
		"{{ upper 5 }}":                                                                `a.gotmpl:1:10: expected string; found 5 [template-execute]`,
		"{{ upper }}":                                                                  `a.gotmpl:1:4: wrong number of args for upper: want 1 got 0 [template-execute]`,
		"{{ until .config.i }}":                                                        `a.gotmpl:1:10: wrong type for value; expected int; got int64 (int converts it) [template-execute]`,
		"{{ index .config.list 9 }}":                                                   `a.gotmpl:1:4: index: the index lies outside of the list (len tells how long it is) [template-execute]`,
		"{{ index .config.null 9 }}":                                                   `a.gotmpl:1:4: index of null (test the value with ` + "`with` or `if` before) [template-execute]",
		"{{ first .config.password }}":                                                 `a.gotmpl:1:4: the argument is no list: cannot find first on type string [template-execute]`,
		"{{ dig \"a\" \"b\" 0 (dict \"a\" .config.password) }}":                        `a.gotmpl:1:4: dig needs keys that are text, and a map at each of them [template-execute]`,
		"{{ mustRegexMatch (print \"(\" .config.password) \"\" }}":                     `a.gotmpl:1:4: the regular expression does not parse: missing closing ) [template-execute]`,
		"{{ mustFromJson .config.password }}":                                          `a.gotmpl:1:4: mustFromJson: the text is no JSON [template-execute]`,
		"{{ semver .config.password }}":                                                `a.gotmpl:1:4: semver: the text is no semantic version [template-execute]`,
		"{{ semverCompare .config.password \"1.2.3\" }}":                               `a.gotmpl:1:4: semverCompare needs a constraint and a semantic version [template-execute]`,
		"{{ urlParse (print \":\" .config.password) }}":                                `a.gotmpl:1:4: urlParse: the text is no URL [template-execute]`,
		"{{ getFile .config.password }}":                                               `a.gotmpl:1:4: getFile: the package has no such file (paths begin at the folder of the manifest) [template-execute]`,
		"{{ getFileGlob \"{\" }}":                                                      `a.gotmpl:1:4: getFileGlob: the pattern does not parse [template-execute]`,
		"{{ fromYAML (print \"{\" .config.password) }}":                                `a.gotmpl:1:4: fromYAML: syntax in line 1 of the text [template-execute]`,
		"{{ b64decMap .config }}":                                                      `a.gotmpl:1:4: b64decMap: the value of key "password" is no base64 [template-execute]`,
		"{{ div 1 .config.b64 }}":                                                      `a.gotmpl:1:10: there is no key "b64" (declare it in spec.config.openAPIV3Schema with a default, or ask with hasKey or dig whether it is there) [template-execute]`,
		"{{ div 1 0 }}":                                                                `a.gotmpl:1:4: cannot calculate with these numbers [template-execute]`,
		"{{ (semver \"1.2.3\").Compare .config.password }}":                            `a.gotmpl:1:29: wrong type for value; expected *semver.Version; got string [template-execute]`,
		"{{ .config.password.x }}":                                                     `a.gotmpl:1:4: can't evaluate field x in type any value [template-execute]`,
		"{{ call .config.password }}":                                                  `a.gotmpl:1:4: call: non-function .config.password of type string [template-execute]`,
		"{{ cel \"x\" }}":                                                              `a.gotmpl:1:4: cel is not available here [template-execute]`,
		"{{ $x := 1 }}{{ $x.y }}":                                                      `a.gotmpl:1:17: can't evaluate field y in type int [template-execute]`,
		"{{- /* é */ -}}\n\n  é {{ .config.i | add \"x\" | upper }}":                   `a.gotmpl:3:31: wrong type for value; expected string; got int64 (toString makes text of a number) [template-execute]`,
		"{{ printf\n  \"%s\"\n  .config.nope }}":                                       `a.gotmpl:3:3: there is no key "nope" (declare it in spec.config.openAPIV3Schema with a default, or ask with hasKey or dig whether it is there) [template-execute]`,
	} {
		set := compile(t, map[string]string{"a.gotmpl": source, "_h.gotmpl": helpers}, template.Options{Files: fixtureFiles(t)})
		output, err := set.Execute(context.Background(), "a.gotmpl", fixtureData(), nil)
		assert.Empty(t, output)
		assert.NotContains(t, err.Error(), secret)
		assert.Equal(t, want, err.Error(), "%q", source)
	}
}

func TestCELErrors(t *testing.T) {
	t.Parallel()
	set := compile(t, map[string]string{"a.gotmpl": `{{ cel "x" }}`}, template.Options{})
	for _, test := range []struct {
		err  error
		want string
	}{
		{errors.New("no such attribute"), `a.gotmpl:1:4: cel: no such attribute [template-execute]`},
		{diagnostic.Diagnostics{{Code: diagnostic.ConditionInvalid, Message: "bad", Hint: "good"}}, `a.gotmpl:1:4: cel: bad (good) [template-execute]`},
	} {
		_, err := set.Execute(context.Background(), "a.gotmpl", nil, &template.Scope{
			CEL: func(context.Context, string) (bool, error) { return false, test.err },
		})
		assert.EqualError(t, err, test.want)
		assert.ErrorIs(t, err, diagnostic.TemplateExecute)
	}
}

func TestLiteralNoValueIsText(t *testing.T) {
	t.Parallel()
	for _, source := range []string{"<no value>", `{{ "<no value>" }}`, `{{ define "x" }}<no value>{{ end }}{{ include "x" . | upper }}`, `{{ with index .config "x" }}{{ . }}{{ end }}<no value>`} {
		_, err := render(t, source)
		assert.NoError(t, err, source)
	}
}

func TestUnknownFile(t *testing.T) {
	t.Parallel()
	set := compile(t, map[string]string{"a.gotmpl": "x"}, template.Options{})
	_, err := set.Execute(context.Background(), "b.gotmpl", nil, nil)
	require.Error(t, err)
	_, err = set.Trace(context.Background(), "b.gotmpl", nil, nil)
	require.Error(t, err)
}

func TestPercentInPaths(t *testing.T) {
	t.Parallel()
	const path = "100%d %s.gotmpl"
	_, found := template.Compile(asBytes(map[string]string{path: "\n {{ $x }}"}), template.Options{})
	assert.Equal(t, path+`:2:5: undefined variable "$x"`, found[0].Position.String()+": "+found[0].Message)
	set := compile(t, map[string]string{path: "\n {{ .config.lst }}", "b": `{{ include "100%d %s.gotmpl" . }}`}, template.Options{})
	_, err := set.Execute(context.Background(), path, fixtureData(), nil)
	assert.EqualError(t, err, path+`:2:5: there is no key "lst" (did you mean "list"?) [template-execute]`)
	_, err = set.Execute(context.Background(), "b", fixtureData(), nil)
	assert.EqualError(t, err, path+`:2:5: there is no key "lst" (did you mean "list"?; included from b:1:4) [template-execute]`)
}
