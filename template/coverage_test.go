package template_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/template"
)

// covered renders a file and returns its points with their counts: "print=2" is
// an action, "if+" a branch that is taken where the decision holds, "if-" its
// else, "if~" an else that is not written, "define x" a definition.
func covered(t testing.TB, set *template.Set, data map[string]any, runs int, paths ...string) (string, *template.Coverage) {
	t.Helper()
	coverage := set.NewCoverage()
	for range runs {
		scope := &template.Scope{CEL: func(_ context.Context, expression string) (bool, error) { return expression == "true", nil }}
		for _, path := range paths {
			_, _, _ = set.ExecuteCovered(context.Background(), path, data, scope, coverage)
		}
	}
	counts := coverage.Counts()
	var texts []string
	for i, point := range set.Points() {
		name := point.Form
		switch {
		case point.Kind == template.FilePoint:
			continue
		case point.Kind == template.DefinitionPoint:
			name += " " + point.Template
		case point.Implicit:
			name += "~"
		case point.Else:
			name += "-"
		case point.Kind == template.BranchPoint:
			name += "+"
		}
		texts = append(texts, fmt.Sprintf("%s=%d", name, counts[i]))
	}
	return strings.Join(texts, ", "), coverage
}

// coverageTable was counted by hand. The data has yes, no, l (three items, of
// which the second has skip and the third stop), empty and m.
var coverageTable = []struct{ name, source, want string }{
	{"text alone", "a: b\n", ""},
	{"comment", "{{/* {{ x }} */}}a{{- /* y */ -}}b", ""},
	{"print", "a{{ .m.k }}b", "print=1"},
	{"two on a line", "{{ .m.k }}{{ .m.k }}", "print=1, print=1"},
	{"trim markers", "a {{- .m.k -}} b {{- .m.k }}", "print=1, print=1"},
	{"pipeline", "{{ .m.k | quote | upper }}", "print=1"},
	{"parentheses", "{{ (index .m \"k\") }}", "print=1"},
	{"literal", "{{ \"{{\" }}{{ `}}` }}{{ 'x' }}{{ 1 }}", "print=1, print=1, print=1, print=1"},
	{"declaration", "{{ $x := .m.k }}{{ $x }}", "declaration=1, print=1"},
	{"assignment", "{{ $x := 1 }}{{ $x = 2 }}{{ $x }}", "declaration=1, assignment=1, print=1"},
	{"over lines", "{{ .m.k\n  | quote\n}}", "print=1"},
	{"if taken", "{{ if .yes }}{{ .m.k }}{{ end }}", "if=1, if+=1, if~=0, print=1"},
	{"if not taken", "{{ if .no }}{{ .m.k }}{{ end }}", "if=1, if+=0, if~=1, print=0"},
	{"if else, first", "{{ if .yes }}a{{ else }}{{ .m.k }}{{ end }}", "if=1, if+=1, if-=0, print=0"},
	{"if else, second", "{{ if .no }}a{{ else }}{{ .m.k }}{{ end }}", "if=1, if+=0, if-=1, print=1"},
	{"empty branches", "{{ if .no }}{{ else }}{{ end }}", "if=1, if+=0, if-=1"},
	{"else if, first", "{{ if .yes }}a{{ else if .no }}b{{ end }}", "if=1, if+=1, else if=0, else if+=0, else if~=0"},
	{"else if, second", "{{ if .no }}a{{ else if .yes }}b{{ end }}", "if=1, if+=0, else if=1, else if+=1, else if~=0"},
	{"else if, none", "{{ if .no }}a{{ else if .no }}b{{ end }}", "if=1, if+=0, else if=1, else if+=0, else if~=1"},
	{"else if else", "{{ if .no }}a{{ else if .no }}b{{ else }}{{ .m.k }}{{ end }}", "if=1, if+=0, else if=1, else if+=0, else if-=1, print=1"},
	{"three else ifs", "{{ if .no }}{{ else if .no }}{{ else if .yes }}{{ else if .yes }}{{ end }}",
		"if=1, if+=0, else if=1, else if+=0, else if=1, else if+=1, else if=0, else if+=0, else if~=0"},
	{"if inside else", "{{ if .no }}a{{ else }}{{ if .yes }}b{{ end }}{{ end }}", "if=1, if+=0, if-=1, if=1, if+=1, if~=0"},
	{"if in if", "{{ if .yes }}{{ if .no }}a{{ end }}{{ end }}", "if=1, if+=1, if~=0, if=1, if+=0, if~=1"},
	{"if of a literal", "{{ if true }}a{{ end }}", "if=1, if+=1"},
	{"if with a variable", "{{ if $x := .m.k }}{{ $x }}{{ end }}", "if=1, if+=1, if~=0, print=1"},
	{"and, or", "{{ if and .yes (or .no .yes) }}a{{ end }}", "if=1, if+=1, if~=0"},
	{"with", "{{ with .m }}{{ .k }}{{ end }}", "with=1, with+=1, with~=0, print=1"},
	{"with else", "{{ with .empty }}{{ .k }}{{ else }}{{ .m.k }}{{ end }}", "with=1, with+=0, print=0, with-=1, print=1"},
	{"else with", "{{ with .empty }}a{{ else with .m }}{{ .k }}{{ else }}c{{ end }}", "with=1, with+=0, else with=1, else with+=1, print=1, else with-=0"},
	{"with of a dict", "{{ with dict \"a\" .m }}{{ .a.k }}{{ end }}", "with=1, with+=1, print=1"},
	{"range", "{{ range .l }}{{ .n }}{{ end }}", "range=1, range+=3, range~=0, print=3"},
	{"range, no round", "{{ range .empty }}{{ .n }}{{ end }}", "range=1, range+=0, range~=1, print=0"},
	{"range else, rounds", "{{ range .l }}a{{ else }}{{ .m.k }}{{ end }}", "range=1, range+=3, range-=0, print=0"},
	{"range else, no round", "{{ range .empty }}a{{ else }}{{ .m.k }}{{ end }}", "range=1, range+=0, range-=1, print=1"},
	{"range with variables", "{{ range $i, $v := .l }}{{ $i }}{{ $v.n }}{{ end }}", "range=1, range+=3, range~=0, print=3, print=3"},
	{"range over a map", "{{ range $k, $v := .m }}{{ $k }}{{ end }}", "range=1, range+=2, range~=0, print=2"},
	{"range over a number", "{{ range 4 }}{{ . }}{{ end }}", "range=1, range+=4, print=4"},
	{"range over a list of its own", "{{ $p := list 1 2 }}{{ range $p }}{{ . }}{{ end }}", "declaration=1, range=1, range+=2, print=2"},
	{"range over a list that grows", "{{ $p := list }}{{ $p = append $p .m }}{{ range $p }}a{{ end }}", "declaration=1, assignment=1, range=1, range+=1, range~=0"},
	{"range over files", "{{ range $path, $_ := getFileGlob \"*.none\" }}a{{ end }}", "range=1, range+=0"},
	{"if of an include", "{{ define \"x\" }}{{ .k }}{{ end }}{{ if include \"x\" .m }}a{{ end }}", "define x=1, print=1, if=1, if+=1, if~=0"},
	{"if of cel", "{{ if cel \"false\" }}a{{ end }}", "if=1, if+=0, if~=1"},
	{"range in range", "{{ range .l }}{{ range $.l }}{{ .n }}{{ end }}{{ end }}", "range=1, range+=3, range~=0, range=3, range+=9, range~=0, print=9"},
	{"if in range", "{{ range .l }}{{ if .skip }}{{ .n }}{{ end }}{{ end }}", "range=1, range+=3, range~=0, if=3, if+=1, if~=2, print=1"},
	{"break", "{{ range .l }}{{ if .skip }}{{ break }}{{ end }}{{ .n }}{{ end }}",
		"range=1, range+=2, range~=0, if=2, if+=1, if~=1, break=1, print=1"},
	{"break behind the last", "{{ range .l }}{{ .n }}{{ break }}{{ .n }}{{ end }}", "range=1, range+=1, range~=0, print=1, break=1, print=0"},
	{"continue", "{{ range .l }}{{ if .skip }}{{ continue }}{{ end }}{{ .n }}{{ end }}",
		"range=1, range+=3, range~=0, if=3, if+=1, if~=2, continue=1, print=2"},
	{"break and continue", "{{ range .l }}{{ if .stop }}{{ break }}{{ else if .skip }}{{ continue }}{{ else }}{{ .n }}{{ end }}{{ .n }}{{ end }}",
		"range=1, range+=3, range~=0, if=3, if+=1, break=1, else if=2, else if+=1, continue=1, else if-=1, print=1, print=1"},
	{"break of the inner loop", "{{ range .l }}{{ range $.l }}{{ break }}{{ end }}{{ .n }}{{ end }}",
		"range=1, range+=3, range~=0, range=3, range+=3, range~=0, break=3, print=3"},
	{"define, unused", "{{ define \"x\" }}{{ .m.k }}{{ end }}", "define x=0, print=0"},
	{"define of text, unused", "{{ define \"x\" }}text{{ end }}", "define x=0"},
	{"template", "{{ define \"x\" }}{{ .m.k }}{{ end }}{{ template \"x\" . }}", "define x=1, print=1, template=1"},
	{"include", "{{ define \"x\" }}{{ .m.k }}{{ end }}{{ include \"x\" . }}", "define x=1, print=1, print=1"},
	{"include twice", "{{ define \"x\" }}{{ .m.k }}{{ end }}{{ include \"x\" . }}{{ include \"x\" . | nindent 2 }}", "define x=2, print=2, print=1, print=1"},
	{"include in range", "{{ define \"x\" }}{{ .n }}{{ end }}{{ range .l }}{{ include \"x\" . }}{{ end }}", "define x=3, print=3, range=1, range+=3, range~=0, print=3"},
	{"define that includes", "{{ define \"x\" }}{{ include \"y\" . }}{{ end }}{{ define \"y\" }}{{ .m.k }}{{ end }}{{ template \"x\" . }}",
		"define x=1, print=1, define y=1, print=1, template=1"},
	{"define between text", "{{ .m.k }}\n{{- define \"x\" -}}\n{{- .m.k -}}\n{{- end -}}\n{{ template \"x\" . }}", "print=1, define x=1, print=1, template=1"},
	{"block", "{{ block \"x\" . }}{{ .m.k }}{{ end }}", "block=1, block x=1, print=1"},
	{"block, used again", "{{ block \"x\" . }}{{ .m.k }}{{ end }}{{ template \"x\" . }}", "block=1, block x=2, print=2, template=1"},
	{"block in define", "{{ define \"x\" }}{{ block \"y\" . }}{{ .m.k }}{{ end }}{{ end }}{{ template \"x\" . }}", "define x=1, block=1, block y=1, print=1, template=1"},
	{"block in if", "{{ if .no }}{{ block \"x\" . }}{{ .m.k }}{{ end }}{{ end }}", "if=1, if+=0, if~=1, block=0, block x=0, print=0"},
	{"recursion", "{{ define \"x\" }}{{ if . }}{{ template \"x\" (rest .) }}{{ end }}{{ end }}{{ template \"x\" .l }}",
		"define x=4, if=4, if+=3, if~=1, template=3, template=1"},
	{"failure", "{{ .m.k }}{{ fail \"no\" }}{{ .m.k }}", "print=1, print=1, print=0"},
	{"failure in an include", "{{ define \"x\" }}{{ .m.k }}{{ fail \"no\" }}{{ .m.k }}{{ end }}{{ include \"x\" . }}{{ .m.k }}", "define x=1, print=1, print=1, print=0, print=1, print=0"},
	{"cel", "{{ if cel \"true\" }}{{ cel \"false\" }}{{ end }}", "if=1, if+=1, if~=0, print=1"},
	{"guarded", "{{ $x := list .m .m }}{{ range .l }}{{ $x = list $x $x }}{{ end }}{{ if eq $x nil }}{{ end }}{{ len $x }}",
		"declaration=1, range=1, range+=3, range~=0, assignment=3, if=1, if+=0, if~=1, print=1"},
	{"CRLF and other languages", "ключ: {{ .m.k }}\r\n{{- if .yes -}}\r\né{{ end }}", "print=1, if=1, if+=1, if~=0"},
}

func coverageData() map[string]any {
	return map[string]any{
		"yes": true, "no": false, "m": map[string]any{"k": "v", "j": int64(1)}, "empty": []any{},
		"l": []any{
			map[string]any{"n": int64(1), "skip": false, "stop": false},
			map[string]any{"n": int64(2), "skip": true, "stop": false},
			map[string]any{"n": int64(3), "skip": false, "stop": true},
		},
	}
}

func TestCoverageIsExact(t *testing.T) {
	t.Parallel()
	require.GreaterOrEqual(t, len(coverageTable), 60)
	for _, test := range coverageTable {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			set := compile(t, map[string]string{"a.yaml.gotmpl": test.source}, template.Options{})
			got, _ := covered(t, set, coverageData(), 1, "a.yaml.gotmpl")
			require.Equal(t, test.want, got)
		})
	}
}
