package chart_test

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/author/scaffold/chart"
)

// templates is a chart that Go's own templates render: what Helm does with small charts,
// without Helm.
type templates struct {
	files    map[string][]byte
	defaults map[string]any
}

func newTemplates(files map[string][]byte, defaults map[string]any) *templates {
	return &templates{files: files, defaults: defaults}
}

func (t *templates) Render(_ context.Context, release chart.Release) ([]chart.Object, error) {
	set := template.New("").Option("missingkey=zero")
	functions := sprig.TxtFuncMap()
	functions["toYaml"] = func(value any) string {
		text, _ := yaml.Marshal(value)
		return strings.TrimSuffix(string(text), "\n")
	}
	functions["include"] = func(name string, data any) (string, error) {
		var out bytes.Buffer
		err := set.ExecuteTemplate(&out, name, data)
		return out.String(), err
	}
	set.Funcs(functions)
	names := slices.Sorted(maps.Keys(t.files))
	for _, name := range names {
		if strings.HasPrefix(name, "templates/") {
			if _, err := set.New(name).Parse(string(t.files[name])); err != nil {
				return nil, err
			}
		}
	}
	data := map[string]any{
		"Values":  joined(t.defaults, release.Values),
		"Release": map[string]any{"Name": release.Name, "Namespace": release.Namespace, "Service": "Helm"},
		"Chart":   map[string]any{"Name": "web", "Version": "1.0.0", "AppVersion": "9.9"},
	}
	var objects []chart.Object
	for _, name := range names {
		if !strings.HasSuffix(name, ".yaml") || !strings.HasPrefix(name, "templates/") {
			continue
		}
		var out bytes.Buffer
		if err := set.ExecuteTemplate(&out, name, data); err != nil {
			return nil, &chart.RefusedError{Message: err.Error()}
		}
		stream := strings.ReplaceAll(strings.ReplaceAll(out.String(), "<no value>", ""), "\n---\n", "\n---\n# Source: web/"+name+"\n")
		read, err := chart.ReadRendered([]byte("# Source: web/" + name + "\n" + stream))
		if err != nil {
			return nil, err
		}
		objects = append(objects, read...)
	}
	return objects, nil
}

// joined are values with others that go before them, as Helm joins them.
func joined(below, above map[string]any) map[string]any {
	result := maps.Clone(below)
	for key, value := range above {
		lower, isMap := result[key].(map[string]any)
		upper, both := value.(map[string]any)
		switch {
		case value == nil:
			delete(result, key)
		case isMap && both:
			result[key] = joined(lower, upper)
		default:
			result[key] = value
		}
	}
	return result
}
