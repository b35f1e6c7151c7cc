package template_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/template"
)

// Each of these would end the process, or take gigabytes or hours, in
// text/template with sprig.
var hostileTemplates = map[string]string{
	"endless range":          `{{ range 1000000000000 }}{{ end }}`,
	"nested ranges":          `{{ range 100000 }}{{ range 100000 }}{{ end }}{{ end }}`,
	"recursive include":      `{{ define "r" }}{{ include "r" . }}{{ end }}{{ include "r" . }}`,
	"recursive template":     `{{ define "r" }}{{ template "r" . }}{{ end }}{{ template "r" . }}`,
	"mixed recursion":        `{{ define "a" }}{{ template "b" . }}{{ end }}{{ define "b" }}{{ include "a" . }}{{ end }}{{ include "a" . }}`,
	"recursive file":         `{{ include "a.gotmpl" . }}`,
	"branching recursion":    `{{ define "r" }}{{ if lt (len .) 40 }}{{ $x := append . 1 }}{{ include "r" $x }}{{ include "r" $x }}{{ end }}{{ end }}{{ include "r" (list 1) }}`,
	"deep parens recursion":  `{{ define "r" }}{{ ` + strings.Repeat("(", 400) + `include "r" .` + strings.Repeat(")", 400) + ` }}{{ end }}{{ include "r" . }}`,
	"deep ifs recursion":     `{{ define "r" }}` + strings.Repeat("{{ if true }}", 400) + `{{ template "r" . }}` + strings.Repeat("{{ end }}", 400) + `{{ end }}{{ template "r" . }}`,
	"deep ranges recursion":  `{{ define "r" }}` + strings.Repeat("{{ range 1 }}", 400) + `{{ include "r" . }}` + strings.Repeat("{{ end }}", 400) + `{{ end }}{{ include "r" . }}`,
	"output":                 `{{ range 1000000 }}` + strings.Repeat("x", 1000) + `{{ end }}`,
	"output of an include":   `{{ define "o" }}{{ range 1000000 }}` + strings.Repeat("x", 1000) + `{{ end }}{{ end }}{{ include "o" . }}`,
	"repeat":                 `{{ repeat 1000000000 "abc" }}`,
	"repeat overflow":        `{{ repeat 9223372036854775807 "abc" }}`,
	"repeat in a loop":       `{{ range 100000 }}{{ $x := repeat 1000000 "x" }}{{ end }}`,
	"until":                  `{{ until 1000000000 }}`,
	"until negative":         `{{ until -1000000000 }}`,
	"untilStep":              `{{ untilStep 0 1000000000 1 }}`,
	"untilStep overflow":     `{{ untilStep 0 9223372036854775807 4611686018427387904 }}`,
	"untilStep down":         `{{ untilStep 0 -9223372036854775807 -4611686018427387904 }}`,
	"seq":                    `{{ seq 1000000000 }}`,
	"seq end of integers":    `{{ seq 0 1 9223372036854775807 }}`,
	"indent":                 `{{ indent 1000000000 "a" }}`,
	"nindent":                `{{ nindent 1000000000 "a" }}`,
	"indent of lines":        `{{ indent 100000 (repeat 100000 "\n") }}`,
	"wrapWith":               `{{ wrapWith 1 (repeat 100000 "x") (repeat 100000 "a") }}`,
	"replace":                `{{ replace "a" (repeat 100000 "x") (repeat 100000 "a") }}`,
	"replace nothing":        `{{ replace "" (repeat 100000 "x") (repeat 100000 "a") }}`,
	"join":                   `{{ join (repeat 1000000 "x") (until 100000) }}`,
	"cat doubling":           `{{ $x := "x" }}{{ range 60 }}{{ $x = cat $x $x }}{{ end }}`,
	"print doubling":         `{{ $x := "x" }}{{ range 60 }}{{ $x = print $x $x }}{{ end }}`,
	"printf doubling":        `{{ $x := "x" }}{{ range 60 }}{{ $x = printf "%s%s" $x $x }}{{ end }}`,
	"include doubling":       `{{ define "d" }}{{ . }}{{ . }}{{ end }}{{ $x := "x" }}{{ range 60 }}{{ $x = include "d" $x }}{{ end }}`,
	"quote growth":           `{{ $x := "\"" }}{{ range 60 }}{{ $x = quote $x }}{{ end }}`,
	"toJson growth":          `{{ $x := "\"" }}{{ range 60 }}{{ $x = toJson $x }}{{ end }}`,
	"toPrettyJson growth":    `{{ $x := list 1 }}{{ range 60 }}{{ $x = list $x $x }}{{ $y := toPrettyJson $x }}{{ end }}`,
	"b64enc growth":          `{{ $x := "xxxxxxxx" }}{{ range 200 }}{{ $x = b64enc $x }}{{ end }}`,
	"b32enc growth":          `{{ $x := "xxxxxxxx" }}{{ range 200 }}{{ $x = b32enc $x }}{{ end }}`,
	"html growth":            `{{ $x := "&" }}{{ range 200 }}{{ $x = print (html $x) $x }}{{ end }}`,
	"js growth":              `{{ $x := "<" }}{{ range 200 }}{{ $x = print (js $x) $x }}{{ end }}`,
	"urlquery growth":        `{{ $x := "%" }}{{ range 200 }}{{ $x = urlquery $x $x }}{{ end }}`,
	"regexReplaceAll":        `{{ regexReplaceAll "a" (repeat 100000 "a") (repeat 100000 "x") }}`,
	"regexReplaceAll groups": `{{ regexReplaceAll "(a+)" (repeat 100000 "a") (repeat 10000 "$1") }}`,
	"regexReplaceAllLiteral": `{{ regexReplaceAllLiteral "" (repeat 100000 "a") (repeat 100000 "x") }}`,
	"regexFindAll":           `{{ range 100 }}{{ $x := regexFindAll "" (repeat 1000000 "a") -1 }}{{ end }}`,
	"regexSplit":             `{{ range 100 }}{{ $x := regexSplit "" (repeat 1000000 "a") -1 }}{{ end }}`,
	"regex on long text":     `{{ regexMatch "(x+x+)+y(a{900})" (repeat 10000000 "x") }}`,
	"printf widths":          `{{ printf "` + strings.Repeat("%1000000d", 300) + `" ` + strings.Repeat("1 ", 300) + `}}`,
	"printf star widths":     `{{ printf "` + strings.Repeat("%*d", 300) + `" ` + strings.Repeat("1000000 1 ", 300) + `}}`,
	"printf list widths":     `{{ printf "%1000000v" (until 100000) }}`,
	"printf indexed":         `{{ printf "` + strings.Repeat("%[1]1000000d", 300) + `" 1 }}`,
	"list doubling":          `{{ $x := list 1 }}{{ range 60 }}{{ $x = concat $x $x }}{{ end }}`,
	"append in a loop":       `{{ $x := list }}{{ range 1000000 }}{{ $x = append $x 1 }}{{ end }}`,
	"prepend in a loop":      `{{ $x := list }}{{ range 1000000 }}{{ $x = prepend $x 1 }}{{ end }}`,
	"dict in a loop":         `{{ $x := dict }}{{ range $i := until 4000000 }}{{ $_ := set $x (print $i) $i }}{{ end }}`,
	"shared parts printed":   `{{ $x := list 1 }}{{ range 60 }}{{ $x = list $x $x }}{{ end }}{{ $x }}`,
	"shared parts in a dict": `{{ $x := dict "a" 1 }}{{ range 60 }}{{ $x = dict "a" $x "b" $x }}{{ end }}{{ $x }}`,
	"shared, no loop":        `{{ define "r" }}{{ if lt (len .n) 60 }}{{ include "r" (dict "n" (append .n 1) "x" (list .x .x)) }}{{ else }}{{ .x }}{{ end }}{{ end }}{{ include "r" (dict "n" (list 1) "x" 1) }}`,
	"shared to toJson":       `{{ $x := list 1 }}{{ range 60 }}{{ $x = list $x $x }}{{ end }}{{ toJson $x }}`,
	"shared to toYAML":       `{{ $x := list 1 }}{{ range 60 }}{{ $x = list $x $x }}{{ end }}{{ toYAML $x }}`,
	"shared to print":        `{{ $x := list 1 }}{{ range 60 }}{{ $x = list $x $x }}{{ end }}{{ print $x | len }}`,
	"shared to printf":       `{{ $x := list 1 }}{{ range 60 }}{{ $x = list $x $x }}{{ end }}{{ printf "%v" $x | len }}`,
	"shared to deepCopy":     `{{ $x := list 1 }}{{ range 60 }}{{ $x = list $x $x }}{{ end }}{{ $y := deepCopy $x }}`,
	"shared to deepEqual":    `{{ $x := list 1 }}{{ range 60 }}{{ $x = list $x $x }}{{ end }}{{ deepEqual $x 1 }}`,
	"shared to toString":     `{{ $x := list 1 }}{{ range 60 }}{{ $x = list $x $x }}{{ end }}{{ toString $x | len }}`,
	"shared to html":         `{{ $x := list 1 }}{{ range 60 }}{{ $x = list $x $x }}{{ end }}{{ html $x | len }}`,
	"shared to dict key":     `{{ $x := list 1 }}{{ range 60 }}{{ $x = list $x $x }}{{ end }}{{ $y := dict $x 1 }}`,
	"shared to join":         `{{ $x := list 1 }}{{ range 60 }}{{ $x = list $x $x }}{{ end }}{{ join "," $x | len }}`,
	"shared to merge":        `{{ $x := dict "a" 1 }}{{ range 60 }}{{ $x = dict "a" $x "b" $x }}{{ end }}{{ $y := merge (dict) $x }}`,
	"deep value printed":     `{{ $x := list 1 }}{{ range 1000000 }}{{ $x = list $x }}{{ end }}{{ $x }}`,
	"deep value to toJson":   `{{ $x := dict "a" 1 }}{{ range 1000000 }}{{ $x = dict "a" $x }}{{ end }}{{ toJson $x }}`,
	"deep value to set":      `{{ $x := dict "a" 1 }}{{ range 1000000 }}{{ $x = dict "a" $x }}{{ end }}{{ $_ := set .config "x" $x }}`,
	"deep value to has":      `{{ $x := list 1 }}{{ range 1000000 }}{{ $x = list $x }}{{ end }}{{ has 1 $x }}`,
	"set of lists of lists":  `{{ $x := list 1 }}{{ range 60 }}{{ $x = list $x $x }}{{ end }}{{ $_ := set .config "x" $x }}{{ .config }}`,
	"uniq":                   `{{ $x := list }}{{ range $i := until 3000 }}{{ $x = append $x (dict "i" $i) }}{{ end }}{{ range 100 }}{{ $y := uniq $x }}{{ end }}`,
	"fromJson":               `{{ fromJson (repeat 20000000 "[") }}{{ fromJson (print "[" (repeat 10000000 "1,") "1]") }}`,
	"fromYAML aliases":       "{{ fromYAML \"a: &a [1,1,1,1,1,1,1,1,1]\\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\" }}",
	"split":                  `{{ range 100 }}{{ $x := split "" (repeat 100000 "x") }}{{ end }}`,
	"splitList":              `{{ range 100 }}{{ $x := splitList "" (repeat 1000000 "x") }}{{ end }}`,
	"checksums":              `{{ $x := repeat 1000000 "x" }}{{ range 1000000 }}{{ $y := sha256sum $x }}{{ end }}`,
	"contains":               `{{ $x := repeat 1000000 "x" }}{{ range 1000000 }}{{ $y := contains "y" $x }}{{ end }}`,
	"no JSON":                `{{ $x := print "\"" (repeat 1000000 "x") }}{{ range 1000000 }}{{ $y := fromJson $x }}{{ end }}`,
	"deepEqual":              `{{ $x := repeat 1000000 "x" }}{{ $y := repeat 1000000 "x" }}{{ range 1000000 }}{{ $z := deepEqual $x $y }}{{ end }}`,
	"chunk":                  `{{ range 100 }}{{ $x := chunk 1 (until 100000) }}{{ end }}`,
}

