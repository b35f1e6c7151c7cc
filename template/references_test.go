package template_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/template"
)

// readsOf returns the reads of a set, as text: a path, "!" where it is used as a
// whole and "?" where it need not be there.
func readsOf(r *template.References) []string {
	seen := map[string]bool{}
	var reads []string
	for _, read := range r.Reads {
		text := read.Path.String()
		if read.Whole {
			text += "!"
		}
		if read.Uncertain {
			text += "?"
		}
		if !seen[text] {
			seen[text] = true
			reads = append(reads, text)
		}
	}
	return reads
}

func TestReferencesReads(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		source string
		helper string
		want   string // in the order in which they stand
	}{
		"field":                     {source: "{{ .config.a.b }}", want: "config.a.b!"},
		"root":                      {source: "{{ toYAML . }}", want: "!"},
		"root variable":             {source: "{{ with 1 }}{{ $.config.a }}{{ end }}", want: "config.a!"},
		"if looks only":             {source: "{{ if .config.a }}x{{ end }}", want: "config.a"},
		"if not":                    {source: "{{ if not .config.a }}x{{ end }}", want: "config.a"},
		"if and or":                 {source: "{{ if and .config.a (or .config.b .config.c) }}x{{ end }}", want: "config.a config.b config.c"},
		"eq uses":                   {source: "{{ if eq .config.a 1 }}x{{ end }}", want: "config.a!"},
		"with":                      {source: "{{ with .config.a }}{{ .b }}{{ end }}", want: "config.a config.a.b!"},
		"with else":                 {source: "{{ with .config.a }}{{ .b }}{{ else }}{{ .config.c }}{{ end }}", want: "config.a config.a.b! config.c!"},
		"else with":                 {source: "{{ with .config.a }}{{ .b }}{{ else with .config.c }}{{ .d }}{{ end }}", want: "config.a config.a.b! config.c config.c.d!"},
		"with variable":             {source: "{{ with $x := .config.a }}{{ $x.b }}{{ $.config.c }}{{ end }}", want: "config.a config.a.b! config.c!"},
		"range elements":            {source: "{{ range .config.l }}{{ .n }}{{ end }}", want: "config.l config.l[*] config.l[*].n!"},
		"range else":                {source: "{{ range .config.l }}x{{ else }}{{ .config.b }}{{ end }}", want: "config.l config.l[*] config.b!"},
		"range key value":           {source: "{{ range $k, $v := .config.l }}{{ $k }}{{ $v.n }}{{ end }}", want: "config.l[*] config.l config.l[*].n!"},
		"range nested":              {source: "{{ range .config.l }}{{ range .m }}{{ . }}{{ end }}{{ end }}", want: "config.l config.l[*] config.l[*].m config.l[*].m[*] config.l[*].m[*]!"},
		"range toYAML":              {source: "{{ range .config.l }}{{ toYAML . }}{{ end }}", want: "config.l config.l[*] config.l[*]!"},
		"range over known keys":     {source: "{{ range list \"a\" \"b\" }}{{ index $.config . }}{{ end }}", want: "config.a! config.b! config"},
		"range over a dict":         {source: "{{ range $k, $v := dict \"a\" 1 \"b\" 2 }}{{ index $.config $k }}{{ end }}", want: "config.a! config.b! config"},
		"variable":                  {source: "{{ $c := .config }}{{ $c.a.b }}", want: "config config.a.b!"},
		"variable assigned":         {source: "{{ $c := .config.a }}{{ if .config.x }}{{ $c = .config.b }}{{ end }}{{ $c.k }}", want: "config.a config.x config.b config.a.k!? config.b.k!?"},
		"variable in a loop":        {source: "{{ $c := dict }}{{ range .config.l }}{{ $c.k }}{{ $c = . }}{{ end }}", want: "config.l config.l[*] config.l[*].k!?"},
		"variable hides":            {source: "{{ $c := .config.a }}{{ with 1 }}{{ $c := .config }}{{ end }}{{ $c.b }}", want: "config.a config.a.b!"},
		"pipeline":                  {source: "{{ .config.a | default 3 | quote }}", want: "config.a config.a!?"},
		"default of another":        {source: "{{ default .config.a .config.b }}", want: "config.a!? config.b!? config.a config.b"},
		"index":                     {source: "{{ index .config \"a\" \"b.c\" }}", want: "config.a config.a[\"b.c\"]! config"},
		"index of an index":         {source: "{{ (index .config \"a\").b }}", want: "config.a.b! config.a config config.a.b"},
		"index number":              {source: "{{ (index .config.l 0).n }}", want: "config.l[*].n! config.l[*] config.l config.l[*].n"},
		"index unknown key":         {source: "{{ index .images .config.which }}", want: "images[*]! images config.which!"},
		"get":                       {source: "{{ get .config \"a\" }}", want: "config.a! config"},
		"hasKey":                    {source: "{{ if hasKey .config \"a\" }}x{{ end }}", want: "config.a config"},
		"dig":                       {source: "{{ dig \"a\" \"b\" \"none\" .config }}", want: "config.a config.a.b! config"},
		"pluck":                     {source: "{{ pluck \"a\" .config .config.b | first }}", want: "config.a! config.b.a! config config.b config.a? config.b.a?"},
		"pick":                      {source: "{{ pick .config \"a\" \"b\" | toYAML }}", want: "config.a config.b config config.a! config.b!"},
		"omit":                      {source: "{{ omit .config \"a\" | toYAML }}", want: "config config!"},
		"dict of fields":            {source: "{{ $d := dict \"x\" .config.a \"root\" . }}{{ $d.x.b }}{{ $d.root.config.c }}", want: "config.a config.a.b! config.c!"},
		"dict whole":                {source: "{{ dict \"x\" .config.a | toYAML }}", want: "config.a config.a!"},
		"set in a dict":             {source: "{{ $d := dict }}{{ $_ := set $d \"x\" .config.a }}{{ $d.x.b }}", want: "config.a config.a.b!"},
		"set in the context":        {source: "{{ $_ := set .config \"x\" .config.a }}{{ .config.x.b }}", want: "config config.a config.a.b!? config.x.b!?"},
		"set under another name":    {source: "{{ $d := dict }}{{ $e := $d }}{{ $_ := set $d \"x\" .config.a }}{{ $e.x.b }}", want: "config.a config.a.b!"},
		"set and whole":             {source: "{{ $d := dict }}{{ $_ := set $d \"x\" .config.a }}{{ toYAML $d }}{{ .config.b }}", want: "config.a config.a!? config.b!"},
		"set in a loop before":      {source: "{{ $d := dict }}{{ range .config.l }}{{ $d.x.b }}{{ $_ := set $d \"x\" . }}{{ end }}", want: "config.l config.l[*] config.l[*].b!"},
		"merge":                     {source: "{{ $m := merge (dict) .config.a .config.b }}{{ $m.k }}", want: "config.a config.b config.a.k!? config.b.k!?"},
		"merge into the context":    {source: "{{ $_ := merge .config (dict \"k\" .images.x) }}{{ .config.k }}", want: "config images.x!? images.x config.k!?"},
		"list of places":            {source: "{{ range list .config.a .config.b }}{{ .n }}{{ end }}", want: "config.a? config.b? config.a config.b config.a.n!? config.b.n!?"},
		"append":                    {source: "{{ range append .config.l .config.x }}{{ .n }}{{ end }}", want: "config.l[*]? config.x? config.l config.x config.l[*].n!? config.x.n!?"},
		"first":                     {source: "{{ (first .config.l).n }}", want: "config.l[*].n! config.l[*] config.l config.l[*].n"},
		"keys":                      {source: "{{ keys .config.m | join \",\" }}", want: "config.m[*] config.m"},
		"ternary":                   {source: "{{ ternary .config.a .config.b .config.c }}", want: "config.a!? config.b!? config.a config.b config.c"},
		"len":                       {source: "{{ len .config.l }}", want: "config.l"},
		"other functions":           {source: "{{ quote .config.a .config.b }}", want: "config.a! config.b!"},
		"include":                   {source: "{{ include \"x\" . }}", helper: "{{ define \"x\" }}{{ .config.a }}{{ end }}", want: "config.a!"},
		"include of a part":         {source: "{{ include \"x\" .config }}", helper: "{{ define \"x\" }}{{ .a }}{{ end }}", want: "config.a! config"},
		"include of a dict":         {source: "{{ include \"x\" (dict \"root\" $ \"c\" .config.web) }}", helper: "{{ define \"x\" }}{{ .root.images.m }}{{ .c.n }}{{ end }}", want: "images.m! config.web.n! config.web"},
		"include twice":             {source: "{{ include \"x\" .config.a }}{{ include \"x\" .config.b }}", helper: "{{ define \"x\" }}{{ .n }}{{ end }}", want: "config.a.n! config.b.n! config.a config.b"},
		"include by variable":       {source: "{{ $n := \"x\" }}{{ include $n . }}", helper: "{{ define \"x\" }}{{ .config.a }}{{ end }}{{ define \"y\" }}{{ .config.b }}{{ end }}", want: "config.a!"},
		"include by data":           {source: "{{ include .config.n . }}", helper: "{{ define \"x\" }}{{ .config.a }}{{ end }}{{ define \"y\" }}{{ .config.b }}{{ end }}", want: "config.a! config.b! config.n!"},
		"include not used":          {source: "x", helper: "{{ define \"x\" }}{{ .config.a }}{{ end }}", want: ""},
		"include $ is its argument": {source: "{{ include \"x\" .config }}", helper: "{{ define \"x\" }}{{ with 1 }}{{ $.a }}{{ end }}{{ end }}", want: "config.a! config"},
		"template":                  {source: "{{ template \"x\" .config }}", helper: "{{ define \"x\" }}{{ .a }}{{ end }}", want: "config.a! config"},
		"template of nothing":       {source: "{{ template \"x\" }}", helper: "{{ define \"x\" }}{{ if . }}{{ .a }}{{ end }}{{ end }}", want: ""},
		"block":                     {source: "{{ block \"x\" .config }}{{ .a }}{{ end }}", want: "config config.a!"},
		"recursion":                 {source: "{{ include \"x\" .config.tree }}", helper: "{{ define \"x\" }}{{ .name }}{{ range .children }}{{ include \"x\" . }}{{ end }}{{ end }}", want: ""},
		"break and continue":        {source: "{{ range .config.l }}{{ if .x }}{{ break }}{{ else }}{{ continue }}{{ end }}{{ .y }}{{ end }}", want: "config.l config.l[*] config.l[*].x config.l[*].y!"},
		"trim and comments":         {source: "{{- /* .config.z */ -}} {{- .config.a -}}", want: "config.a!"},
		"cel is not a read":         {source: "{{ cel \"config.a\" }}", want: ""},
		"fail":                      {source: "{{ if .config.a }}{{ fail .config.b }}{{ end }}", want: "config.a config.b!"},
		"getFile":                   {source: "{{ getFile (printf \"files/%s\" .config.f) }}", want: "config.f!"},
		"package and environment":   {source: "{{ .package.metadata.name }}{{ .environment.kubernetes.version }}", want: "package.metadata.name! environment.kubernetes.version!"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set := compile(t, map[string]string{"m.yaml.gotmpl": test.source, "_h.gotmpl": test.helper}, template.Options{})
			references := set.References()
			require.Empty(t, references.Unknown)
			if name == "recursion" {
				require.True(t, references.Uses(template.Path{"config", "tree", "children", "3", "children", "1", "name"}))
				require.False(t, references.Uses(template.Path{"config", "other"}))
				return
			}
			require.Equal(t, test.want, strings.Join(readsOf(references), " "))
		})
	}
}

