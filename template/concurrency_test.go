package template_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/template"
)

var concurrentSources = map[string]string{
	"_h.gotmpl": `{{ define "x" }}{{ range .config.list }}{{ . | quote }}{{ end }}{{ end }}`,
	"a.gotmpl":  `{{ include "x" . }}{{ .config | toJson }}{{ regexReplaceAll "[a-z]+" "a1b2" "X" }}`,
	"b.gotmpl":  `{{ $_ := set .config "leak" (list 1) }}{{ $_ := mergeOverwrite .package (dict "metadata" (dict "name" "changed")) }}{{ .config.leak }}{{ .package | toJson }}`,
	"c.gotmpl":  `{{ hasKey .config "leak" }}{{ unset .config "s" | toJson }}`,
	"d.gotmpl":  `{{ .config.nope }}`,
	"e.gotmpl":  `{{ .config.null }}`,
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	set := compile(t, concurrentSources, template.Options{})
	data := fixtureData()
	before, err := json.Marshal(data)
	require.NoError(t, err)
	want := map[string]string{}
	for _, path := range set.Paths() {
		want[path] = outcome(set, path, data)
	}
	assert.Contains(t, want["b.gotmpl"], "[1]")
	assert.Contains(t, want["c.gotmpl"], "false")
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 20 {
				for _, path := range set.Paths() {
					assert.Equal(t, want[path], outcome(set, path, data))
				}
			}
		})
	}
	group.Wait()
	after, err := json.Marshal(data)
	require.NoError(t, err)
	assert.Equal(t, string(before), string(after), "the caller's data was changed")
}

// outcome is everything that executing and tracing a file gives, as text.
func outcome(set *template.Set, path string, data map[string]any) string {
	output, cheap, err := set.ExecuteMapped(context.Background(), path, data, &template.Scope{})
	trace, traceErr := set.Trace(context.Background(), path, data, nil)
	text := fmt.Sprint(string(output), err, traceErr)
	if err == nil && traceErr == nil {
		text += fmt.Sprint(cheap.Position(1, 5), trace.Position(1, 5))
	}
	return text
}

// Maps are walked in Go's random order; nothing of that may show.
func TestDeterminism(t *testing.T) {
	t.Parallel()
	var want string
	for round := range 20 {
		sources := map[string]string{
			"bad1.gotmpl": "{{ $x }}", "bad2.gotmpl": "{{ env }}", "bad3.gotmpl": "{{ if }}",
			"d1.gotmpl": `{{ define "x" }}{{ end }}`, "d2.gotmpl": `{{ define "x" }}{{ end }}`,
		}
		_, found := template.Compile(asBytes(sources), template.Options{})
		set := compile(t, concurrentSources, template.Options{})
		got := found.Error()
		for _, path := range set.Paths() {
			got += outcome(set, path, fixtureData())
		}
		if round == 0 {
			want = got
		}
		require.Equal(t, want, got)
	}
}

func TestPathsAreInOrder(t *testing.T) {
	t.Parallel()
	set := compile(t, map[string]string{"a-b.gotmpl": "", "a/x.gotmpl": "", "B": "", "é/ü.gotmpl": "x"}, template.Options{})
	assert.Equal(t, []string{"B", "a/x.gotmpl", "a-b.gotmpl", "é/ü.gotmpl"}, set.Paths())
}
