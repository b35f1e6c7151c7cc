package packageloader_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/validate"
)

// locatable is a package whose fields stand in all kinds of places.
func locatable() map[string]string {
	annotated := func(kind, name string) string {
		return "apiVersion: v1\nkind: " + kind + "\nmetadata:\n  name: " + name + "\n  annotations: {package-operator.run/phase: deploy}\n"
	}
	return map[string]string{
		"static.yaml": annotated("ConfigMap", "one") + "data:\n  a: x\n---\n" + annotated("ConfigMap", "two") + "data: {b: y}\n",
		"list.yaml": `apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: A
  metadata: {name: l1, annotations: {package-operator.run/phase: deploy}}
- apiVersion: v1
  kind: A
  metadata: {name: l2, annotations: {package-operator.run/phase: deploy}}
  spec:
    deep: [1, 2]
`,
		"template.yaml.gotmpl": "{{- range $i := list 1 2 }}\n---\n" +
			"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: t{{ $i }}\n  annotations: {package-operator.run/phase: deploy}\n" +
			"data:\n  number: {{ $i | quote }}\n  {{- include \"more\" . | nindent 2 }}\n{{- end }}\n",
		"_more.gotmpl": "{{ define \"more\" -}}\nincluded: yes please\n{{- end }}\n",
	}
}

func objectsByName(instance *packagetypes.Instance) map[string]packagetypes.Object {
	objects := map[string]packagetypes.Object{}
	for _, object := range instance.Objects() {
		objects[object.Name()] = object
	}
	return objects
}

func TestFieldPosition(t *testing.T) {
	t.Parallel()
	renderer, err := packageloader.Compile(load(t, locatable()), packageloader.Options{})
	require.NoError(t, err)
	instance, err := renderer.Render(t.Context(), packagetypes.Context{})
	require.NoError(t, err)
	objects := objectsByName(instance)
	positions := renderer.FieldPositions(packagetypes.Context{})
	for _, test := range []struct {
		object, path string
		value, key   string
		found        bool
	}{
		{"one", "", "static.yaml:1:1", "static.yaml:1:1", true},
		{"one", "data.a", "static.yaml:7:6", "static.yaml:7:3", true},
		{"one", "data", "static.yaml:7:3", "static.yaml:6:1", true},
		{"one", "data.b", "static.yaml:7:3", "static.yaml:6:1", false},
		{"one", "spec.x", "static.yaml:1:1", "static.yaml:1:1", false},
		{"two", "data.b", "static.yaml:14:11", "static.yaml:14:8", true},
		{"two", "metadata.labels[package-operator.run/package]", "static.yaml:12:3", "static.yaml:11:1", false},
		{"l1", "", "list.yaml:4:3", "list.yaml:4:3", true},
		{"l2", "spec.deep[1]", "list.yaml:11:15", "list.yaml:11:15", true},
		{"l2", "spec.none", "list.yaml:11:5", "list.yaml:10:3", false},
		{"t1", "data.number", "template.yaml.gotmpl:9:14", "template.yaml.gotmpl:9:3", true},
		{"t2", "data.number", "template.yaml.gotmpl:9:14", "template.yaml.gotmpl:9:3", true},
		{"t2", "kind", "template.yaml.gotmpl:4:7", "template.yaml.gotmpl:4:1", true},
		{"t2", "data.included", "_more.gotmpl:2:11", "_more.gotmpl:2:1", true},
	} {
		t.Run(test.object+" "+test.path, func(t *testing.T) {
			t.Parallel()
			path := diagnostic.ParseFieldPath(test.path)
			value, found := positions.Find(t.Context(), objects[test.object], path...)
			require.Equal(t, test.value, value.String())
			require.Equal(t, test.found, found)
			key, found := positions.FindKey(t.Context(), objects[test.object], path...)
			require.Equal(t, test.key, key.String())
			require.Equal(t, test.found, found)
			again, _ := renderer.FieldPosition(t.Context(), packagetypes.Context{}, objects[test.object], path...)
			require.Equal(t, value, again)
		})
	}
}

func TestFieldPositionOfWhatIsNotThere(t *testing.T) {
	t.Parallel()
	renderer, err := packageloader.Compile(load(t, locatable()), packageloader.Options{})
	require.NoError(t, err)
	foreign := packagetypes.NewObject(map[string]any{"kind": "Other"}, diagnostic.Position{File: "elsewhere.yaml", Line: 3}, nil, "")
	position, found := renderer.FieldPosition(t.Context(), packagetypes.Context{}, foreign, "kind")
	require.Equal(t, "elsewhere.yaml:3", position.String())
	require.False(t, found)

	instance, err := renderer.Render(t.Context(), packagetypes.Context{})
	require.NoError(t, err)
	objects := objectsByName(instance)
	done, cancel := context.WithCancel(t.Context())
	cancel()
	positions := renderer.FieldPositions(packagetypes.Context{})
	position, found = positions.Find(done, objects["t1"], "data", "number")
	require.Equal(t, objects["t1"].Source(), position)
	require.False(t, found)
	position, found = positions.Find(t.Context(), objects["t1"], "data", "number")
	require.Equal(t, "template.yaml.gotmpl:9:14", position.String(), "who comes later is answered")
	require.True(t, found)
}

// A rule that looks at the instance is told where fields stand.
func TestRulesKnowPositions(t *testing.T) {
	t.Parallel()
	var seen []string
	rule := validate.RuleFunc(func(subject validate.Subject) diagnostic.Diagnostics {
		if subject.Instance == nil {
			require.Nil(t, subject.Positions)
			return nil
		}
		for _, object := range subject.Instance.Objects() {
			if strings.HasPrefix(object.Name(), "t") {
				seen = append(seen, fmt.Sprint(subject.ValuePosition(object, "data", "number"), " ", subject.KeyPosition(object, "data", "number")))
			}
		}
		return nil
	})
	_, err := packageloader.Render(t.Context(), load(t, locatable()), packagetypes.Context{}, packageloader.Options{Rules: []validate.Rule{rule}})
	require.NoError(t, err)
	require.Equal(t, []string{
		"static.yaml:14:7 static.yaml:14:1", "template.yaml.gotmpl:9:14 template.yaml.gotmpl:9:3", "template.yaml.gotmpl:9:14 template.yaml.gotmpl:9:3",
	}, seen)
}
