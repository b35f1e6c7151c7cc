package template

import (
	"strings"
	"testing"
	"text/template/parse"

	"github.com/stretchr/testify/require"
)

// Text that is not a part of its file is held twice, and has no place in a source map.
func TestTextIsAPartOfItsFile(t *testing.T) {
	t.Parallel()
	for name, source := range map[string]string{
		"plain":     "a: {{ .config.a }}\nb: 1\n",
		"trimmed":   "a:\n  {{- if .config.a }}\n  b: 1\n\t{{- else -}}\n  c: é\n{{ end -}}\n  d: 2",
		"comments":  "a{{/* b */}}c {{- /* d */ -}} e{{ if true }}{{/* f */}}g{{ end }}",
		"defines":   "x{{ define \"y\" }}  in it {{ .  }} after{{ end }}z{{ block \"w\" . }} here {{ end }}\n",
		"loops":     "{{ range .config.l }}- {{ . }}\n{{ else }}none{{ end }}{{ with .config }}w{{ end }}",
		"line ends": "a\r\n{{- .config }}\r\nb\r\n",
		"repeated":  "same{{ 1 }}same{{ 1 }}same",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := "%d.gotmpl"
			set, found := Compile(map[string][]byte{"empty.gotmpl": {}, path: []byte(source)}, Options{})
			require.Empty(t, found)
			for _, program := range []*program{set.plain, set.traced(), set.covered()} {
				file := program.entries[path].file
				pieces := 0
				for _, b := range file.bodies {
					walkNodes(b.tree.Root, func(node parse.Node) {
						text, ok := node.(*parse.TextNode)
						if !ok {
							return
						}
						if _, marker := program.markers.find(text.Text); marker {
							return
						}
						pieces++
						offset, ok := file.find(text.Text)
						require.True(t, ok, "%q", text.Text)
						require.Equal(t, int(text.Pos), offset)
						at, place, isText := program.place(textOrigin(file, offset))
						require.Same(t, file, at)
						require.Equal(t, offset, place)
						require.True(t, isText)
					})
				}
				require.Positive(t, pieces)
			}
		})
	}
}

func TestFindKnowsOnlyPartsOfTheFile(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("a", 20)
	whole := []byte("before" + text + "after")
	file := newSourceFile("a", whole[6:26])
	for _, other := range [][]byte{nil, {}, []byte("a"), []byte(text), whole, whole[:6], whole[26:], whole[6:26], append(make([]byte, 0, 20), 'a')} {
		_, ok := file.find(other)
		require.False(t, ok, "%q", other)
	}
	offset, ok := file.find(file.data[3:7])
	require.True(t, ok)
	require.Equal(t, 3, offset)
}
