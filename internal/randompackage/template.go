package randompackage

import (
	"fmt"
	"strings"
)

// helpers are the definitions that all templates share.
func (g *generator) helpers() string {
	return `{{- define "lib.labels" }}app: {{ .package.metadata.name | quote }}
count: {{ len .config }}
{{- end }}
{{- define "lib.line" }}{{ . | toString | trim | quote }}{{ end }}
{{- define "lib.change" }}{{ $_ := set .config "changed" (add1 (default 0 (get .config "changed"))) }}{{ end }}
{{- define "lib.deep" }}{{ if gt .n 0 }}{{ include "lib.deep" (dict "at" .at "n" (sub .n 1)) }}{{ end }}{{ $_ := set .at "deep" (toString .n) }}{{ end }}
{{- define "lib.countdown" }}{{ . }}{{ if gt . 0 }},{{ include "lib.countdown" (sub . 1 | int) }}{{ end }}{{ end }}
`
}

// templateFile writes a template of a file of objects.
func (g *generator) templateFile() string {
	var b strings.Builder
	if g.oneIn(3) {
		b.WriteString("{{- /* a comment */ -}}\n")
	}
	if g.oneIn(4) {
		b.WriteString("{{- $_ := set .config \"early\" (list 1 2.5 \"three\") }}\n")
	}
	for i := range 1 + g.IntN(3) {
		if i > 0 {
			b.WriteString(g.pick("---\n", "--- # next\n", "{{ if true }}---\n{{ end }}"))
		}
		text := join(g.object(append([]string{"static:"}, indent("  ", g.mapping(2))...)))
		text += "data:\n" + g.fragments()
		switch g.IntN(6) {
		case 0:
			text = fmt.Sprintf("{{- if cel %q }}\n%s{{- end }}\n", g.expression(), text)
		case 1:
			name := fmt.Sprintf("  name: o-%d\n", g.objects)
			if strings.Contains(text, name) {
				text = "{{- range $i := until 3 }}{{ with $ }}\n---\n" + strings.Replace(text, name, strings.TrimSuffix(name, "\n")+"-{{ $i }}\n", 1) + "{{- end }}{{ end }}\n"
			}
		}
		b.WriteString(text)
	}
	return b.String()
}

// fragments writes some fields; each may change the data for those after it, and
// for no other file. The last shows what became of all data.
func (g *generator) fragments() string {
	var b strings.Builder
	for i := range 1 + g.IntN(6) {
		b.WriteString(g.fragment(fmt.Sprintf("  k%d", i)))
	}
	b.WriteString("  state: {{ toJson . | quote }}\n")
	return b.String()
}

func (g *generator) fragment(key string) string {
	choices := []string{
		"KEY: {{- toYAML .config | nindent 4 }}\n",
		"KEY:\n    {{- include \"lib.labels\" . | nindent 4 }}\n",
		"KEY: {{ include \"lib.countdown\" 3 | quote }}\n",
		"KEY: {{ template \"lib.line\" .package.metadata.name }}\n",
		"{{- include \"lib.change\" . }}\n  KEY: {{ .config.changed }}\n",
		"{{- template \"lib.change\" . }}\n  KEY: {{ get .config \"changed\" | printf \"%d\" | squote }}\n",
		"{{- $_ := mergeOverwrite .config (dict \"merged\" (dict \"a\" (list 1 2)) \"other\" true) }}\n  KEY: {{ .config.merged.a | toJson }}\n",
		"{{- $m := merge (dict \"added\" 1) .config }}{{ $_ := set $m \"only\" \"here\" }}\n  KEY: {{ $m | toJson | sha256sum }}\n",
		"{{- $_ := merge .package (dict \"metadata\" (dict \"extra\" \"x\")) }}\n  KEY: {{ .package.metadata.extra }}\n",
		"{{- $c := deepCopy .config }}{{ $_ := set $c \"copied\" true }}\n  KEY: {{ hasKey .config \"copied\" }}\n",
		"{{- $_ := unset .package.metadata \"namespace\" }}\n  KEY: {{ keys .package.metadata | join \",\" | quote }}\n",
		"{{- $_ := set .environment \"kubernetes\" (dict \"version\" \"0\") }}\n  KEY: {{ .environment.kubernetes.version | quote }}\n",
		"{{- $_ := set .images \"new\" \"image\" }}\n  KEY: {{ keys .images | toJson }}\n",
		"KEY: {{ .environment.kubernetes.version | quote }}\n",
		"KEY: {{ if hasKey .environment \"openShift\" }}{{ .environment.openShift.version | quote }}{{ else }}none{{ end }}\n",
		"KEY: {{ index .package.metadata.labels \"team\" | quote }}\n",
		"KEY: {{ .package.image | quote }}\n",
		"KEY: {{ keys .config | join \",\" | quote }}\n  KEY-v: {{ values .config | toJson | quote }}\n",
		"KEY:{{ range $k, $v := .config }}\n    {{ $k }}: {{ $v | toJson | quote }}{{ else }} none{{ end }}\n",
		"KEY: {{ add 9007199254740993 1 }}\n  KEY-f: {{ mulf 1.5 2 }}\n  KEY-s: {{ list 3 1 2 | toStrings | sortAlpha | toJson }}\n",
		"KEY: {{ \"a-b-c\" | splitList \"-\" | reverse | join \"+\" | upper | quote }}\n",
		"KEY: {{ regexReplaceAll \"[aeiou]\" (toJson .config) \"*\" | trunc 40 | quote }}\n",
		"KEY: {{ range $i, $n := until 5 }}{{ if eq $n 3 }}{{ break }}{{ end }}{{ if eq $n 1 }}{{ continue }}{{ end }}{{ $i }}{{ end }}\n",
		"KEY: {{ fromYAML \"{a: yes, b: 0644, c: [1e3, ~]}\" | toJson | quote }}\n",
		"KEY: {{ b64decMap (dict \"a\" (b64enc .package.metadata.name)) | toYAML | nindent 4 }}\n",
		"KEY: {{ semverCompare \">=1.30-0\" .environment.kubernetes.version }}\n",
		"KEY: {{ cel \"size(config) > 2\" | ternary \"many\" \"few\" }}\n",
		"KEY: >-\n    {{ toYAML .config | indent 4 | trim }}\n",
		"KEY: one\n  KEY: two\n", // the last one wins
	}
	for range 10 { // as likely as the others together
		choices = append(choices, "KEY: {{ "+g.pick(calls...)+" | toJson | quote }}\n", g.pick(changes...))
	}
	for _, file := range g.texts {
		choices = append(choices, "KEY: |\n{{ getFile \""+file+"\" | indent 4 }}\n")
	}
	choices = append(choices, "KEY:{{ range $p, $c := getFileGlob \"files/*.txt\" }}\n    {{ base $p }}: {{ $c | quote }}{{ else }} ~{{ end }}\n",
		"KEY: {{ getFileGlob \"files/{a,b}-*.txt\" | toJson | quote }}\n")
	for _, image := range g.images {
		choices = append(choices, "KEY: {{ index .images \""+image+"\" }}\n")
	}
	for _, name := range g.conditions {
		choices = append(choices, "KEY: {{ cel \"cond."+name+"\" }}\n")
	}
	if len(g.properties) > 0 {
		for range 12 {
			choices = append(choices, g.ofProperty(g.properties[g.IntN(len(g.properties))]))
		}
	}
	g.blocks++
	unique := fmt.Sprint("block.", g.blocks)
	text := strings.NewReplacer("KEY", strings.TrimSpace(key), "UNIQUE", unique).Replace(g.pick(choices...))
	if strings.HasPrefix(text, "{{-") {
		return text
	}
	return "  " + text
}

