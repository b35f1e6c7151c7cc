package scaffold_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
)

func boolean(name string, value bool) scaffold.Property {
	return scaffold.Property{Path: []string{name}, Schema: map[string]any{"type": "boolean"}, Default: value}
}

// optional is an object with an entry, an item and lines under conditions, and with
// entries and items that come out of the configuration.
func optional() scaffold.Input {
	return scaffold.Input{
		Name: "web", Namespace: "shop",
		Config: []scaffold.Property{
			boolean("on", true), boolean("off", false),
			{Path: []string{"more"}, Schema: map[string]any{"type": "object", "additionalProperties": map[string]any{"type": "string"}}, Default: map[string]any{"c": "d"}},
			{Path: []string{"items"}, Schema: map[string]any{"type": "array", "items": map[string]any{"type": "string"}}, Default: []any{}},
		},
		Objects: []scaffold.InputObject{{
			Content: map[string]any{
				"apiVersion": "example.com/v1", "kind": "Thing", "metadata": map[string]any{"name": "a", "namespace": "shop"},
				"spec": map[string]any{
					"shown": "yes", "hidden": int64(1),
					"list":   []any{"first", "second", "last"},
					"map":    map[string]any{"a": "b"},
					"text":   "one\ntwo\nfour\n",
					"hollow": map[string]any{"only": true},
				},
			},
			Substitutions: []scaffold.Substitution{{Path: []any{"spec", "text"}, Parts: []scaffold.Part{
				{Literal: "one\n"}, {Literal: "two\n", When: ".config.on"}, {Literal: "three\n", When: ".config.off"}, {Literal: "four\n"},
			}}},
			Optional: []scaffold.Optional{
				{Path: []any{"spec", "shown"}, When: ".config.on"},
				{Path: []any{"spec", "hidden"}, When: ".config.off", Absent: true},
				{Path: []any{"spec", "list", 1}, When: ".config.off", Absent: true},
				{Path: []any{"spec", "hollow", "only"}, When: ".config.off", Absent: true},
			},
			Insertions: []scaffold.Insertion{
				{Path: []any{"spec", "map"}, Expression: ".config.more", When: ".config.more", Default: map[string]any{"c": "d"}},
				{Path: []any{"spec", "list"}, Index: 2, Expression: ".config.items", When: ".config.items"},
			},
		}},
	}
}

func spec(t *testing.T, made *scaffold.Result, config map[string]any) map[string]any {
	t.Helper()
	c := packagetypes.Context{Config: config}
	c.Package.Metadata.Namespace = "shop"
	instance, err := made.Renderer().Render(t.Context(), c)
	require.NoError(t, err)
	for _, object := range instance.Objects() {
		return object.Content()["spec"].(map[string]any)
	}
	t.Fatal("there is no object")
	return nil
}

func TestOptional(t *testing.T) {
	t.Parallel()
	made, err := scaffold.Make(t.Context(), optional(), scaffold.Options{})
	require.NoError(t, err)
	require.Equal(t, 1, made.Compared)
	require.Equal(t, map[string]any{
		"shown": "yes", "list": []any{"first", "last"}, "map": map[string]any{"a": "b", "c": "d"}, "text": "one\ntwo\nfour\n", "hollow": map[string]any{},
	}, spec(t, made, nil))
	require.Equal(t, map[string]any{
		"hidden": int64(1), "list": []any{"first", "second", "x", "y", "last"}, "map": map[string]any{"a": "b"}, "text": "one\nthree\nfour\n",
		"hollow": map[string]any{"only": true},
	}, spec(t, made, map[string]any{"on": false, "off": true, "more": map[string]any{}, "items": []any{"x", "y"}}))
}

// What is said to be there with the defaults has to be.
func TestOptionalIsCompared(t *testing.T) {
	t.Parallel()
	input := optional()
	input.Objects[0].Optional[1].Absent = false
	_, err := scaffold.Make(t.Context(), input, scaffold.Options{})
	found, ok := diagnostic.From(err)
	require.True(t, ok, "%v", err)
	require.Equal(t, diagnostic.ImportDiffers, found[0].Code)
	require.Contains(t, found[0].Message, "spec.hidden")
}