// hostileOther end in other findings than an exceeded limit.
var hostileOther = map[string]string{
	"cycle by set":          `{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ $d }}`,
	"cycle by set, deep":    `{{ $d := dict }}{{ $_ := set $d "d" (list 1 (dict "x" (list $d))) }}{{ $d }}`,
	"cycle by two sets":     `{{ $a := dict }}{{ $b := dict "a" $a }}{{ $_ := set $a "b" $b }}{{ $a }}`,
	"cycle of the data":     `{{ $_ := set .config "root" . }}{{ . }}`,
	"cycle through chunk":   `{{ $d := dict }}{{ $_ := set $d "d" (chunk 1 (list $d)) }}{{ $d }}`,
	"printf missing":        `{{ printf "%s" }}`,
	"printf extra":          `{{ printf "a" 1 }}`,
	"printf pointer":        `{{ printf "%p" .config }}`,
	"printf hidden pointer": `{{ printf "%d" (list (semver "1.2.3")) }}`,
	"printf huge width":     `{{ printf "%1000000000d" 1 }}`,
	"chunk of nothing":      `{{ chunk 0 (list 1) }}`,
	"first of nothing":      `{{ first nil }}`,
	"substr":                `{{ substr 5 3 "abc" }}`,
	"division":              `{{ div 1 0 }}`,
	"huge pattern":          `{{ regexMatch (repeat 10000 "a") "a" }}{{ mustRegexMatch (repeat 10000 "a") "a" }}`,
	"regex repeats":         `{{ mustRegexMatch "((a{100}){100}){10}" "a" }}`,
	"negative repeat":       `{{ repeat -1 "a" }}`,
}