func TestReferencesPositions(t *testing.T) {
	t.Parallel()
	set := compile(t, map[string]string{
		"a.yaml.gotmpl": "a: {{ .config.a }}\nb: {{ include \"h\" . | quote }}\n{{ block \"own\" . }}{{ end }}{{ template \"own\" . }}",
		"_h.gotmpl":     "{{ define \"h\" }}{{ .config.b.c }}{{ end }}\n{{- define \"dead\" }}{{ include \"deader\" . }}{{ .config.z }}{{ end }}",
	}, template.Options{})
	references := set.References()
	var reads, calls, definitions, inclusions []string
	for _, r := range references.Reads {
		reads = append(reads, r.Position.String()+" "+r.Template+" "+r.Path.String())
	}
	for _, c := range references.Calls {
		calls = append(calls, c.Position.String()+" "+c.Template+" "+c.Function)
	}
	for _, d := range references.Definitions {
		text := d.Position.String() + " " + d.Name
		if d.Block {
			text += " block"
		}
		if d.Included {
			text += " included"
		}
		definitions = append(definitions, text)
	}
	for _, i := range references.Inclusions {
		inclusions = append(inclusions, i.Position.String()+" "+i.By+" "+strings.Join(i.Names, ","))
	}
	require.Equal(t, []string{"_h.gotmpl:1:20 h config.b.c", "a.yaml.gotmpl:1:7 a.yaml.gotmpl config.a"}, reads)
	require.Equal(t, []string{"_h.gotmpl:2:24 dead include", "a.yaml.gotmpl:2:7 a.yaml.gotmpl include", "a.yaml.gotmpl:2:23 a.yaml.gotmpl quote"}, calls)
	require.Equal(t, []string{"_h.gotmpl:1:4 h included", "_h.gotmpl:2:5 dead", "a.yaml.gotmpl:3:4 own block included"}, definitions)
	require.Equal(t, []string{
		"_h.gotmpl:2:24 include deader", "a.yaml.gotmpl:2:7 include h", "a.yaml.gotmpl:3:10 block own", "a.yaml.gotmpl:3:41 template own",
	}, inclusions)
}

