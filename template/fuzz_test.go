package template_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/template"
)

// FuzzRender: whatever stands in two templates, they end inside small limits, in
// the same output or the same findings each time, with places that exist.
func FuzzRender(f *testing.F) {
	for _, source := range hostileTemplates {
		if len(source) < 2000 {
			f.Add([]byte(source), []byte(`{{ define "h" }}x{{ end }}`))
		}
	}
	for _, source := range hostileOther {
		f.Add([]byte(source), []byte(""))
	}
	for _, call := range functionCases {
		f.Add([]byte(call[0]), []byte(`{{ include "a.gotmpl" . }}`))
	}
	for _, source := range []string{
		"{{- range $i, $x := .config.list -}}{{ $i }}\r\n{{ else }}{{ break }}{{ end }}", "{{ $ }}", "{{ . }}", "{{ with .config }}{{ $.package }}{{ else with 1 }}{{ end }}",
		"{{ if }}", "{{ `a` \"b\" 'c' }}", "{{/* c */ -}}", "{{ $a }}{{ $b }}", "{{ .config.null }}<no value>", "{{ block \"b\" . }}{{ end }}",
		"{{ set .config \"a\" . }}", "{{ range . }}{{ continue }}{{ end }}", "{{ printf \"%[2]*[1]d%%%v\" 1 2 }}", "{{ (index .config.list 0) | printf \"%08.3q\" }}",
	} {
		f.Add([]byte(source), []byte(`{{ template "a.gotmpl" . }}`))
	}
	files := fixtureFiles(f)
	limits := packagetypes.Limits{
		TemplateOutput: 1 << 16, TotalOutput: 1 << 18, TemplateSteps: 20_000, IncludeDepth: 50, YAMLDepth: 20, YAMLAliasNodes: 1000,
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		sources := map[string][]byte{"a.gotmpl": first, "b.gotmpl": second}
		set, found := template.Compile(sources, template.Options{Limits: limits, Files: files})
		again, foundAgain := template.Compile(sources, template.Options{Limits: limits, Files: files})
		if found.Error() != foundAgain.Error() {
			t.Fatalf("two findings: %v, %v", found, foundAgain)
		}
		checkPositions(t, sources, found)
		if set == nil {
			return
		}
		began := time.Now()
		for path := range sources {
			output, err := set.Execute(context.Background(), path, fixtureData(), nil)
			outputAgain, sourceMap, errAgain := again.ExecuteMapped(context.Background(), path, fixtureData(), nil)
			if !bytes.Equal(output, outputAgain) || (err == nil) != (errAgain == nil) || err != nil && err.Error() != errAgain.Error() {
				t.Fatalf("two results: %q, %v; %q, %v", output, err, outputAgain, errAgain)
			}
			if err != nil {
				var findings diagnostic.Diagnostics
				if !errors.As(err, &findings) {
					t.Fatal(err)
				}
				checkPositions(t, sources, findings)
				continue
			}
			if len(output) > 0 && sourceMap.Position(1, 1).File == "" {
				t.Fatalf("nobody wrote %q", output)
			}
			if _, err := set.Trace(context.Background(), path, fixtureData(), nil); err != nil {
				t.Fatalf("the traced execution failed: %v", err)
			}
		}
		if took := time.Since(began); took > 5*time.Minute { // much longer than a busy machine needs
			t.Fatalf("took %s", took)
		}
	})
}

func checkPositions(t *testing.T, sources map[string][]byte, found diagnostic.Diagnostics) {
	t.Helper()
	for _, d := range found {
		lines := bytes.Split(sources[d.Position.File], []byte("\n"))
		if d.Position.Line < 1 || d.Position.Line > len(lines) || d.Position.Column < 1 || d.Position.Column > len(lines[d.Position.Line-1])+1 {
			t.Fatalf("no such place: %v", d)
		}
		if d.Message == "" {
			t.Fatalf("no message: %v", d)
		}
	}
}