// hostileLimits are a quarter of the defaults, which the cases exceed as well but
// take their time for.
func hostileLimits() packagetypes.Limits {
	limits := packagetypes.DefaultLimits()
	limits.TemplateSteps /= 4
	limits.TemplateOutput /= 4
	limits.TotalOutput /= 4
	return limits
}

func TestHostileTemplatesEndInAFinding(t *testing.T) {
	execute := func(t *testing.T, source string) error {
		t.Helper()
		set := compile(t, map[string]string{"a.gotmpl": source}, template.Options{Limits: hostileLimits()})
		_, err := set.Execute(context.Background(), "a.gotmpl", fixtureData(), nil)
		return err
	}
	for name, source := range hostileTemplates {
		t.Run(name, func(t *testing.T) {
			before := allocated()
			began := time.Now()
			err := execute(t, source)
			assert.Less(t, time.Since(began), 5*time.Minute, "much longer than a busy machine needs")
			assert.Less(t, allocated()-before, uint64(2<<30))
			d := finding(t, err)
			assert.Equal(t, diagnostic.LimitExceeded, d.Code, "%v", err)
			var limit *packagetypes.LimitError
			require.ErrorAs(t, err, &limit)
			assert.Greater(t, limit.Value, limit.Max)
			assert.Equal(t, "a.gotmpl", d.Position.File)
			assert.NotZero(t, d.Position.Column)
		})
	}
	for name, source := range hostileOther {
		t.Run(name, func(t *testing.T) {
			err := execute(t, source)
			assert.Equal(t, diagnostic.TemplateExecute, finding(t, err).Code, "%v", err)
		})
	}
}

