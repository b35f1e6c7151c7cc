package randompackage

// calls of functions that templates have, each with arguments that are the same for
// every context. What one gives is shown as JSON.
var calls = []string{
	`abbrev 6 "hello world"`, `abbrevboth 5 10 "1234 5678 9123"`, `trunc 3 "hällo"`, `trunc -3 "hello"`, `title "a b-c"`, `untitle "A B"`,
	`substr 1 3 "hello"`, `repeat 3 "ab"`, `trimAll "$" "$5$"`, `trimall "-" "--x-"`, `trimSuffix "-x" "a-x"`, `trimPrefix "a-" "a-x"`,
	`nospace " a b "`, `initials "First Try"`, `swapcase "aBc"`, `snakecase "FirstName"`, `camelcase "http_server"`, `kebabcase "FirstName"`,
	`wrap 5 "Hello World foo"`, `wrapWith 5 "\t" "Hello World"`, `contains "a" "cat"`, `hasPrefix "a" "abc"`, `hasSuffix "c" "abc"`,
	`cat "a" 1 "b"`, `replace "I " "x" "I Am I "`, `plural "one" "many" (len (list 1 2))`, `sha1sum "x"`, `sha512sum "x"`, `adler32sum "x"`,
	`atoi "7"`, `int64 "9"`, `int 3.9`, `float64 "1.5"`, `seq 1 2 10`, `seq 5`, `toDecimal 777`, `split "-" "a-b-c"`, `splitn "-" 2 "a-b-c"`,
	`splitList "," "a,,b"`, `untilStep 3 9 2`, `div 7 2`, `mod -7 2`, `mul 3 4 5`, `add1f 1.5`, `addf 1.5 2 3`, `subf 1.5 0.25`, `divf 7 2`,
	`biggest 3 9 2`, `max 1 2`, `min 1 2`, `maxf 1.5 2`, `minf 1.5 2`, `ceil 1.2`, `floor 1.8`, `round 123.5555 3`, `coalesce 0 "" "x"`,
	`all 1 "x" true`, `any 0 "" 1`, `compact (list 1 0 "" "a" nil)`, `fromJson "{\"a\":[1,2.5,null]}"`, `toPrettyJson (dict "b" 1 "a" (list 2))`,
	`toRawJson (dict "a" "<b>&")`, `typeOf 1`, `typeIs "string" "a"`, `typeIsLike "int" 1`, `kindOf (list)`, `kindIs "map" dict`,
	`deepEqual (list 1 2) (list 1 2)`, `dir "a/b/c.yaml"`, `ext "a/b.yaml"`, `clean "a//b/../c"`, `isAbs "/a"`, `b64dec "YWI="`, `b32enc "ab"`,
	`b32dec "MFRA===="`, `tuple 1 "a" true`, `get (dict "a" 1) "a"`, `hasKey (dict "a" 1) "b"`, `pluck "a" (dict "a" 1) (dict "b" 2) (dict "a" 3)`,
	`pick (dict "a" 1 "b" 2 "c" 3) "a" "c"`, `omit (dict "a" 1 "b" 2) "a"`, `push (list 1) 2`, `prepend (list 1) 0`, `first (list 1 2)`,
	`rest (list 1 2 3)`, `last (list 1 2)`, `initial (list 1 2 3)`, `uniq (list 1 1 "a" 2 "a")`, `without (list 1 2 3) 2`, `has 2 (list 1 2)`,
	`slice (list 1 2 3 4) 1 3`, `chunk 2 (list 1 2 3 4 5)`, `(semver "1.2.3-a+b").Minor`, `semverCompare "^1.2" "1.4.0"`, `regexMatch "^a+$" "aaa"`,
	`regexFindAll "[a-c]" "abcabc" 2`, `regexFind "b." "abcd"`, `regexReplaceAllLiteral "b" "abb" "$1"`, `regexReplaceAll "(b+)" "abb" "<${1}>"`,
	`regexSplit "[,;]" "a,b;c" -1`, `regexQuoteMeta "a.b*"`, `urlParse "http://u@h:80/p?q=1#f"`, `urlJoin (dict "scheme" "https" "host" "h" "path" "/p" "query" "q=1")`,
	`duration 95`, `durationRound "2h10m5s"`, `hello`, `empty (list)`, `dig "a" "b" "none" (dict "a" (dict "b" 1))`, `sortAlpha (list "b" "a" 1)`,
	`reverse (list 1 2 3)`, `concat (list 1) (list) (list "a")`, `values (dict "b" 1 "a" 2)`, `keys (dict "b" 1) (dict "a" 2)`, `deepCopy (dict "a" (list 1))`,
	`printf "%05d|%-6s|%q|%v|%.2f|%t|%x|%%|%[2]s" 42 "ab" "c\"d" 7 1.5 true 255`, `print "a" 1 2 "b"`, `println "a" 1`, `html "<a & 'b'>"`, `js "it's \"x\""`,
	`urlquery "a b&c=d"`, `len "häl"`, `index (list 1 (list 2 3)) 1 0`, `index (dict "a" (dict "b" 7)) "a" "b"`, `not true`, `and 1 0 2`, `or 0 "" "x"`,
	`eq 1 2 1`, `ne "a" "b"`, `lt 1 2`, `le 2.5 2.5`, `gt "b" "a"`, `ge 1 2`, `ternary "a" "b" true`, `default 3 0`, `default "x" nil`, `fromYAML "- 0o7\n- y\n- 1_0\n- ~\n"`,
	`fromYAML "a: &x {b: 1}\nc: {<<: *x, d: On}\n"`, `toYAML (dict "a" "yes" "b" "1e3" "c" (list 1.0 nil "") "d" "x\ny\n" "e" "~")`, `toYAML (list "0644" "a: b" "- c" "#d" " e")`,
	`mergeOverwrite (dict "a" 1 "n" (dict "x" 1)) (dict "a" 2 "n" (dict "y" 2))`, `merge (dict "a" 1 "n" (dict "x" 1)) (dict "a" 2 "n" (dict "y" 2))`,
	`upper "äb"`, `lower "ÄB"`, `trim " a "`, `quote "a\"b" 1`, `squote "a" 1`, `toStrings (list 1 "a" true)`, `join "-" (list 1 "a")`, `base "a/b"`,
	`sub 5 7`, `add 1 2.9 "3"`, `until 3`, `until -2`, `toString 1.5`, `indent 2 "a\nb"`, `nindent 2 "a"`, `b64enc "ü"`,
}

