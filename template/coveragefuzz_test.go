package template_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/template"
)

// Whatever parses can be analysed, and counting changes nothing.
func FuzzReferencesAndCoverage(f *testing.F) {
	for _, test := range coverageTable {
		f.Add(test.source, "{{ define \"x\" }}{{ .m.k }}{{ end }}")
	}
	f.Add("{{ $x := dict }}{{ range .l }}{{ $_ := set $x .n . }}{{ end }}{{ toJson $x }}", "{{ define \"a.gotmpl\" }}{{ end }}")
	f.Add("{{ with $x := .m }}{{ $x.k }}{{ else with .l }}{{ index . 0 \"n\" }}{{ end }}", "{{ block \"y\" . }}{{ end }}")
	limits := packagetypes.Limits{TemplateSteps: 10_000, TemplateOutput: 1 << 16, TotalOutput: 1 << 18, IncludeDepth: 50, YAMLDepth: 50}
	f.Fuzz(func(t *testing.T, source, helper string) {
		set, found := template.Compile(map[string][]byte{"a.gotmpl": []byte(source), "_h.gotmpl": []byte(helper)}, template.Options{Limits: limits})
		if found.HasErrors() {
			return
		}
		references := set.References()
		for _, read := range references.Reads {
			require.NotZero(t, read.Position.Line)
			require.True(t, references.Uses(read.Path))
		}
		want, wantErr := set.Execute(context.Background(), "a.gotmpl", coverageData(), nil)
		coverage := set.NewCoverage()
		got, _, err := set.ExecuteCovered(context.Background(), "a.gotmpl", coverageData(), nil, coverage)
		require.Equal(t, wantErr == nil, err == nil)
		require.Equal(t, string(want), string(got))
		if err != nil {
			require.Equal(t, wantErr.Error(), err.Error())
		}
		sources := map[string]string{"a.gotmpl": source, "_h.gotmpl": helper}
		for i, point := range set.Points() {
			require.LessOrEqual(t, point.Start, point.End, i)
			require.LessOrEqual(t, point.End, len(sources[point.Position.File]), i)
		}
		for _, read := range coverage.Reads() {
			require.True(t, references.Uses(read.Path))
		}
		coverage.Expressions()
	})
}
