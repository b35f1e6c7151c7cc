package template

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"weak"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/packagetypes"
)

// Whoever holds many sets does not hold what executing them took.
func TestExecutionsGoWithTheGarbage(t *testing.T) {
	t.Parallel()
	set, found := Compile(map[string][]byte{"a.gotmpl": []byte("a: {{ .config }}")}, Options{})
	require.Empty(t, found)
	used := func() weak.Pointer[execution] {
		e := set.plain.take(set)
		set.plain.give(e)
		return weak.Make(e)
	}()
	for range 3 { // one to put it aside, one to let go of it, one to collect it
		runtime.GC()
	}
	require.Nil(t, used.Value())
	output, err := set.Execute(t.Context(), "a.gotmpl", map[string]any{"config": 1}, nil)
	require.NoError(t, err)
	require.Equal(t, "a: 1", string(output))
}

// What the next render gets of the one before is memory: nothing of its values, its
// context, its limits or its place, however it ended.
func TestExecutionsRememberNothing(t *testing.T) {
	t.Parallel()
	const secret = "correct horse battery staple"
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	set, found := Compile(map[string][]byte{
		"_helpers.gotmpl": []byte(`{{ define "value" }}[{{ .config.value }}{{ if .config.then }}{{ range until 3 }}{{ act $.config.then }}{{ end }}{{ end }}]{{ end }}`),
		"a.gotmpl":        []byte(`{{ include "value" . }}{{ template "value" . }}{{ regexReplaceAll .config.value "x" "y" }}`),
	}, Options{
		Limits: packagetypes.Limits{TemplateOutput: 1000},
		Functions: []Function{{Name: "act", Deterministic: true, Implementation: func(then string) string {
			switch then {
			case "panic":
				panic(secret)
			case "cancel":
				cancel()
			case "write":
				return strings.Repeat(secret, 100)
			}
			return then
		}}},
	})
	require.Empty(t, found)
	render := func(ctx context.Context, value, then string) (string, error) {
		output, err := set.Execute(ctx, "a.gotmpl", map[string]any{"config": map[string]any{"value": value, "then": then}}, &Scope{})
		return string(output), err
	}
	want, err := render(t.Context(), "v", "")
	require.NoError(t, err)
	require.Equal(t, "[v][v]x", want)
	for _, then := range []string{"more", "<no value>", "panic", "write", "cancel"} {
		_, err := render(ctx, secret, then)
		require.Equal(t, then == "more" || then == "<no value>", err == nil, "%s: %v", then, err)
		for range 2 {
			e := set.plain.take(set)
			require.Nil(t, e.ctx)
			require.Nil(t, e.scope)
			require.Nil(t, e.trace)
			require.Empty(t, e.path)
			require.Empty(t, e.frames)
			require.Equal(t, [5]int64{}, [5]int64{e.steps, e.flushed, e.work, e.made, int64(e.nesting)})
			require.False(t, e.suspect || e.out.mapped)
			require.Empty(t, e.out.data)
			require.Empty(t, e.out.marks)
			require.Equal(t, unknownOrigin, e.at)
			set.plain.give(e)
			got, err := render(t.Context(), "v", "")
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
	}
}