// allocated returns the bytes that were allocated so far: more than ever were in
// use at one time.
func allocated() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.TotalAlloc
}

// A merge that shares maps with its target must neither tie a knot nor recurse.
func TestMergeOfSharedMaps(t *testing.T) {
	t.Parallel()
	for _, merge := range []string{"merge", "mergeOverwrite", "mustMerge", "mustMergeOverwrite"} {
		for _, source := range []string{
			`{{ $d := dict "x" 1 }}{{ $_ := MERGE $d (dict "d" $d) }}{{ toJson $d }}`,
			`{{ $m := dict }}{{ $d := dict "a" $m "b" $m }}{{ $_ := MERGE $d (dict "a" $d "b" $d) }}{{ toJson $d | len }}`,
			`{{ $z := dict }}{{ $w := dict "c" $z }}{{ $m := dict }}{{ $d := dict "a" $m "b" $m }}{{ $_ := MERGE $d (dict "a" (dict "k" $z) "b" (dict "k" $w)) }}{{ toJson $d | len }}`,
			`{{ $d := MERGE .config . }}{{ toJson $d | len }}`,
		} {
			_, err := render(t, strings.ReplaceAll(source, "MERGE", merge))
			assert.NoError(t, err, source)
		}
	}
}

func TestDeepSourcesAreRefused(t *testing.T) {
	t.Parallel()
	for name, source := range map[string]string{
		"if":      strings.Repeat("{{if 1}}", 100_000) + strings.Repeat("{{end}}", 100_000),
		"else if": "{{if 0}}" + strings.Repeat("{{else if 1}}", 100_000) + "{{end}}",
		"parens":  "{{ " + strings.Repeat("(", 9000) + "1" + strings.Repeat(")", 9000) + " }}",
		"define":  strings.Repeat("{{define `x`}}", 100_000),
		"hidden":  strings.Repeat("{{if 1}}{{/* {{end}} */}}{{`{{end}}`}}{{\"{{end}}\"}}{{'}'}}", 100_000),
		"open":    strings.Repeat("{{- range 1 -}}", 100_000),
	} {
		set, found := template.Compile(map[string][]byte{"a.gotmpl": []byte(source)}, template.Options{})
		assert.Nil(t, set, name)
		require.NotEmpty(t, found, name)
		assert.ErrorIs(t, found, diagnostic.TemplateParse, name)
	}
}