// ofProperty writes a fragment about a property.
func (g *generator) ofProperty(p property) string {
	value := ".config." + p.name
	if !p.always {
		fallback := g.pick(`"none"`, "0", "(list)")
		return fmt.Sprintf(g.pick(
			"KEY: {{ if hasKey .config %[1]q }}{{ get .config %[1]q | toJson | quote }}{{ else }}%[2]s{{ end }}\n",
			"KEY: {{ dig %[1]q %[2]s .config | toJson | quote }}\n",
			"{{- $_ := set .config %[1]q (default %[2]s (get .config %[1]q)) }}\n  KEY: {{ index .config %[1]q | toJson | quote }}\n",
		), p.name, fallback)
	}
	switch p.kind {
	case "strings":
		return g.pick(
			"KEY:{{ range "+value+" }}\n  - {{ . | quote }}{{ else }} []{{ end }}\n",
			"KEY: {{ append "+value+" \"x\" | uniq | toJson }}\n",
			"{{- $_ := set .config \""+p.name+"\" (concat "+value+" (list 1 nil)) }}\n  KEY: {{ "+value+" | toJson }}\n",
		)
	case "ports", "objects":
		return g.pick(
			"KEY:{{ range "+value+" }}{{ $_ := set . \"seen\" true }}\n  - {{ toJson . }}{{ else }} []{{ end }}\n",
			"{{- range $i, $p := "+value+" }}{{ $_ := set $p \"port\" $i }}{{ end }}\n  KEY: {{ "+value+" | toJson }}\n",
		)
	case "mapped":
		return "{{- range $k, $v := " + value + " }}{{ $_ := set $v \"at\" $k }}{{ end }}\n  KEY: {{ " + value + " | toJson | quote }}\n"
	case "map", "any", "object":
		return g.pick(
			"KEY: {{- toYAML "+value+" | nindent 4 }}\n",
			"{{- $_ := set "+value+" \"put\" \"in\" }}\n  KEY: {{ "+value+" | toJson | quote }}\n",
			"{{- $alias := "+value+" }}{{ $_ := mergeOverwrite $alias (dict \"deep\" (dict \"er\" 1)) }}\n  KEY: {{ "+value+" | toJson | quote }}\n",
			"{{- with "+value+" }}{{ $_ := set . \"inside\" 1 }}{{ end }}\n  KEY: {{ "+value+" | toJson | quote }}\n",
		)
	case "nullable":
		return "KEY: {{ " + value + " | toJson }}\n"
	default:
		return g.pick("KEY: {{ "+value+" }}\n", "KEY: {{ "+value+" | quote }}\n", "KEY: {{ "+value+" | toYAML }}\n",
			"{{- $_ := set .config \""+p.name+"\" \"replaced\" }}\n  KEY: {{ "+value+" }}\n")
	}
}