func TestReferencesExpressions(t *testing.T) {
	t.Parallel()
	set := compile(t, map[string]string{"a.gotmpl": "{{ if cel \"config.a\" }}{{ cel .config.b }}{{ end }}"}, template.Options{})
	references := set.References()
	require.Len(t, references.Expressions, 2)
	require.Equal(t, "config.a", references.Expressions[0].Text)
	require.Empty(t, references.Expressions[1].Text)
	require.Len(t, references.Unknown, 1)
	require.Equal(t, "a.gotmpl:1:27", references.Unknown[0].Position.String())
}

func TestReferencesOfHostileTemplatesEnd(t *testing.T) {
	t.Parallel()
	branching := "{{ define \"x\" }}{{ range $k := list \"a\" \"b\" \"c\" \"d\" }}{{ include \"x\" (index $ $k) }}{{ end }}{{ .e }}" +
		"{{ include \"x\" .left }}{{ include \"x\" .right }}{{ include \"x\" .middle }}{{ end }}{{ include \"x\" .config }}"
	doubling := "{{ $x := dict \"r\" . }}" + strings.Repeat("{{ $x = dict \"a\" $x \"b\" $x }}", 100) + "{{ $x.a.b.a.b.r.config.z }}"
	loops := strings.Repeat("{{ range .config.l }}{{ $v = dict \"p\" $v \"q\" . }}", 100) + strings.Repeat("{{ end }}", 100)
	for name, source := range map[string]string{
		"branching": branching, "doubling": doubling, "loops": "{{ $v := .config }}" + loops + "{{ $v.p.q }}",
		"self": "{{ define \"x\" }}{{ include \"x\" (dict \"in\" .) }}{{ end }}{{ include \"x\" . }}",
		"name": "{{ define \"x\" }}{{ include .name (dict \"name\" .name \"in\" .) }}{{ end }}{{ include \"x\" . }}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			references := compile(t, map[string]string{"a.gotmpl": source}, template.Options{}).References()
			switch name {
			case "branching":
				require.True(t, references.Uses(template.Path{"config", "left", "right", "middle", "e"}))
			case "doubling":
				require.True(t, references.Uses(template.Path{"config", "z"}))
			}
		})
	}
}
