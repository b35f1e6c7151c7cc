package randompackage

import (
	"fmt"
	"strings"
)

// manyFiles writes as many files as it takes until loaders and renderers share the
// work among goroutines, each with its own duration, so that they end in another
// order than they begin; and templates that write more than buffers keep.
func (g *generator) manyFiles() {
	for i := range 70 + g.IntN(40) {
		name := fmt.Sprintf("many/%d-%d", (i*37)%11, i)
		switch {
		case i%5 == 0:
			g.write(name+".yaml", join(g.object([]string{"f: " + g.scalar()})))
		case i%7 == 0:
			g.write(name+".yaml.gotmpl", "{{- define \"many."+fmt.Sprint(i)+"\" }}{{ len . }}{{ end }}"+
				join(g.object([]string{"n: {{ include \"many." + fmt.Sprint(i) + "\" .config }}"})))
		default:
			rounds := 1 + g.IntN(40)
			text := join(g.object([]string{fmt.Sprintf("f: %d", i)}))
			if i%3 == 0 {
				text = "{{- $_ := set .config \"many\" (add1 (get .config \"many\" | default 0)) }}" + text + "many: {{ .config.many }}\n"
			}
			g.write(name+".yaml.gotmpl", fmt.Sprintf("{{- range until %d }}{{ $_ := sha256sum (toString .) }}{{ end }}", rounds)+text)
		}
	}
	object := join(g.object([]string{"f: 1"}))
	g.write("many/large.yaml.gotmpl", object+"text: |\n{{- range until 1100 }}\n  {{ . }} "+strings.Repeat("more than buffers keep ", 45)+"\n{{- end }}\n")
	object = join(g.object([]string{"f: 2"}))
	g.write("many/included.yaml.gotmpl", "{{- define \"many.lines\" }}{{ range until 400 }}"+strings.Repeat("x", 200)+" {{ . }}\n{{ end }}{{ end }}"+
		object+"first: {{ include \"many.lines\" . | sha256sum }}\nsecond: {{ include \"lib.countdown\" 9 | quote }}\nthird: |\n{{ include \"many.lines\" . | indent 2 }}\n")
}
