package template_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"
	texttemplate "text/template"

	"github.com/Masterminds/sprig/v3"

	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/template"
)

const benchmarkFiles = 1000

// benchmarkSources are templates as packages have them: three objects, mostly
// text and fields, a loop, a helper.
func benchmarkSources() map[string][]byte {
	sources := map[string][]byte{"_helpers.gotmpl": []byte(
		"{{- define \"labels\" -}}\napp: {{ .package.metadata.name }}\nversion: {{ .config.version | quote }}\n{{- end -}}\n")}
	for i := range benchmarkFiles {
		sources[fmt.Sprintf("d%02d/f%03d.yaml.gotmpl", i%20, i)] = fmt.Appendf(nil, `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .package.metadata.name }}-%d
  namespace: {{ .package.metadata.namespace }}
  labels:
    {{- include "labels" . | nindent 4 }}
spec:
  replicas: {{ .config.replicas }}
  template:
    spec:
      containers:
      - name: main
        image: {{ index .images "main" }}
        env:
        {{- range $name, $value := .config.env }}
        - name: {{ $name }}
          value: {{ $value | quote }}
        {{- end }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ .package.metadata.name }}-%d
  namespace: {{ .package.metadata.namespace }}
spec:
  ports:
  - port: {{ .config.port }}
    {{- if eq .config.type "NodePort" }}
    nodePort: {{ add .config.port 30000 }}
    {{- end }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .package.metadata.name }}-%d
data:
  config.json: {{ .config | toJson | quote }}
`, i, i, i)
	}
	return sources
}

func benchmarkData() map[string]any {
	return map[string]any{
		"package": map[string]any{"metadata": map[string]any{"name": "shop", "namespace": "shop-ns"}},
		"images":  map[string]any{"main": "registry.example.com/shop@sha256:0123"},
		"config": map[string]any{
			"version": "1.2.3", "replicas": int64(3), "port": int64(80), "type": "ClusterIP",
			"env": map[string]any{"A": "1", "B": "2", "C": "three", "D": "four"},
		},
	}
}

// plainTemplates compiles the sources with text/template and sprig alone.
func plainTemplates(b testing.TB, sources map[string][]byte) *texttemplate.Template {
	b.Helper()
	set := texttemplate.New("").Option("missingkey=error")
	set.Funcs(sprig.TxtFuncMap()).Funcs(texttemplate.FuncMap{"include": func(name string, data any) (string, error) {
		var buffer bytes.Buffer
		err := set.ExecuteTemplate(&buffer, name, data)
		return buffer.String(), err
	}})
	for _, path := range sortedPaths(sources) {
		if _, err := set.New(path).Parse(string(sources[path])); err != nil {
			b.Fatal(err)
		}
	}
	return set
}

func sortedPaths(sources map[string][]byte) []string {
	paths := make([]string, 0, len(sources))
	for path := range sources {
		paths = append(paths, path)
	}
	slices.SortFunc(paths, packagetypes.ComparePaths)
	return paths
}

func BenchmarkCompile(b *testing.B) {
	sources := benchmarkSources()
	b.Run("text-template", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			plainTemplates(b, sources)
		}
	})
	b.Run("packstage", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, found := template.Compile(sources, template.Options{}); len(found) > 0 {
				b.Fatal(found)
			}
		}
	})
}

func BenchmarkExecute(b *testing.B) {
	sources, data := benchmarkSources(), benchmarkData()
	paths := sortedPaths(sources)
	b.Run("text-template", func(b *testing.B) {
		set := plainTemplates(b, sources)
		b.ReportAllocs()
		for b.Loop() {
			for _, path := range paths {
				var buffer bytes.Buffer
				if err := set.ExecuteTemplate(&buffer, path, data); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	set, found := template.Compile(sources, template.Options{})
	if len(found) > 0 {
		b.Fatal(found)
	}
	b.Run("packstage", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			scope := &template.Scope{}
			for _, path := range paths {
				if _, err := set.Execute(context.Background(), path, data, scope); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	b.Run("packstage-mapped", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			scope := &template.Scope{}
			for _, path := range paths {
				if _, _, err := set.ExecuteMapped(context.Background(), path, data, scope); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	b.Run("packstage-trace", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			scope := &template.Scope{}
			for _, path := range paths {
				if _, err := set.Trace(context.Background(), path, data, scope); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}
