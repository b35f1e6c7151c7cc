package template_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/template"
)

// Each line of the output is followed by where it comes from: by the cheap map,
// and by the trace where that says something else.
func TestSourceMap(t *testing.T) {
	t.Parallel()
	sources := map[string]string{
		"_h.gotmpl": "{{- /* helpers */ -}}\n{{ define \"labels\" -}}\napp: shop\nname: {{ .package.metadata.name }}\n{{- end }}\n" +
			"{{ define \"deep\" }}first: 1\n{{ include \"labels\" . }}\nlast: 2{{ end }}\n{{ define \"doc\" }}---\nkind: A\n{{ end }}",
	}
	for name, test := range map[string]struct{ source, want string }{
		"text": {"a: 1\nb: {{ .config.i }}\n\nc: 3", `
			a: 1|a.gotmpl:1:1
			b: 3|a.gotmpl:2:1
			|a.gotmpl:3:1
			c: 3|a.gotmpl:4:1`},
		"trimmed text": {"a: 1\n\n{{- if true }}\n\n\nb: 2\n{{- end -}}\n\n  \nc: 3", `
			a: 1|a.gotmpl:1:1
			|a.gotmpl:4:1
			|a.gotmpl:5:1
			b: 2c: 3|a.gotmpl:6:1`},
		"crlf": {"a: 1\r\n{{ .config.i }}\r\n{{- /* x */}}\r\nb: 2\r\n", "\n\t\t\ta: 1\r|a.gotmpl:1:1\n\t\t\t3\r|a.gotmpl:2:4\n\t\t\tb: 2\r|a.gotmpl:4:1\n\t\t\t|a.gotmpl:4:6"},
		"loop": {"{{ range .config.list }}---\nn: {{ . }}\n{{ end }}", `
			---|a.gotmpl:1:25
			n: b|a.gotmpl:2:1
			---|a.gotmpl:1:25
			n: a|a.gotmpl:2:1
			---|a.gotmpl:1:25
			n: x|a.gotmpl:2:1
			|a.gotmpl:2:11`},
		"action of several lines": {"x\n{{\n  toYAML\n    .package.metadata.labels\n}}\ny", `
			x|a.gotmpl:1:1
			a: b|a.gotmpl:3:3
			y|a.gotmpl:6:1`},
		"template in another file": {"x\n{{ template \"labels\" . }}\ny", `
			x|a.gotmpl:1:1
			app: shop|_h.gotmpl:3:1
			name: shop|_h.gotmpl:4:1
			y|a.gotmpl:3:1`},
		"include, indented": {"x:\n  {{- include \"labels\" . | nindent 2 }}\ny", `
			x:|a.gotmpl:1:1
			  app: shop|a.gotmpl:2:7|_h.gotmpl:3:1
			  name: shop|a.gotmpl:2:7|_h.gotmpl:4:1
			y|a.gotmpl:3:1`},
		"include in an include": {"{{ include \"deep\" . | indent 2 }}", `
			  first: 1|a.gotmpl:1:4|_h.gotmpl:6:20
			  app: shop|a.gotmpl:1:4|_h.gotmpl:3:1
			  name: shop|a.gotmpl:1:4|_h.gotmpl:4:1
			  last: 2|a.gotmpl:1:4|_h.gotmpl:8:1`},
		"include in a variable": {"{{ $x := include \"labels\" . }}a\n{{ $x | trim }}\nb", `
			a|a.gotmpl:1:31
			app: shop|a.gotmpl:2:4|_h.gotmpl:3:1
			name: shop|a.gotmpl:2:4|_h.gotmpl:4:1
			b|a.gotmpl:3:1`},
		"two includes in one action": {"{{ print (include \"doc\" .) (include \"labels\" .) }}", `
			---|a.gotmpl:1:4|_h.gotmpl:9:19
			kind: A|a.gotmpl:1:4|_h.gotmpl:10:1
			app: shop|a.gotmpl:1:4|_h.gotmpl:3:1
			name: shop|a.gotmpl:1:4|_h.gotmpl:4:1`},
		"include, changed beyond recognition": {"{{ include \"labels\" . | b64enc }}\nx", `
			YXBwOiBzaG9wCm5hbWU6IHNob3A=|a.gotmpl:1:4
			x|a.gotmpl:2:1`},
		"include in a condition": {"{{ if include \"labels\" . }}\napp: shop\n{{ end }}", `
			|a.gotmpl:1:28
			app: shop|a.gotmpl:2:1
			|a.gotmpl:2:10`},
		"nothing": {"{{ if false }}x{{ end }}", "\n\t\t\t|"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := map[string]string{"a.gotmpl": test.source}
			for path, source := range sources {
				files[path] = source
			}
			set := compile(t, files, template.Options{})
			data := fixtureData()
			data["config"].(map[string]any)["list"] = []any{"b", "a", "x"}
			output, cheap, err := set.ExecuteMapped(context.Background(), "a.gotmpl", data, nil)
			require.NoError(t, err)
			trace, err := set.Trace(context.Background(), "a.gotmpl", data, nil)
			require.NoError(t, err)
			var got strings.Builder
			for i, line := range strings.Split(string(output), "\n") {
				column := 1 + len(line) - len(strings.TrimLeft(line, " "))
				got.WriteString("\n\t\t\t" + line + "|" + cheap.Position(i+1, column).String())
				if traced := trace.Position(i+1, column).String(); traced != cheap.Position(i+1, column).String() {
					got.WriteString("|" + traced)
				}
			}
			assert.Equal(t, test.want, got.String())
		})
	}
}

func TestSourceMapColumns(t *testing.T) {
	t.Parallel()
	set := compile(t, map[string]string{"a.gotmpl": "ab: {{ .config.i }} cd"}, template.Options{})
	sources, err := set.Trace(context.Background(), "a.gotmpl", fixtureData(), nil)
	require.NoError(t, err)
	for column, want := range map[int]int{0: 1, 1: 1, 3: 3, 4: 4, 5: 8, 6: 20, 8: 22, 99: 22} {
		assert.Equal(t, want, sources.Position(1, column).Column, "column %d", column)
	}
	assert.Equal(t, sources.Position(1, 1), sources.Position(-5, -5))
}

// Lines are mapped without a mark for each piece of them.
func TestExecuteMappedMarksLines(t *testing.T) {
	t.Parallel()
	set := compile(t, map[string]string{"a.gotmpl": "a{{ range 1000 }}x{{ end }}\n{{ .config.i }}: b\nc"}, template.Options{})
	_, sources, err := set.ExecuteMapped(context.Background(), "a.gotmpl", fixtureData(), nil)
	require.NoError(t, err)
	for line, want := range map[int]int{1: 1, 2: 2, 3: 3} {
		assert.Equal(t, want, sources.Position(line, 1).Line)
	}
}