// changes write to data by way of what looks like another value; the last one shows
// whether it was the same.
var changes = []string{
	"{{- $d := dict \"c\" .config }}{{ $_ := set (get $d \"c\") \"byDict\" 1 }}\n  KEY: {{ .config.byDict }}\n",
	"{{- range list .config .images }}{{ $_ := set . \"inRange\" true }}{{ end }}\n  KEY: {{ .images.inRange }}\n",
	"{{- with $x := .environment.kubernetes }}{{ $_ := set $x \"version\" \"other\" }}{{ end }}\n  KEY: {{ .environment.kubernetes.version }}\n",
	"{{- $_ := unset $.environment \"openShift\" }}\n  KEY: {{ hasKey .environment \"openShift\" }}\n",
	"{{- $_ := unset .images \"app\" }}{{ $_ := unset .dependencies \"db\" }}\n  KEY: {{ keys .images .dependencies | toJson }}\n",
	"{{- include (printf \"lib.%s\" \"change\") . }}\n  KEY: {{ .config.changed }}\n",
	"{{- $_ := include \"lib.deep\" (dict \"at\" .package.metadata \"n\" 2) }}\n  KEY: {{ .package.metadata.deep }}\n",
	"{{- $_ := mustMergeOverwrite .package.metadata (dict \"extra\" (dict \"team\" \"b\")) }}\n  KEY: {{ .package.metadata.extra.team }}\n",
	"{{- $_ := mustMerge .environment (dict \"kubernetes\" (dict \"more\" \"x\")) }}\n  KEY: {{ .environment.kubernetes.more }}\n",
	"{{- $n := 0 }}{{ range $k, $v := .config }}{{ $n = add $n 1 }}{{ end }}\n  KEY: {{ $n }}\n",
	"{{- $l := pluck \"config\" . }}{{ $_ := set (first $l) \"plucked\" (list) }}\n  KEY: {{ .config.plucked | toJson }}\n",
	"{{- $_ := set (index (values (dict \"a\" .config)) 0) \"byValues\" \"x\" }}\n  KEY: {{ .config.byValues }}\n",
	"{{- $p := pick . \"config\" }}{{ $_ := unset $p.config \"p0\" }}\n  KEY: {{ hasKey .config \"p0\" }}\n",
	"{{- $_ := set (coalesce nil .config) \"byCoalesce\" 1 }}{{ $_ := set (ternary .config .images true) \"byTernary\" 2 }}\n  KEY: {{ .config.byTernary }}\n",
	"{{- block \"UNIQUE\" . }}{{ $_ := set .config \"block\" 1 }}{{ end }}\n  KEY: {{ .config.block }}\n",
	"KEY: {{ if not .config }}none{{ else if gt (len .config) 2 }}many{{ else }}{{ with .package }}{{ .image | quote }}{{ end }}{{ end }}\n",
	"KEY: {{ range $i, $e := list \"a\" \"b\" }}{{ if $i }}-{{ end }}{{ $e }}{{ else }}none{{ end }}\n",
	"{{- $a := include \"lib.countdown\" 5 }}{{ $b := include \"lib.countdown\" 9 }}{{ $l := list (include \"lib.line\" \"x\") (include \"lib.line\" \"y\") }}\n" +
		"  KEY: {{ printf \"%s|%s\" $a $b | quote }}\n  KEY-l: {{ $l | toJson | quote }}\n",
	"KEY: {{ include \"lib.countdown\" 2 | printf \"%s-%s\" (include \"lib.countdown\" 4) | quote }}\n",
	"KEY: {{ range 3 }}{{ . }}{{ end }}\n",
	"KEY: {{ with get .config \"nothing\" }}{{ . }}{{ else with .package.metadata.name }}{{ . | quote }}{{ end }}\n",
	"KEY: |-\n    {{ \"{{ not a template }}\" }}\n    {{- /* trimmed */ -}}\n    x\n",
	"KEY: {{ .environment | toJson | quote }}\n  KEY-d: {{ .dependencies | toYAML | quote }}\n",
	"KEY: {{ index .package.metadata.annotations \"none\" | toString | len }}\n",
}

// mutations each change what all files see the first time, by one function alone,
// and show what was there before. A loader that knows all but one of the functions
// that change their arguments shares what it should copy.
var mutations = []string{
	`set .config "single" 1`, `unset .package.metadata "name"`, `merge .config (dict "single" 1)`, `mustMerge .environment (dict "single" 1)`,
	`mergeOverwrite .images (dict "single" "x" "app" "y")`, `mustMergeOverwrite .package.metadata (dict "name" "single")`, `include "single.define" .`,
}