func TestCancellationIsPrompt(t *testing.T) {
	t.Parallel()
	limits := packagetypes.Limits{TemplateSteps: 1 << 60, TotalOutput: 1 << 60}
	for name, source := range map[string]string{
		"loop":          `{{ range 1000000000000 }}{{ end }}`,
		"loop of lists": `{{ range 1000000000000 }}{{ $x := until 1000 }}{{ end }}`,
		"includes":      `{{ define "x" }}{{ range 1000 }}{{ end }}{{ end }}{{ range 1000000000000 }}{{ $x := include "x" . }}{{ end }}`,
		"text":          `{{ range 1000000000000 }}{{ $x := repeat 1000000 "x" | sha256sum }}{{ end }}`,
	} {
		set := compile(t, map[string]string{"a.gotmpl": source}, template.Options{Limits: limits})
		ctx, cancel := context.WithCancel(context.Background())
		timer := time.AfterFunc(50*time.Millisecond, cancel)
		_, err := set.Execute(ctx, "a.gotmpl", fixtureData(), nil)
		timer.Stop()
		assert.ErrorIs(t, err, context.Canceled, name)
		var found diagnostic.Diagnostics
		assert.False(t, errors.As(err, &found), "a cancelled render is no finding: %s", name)
	}
}

func TestScopeIsSharedByFiles(t *testing.T) {
	t.Parallel()
	set := compile(t, map[string]string{"a.gotmpl": `{{ range 60 }}xxxxxxxxxx{{ end }}`}, template.Options{
		Limits: packagetypes.Limits{TemplateSteps: 100, TotalOutput: 100_000},
	})
	scope := &template.Scope{}
	_, err := set.Execute(context.Background(), "a.gotmpl", nil, scope)
	require.NoError(t, err)
	_, err = set.Execute(context.Background(), "a.gotmpl", nil, scope)
	var limit *packagetypes.LimitError
	require.ErrorAs(t, err, &limit)
	assert.Equal(t, "TemplateSteps", limit.Limit)

	set = compile(t, map[string]string{"a.gotmpl": `{{ range 60 }}xxxxxxxxxx{{ end }}`}, template.Options{
		Limits: packagetypes.Limits{TotalOutput: 1000},
	})
	scope = &template.Scope{}
	_, err = set.Execute(context.Background(), "a.gotmpl", nil, scope)
	require.NoError(t, err)
	_, err = set.Execute(context.Background(), "a.gotmpl", nil, scope)
	require.ErrorAs(t, err, &limit)
	assert.Equal(t, "TotalOutput", limit.Limit)
}
