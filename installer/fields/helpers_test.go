package fields_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer/fields"
)

// stored returns an object that a real API server has answered with.
func stored(t testing.TB, name string) *unstructured.Unstructured {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	require.NoError(t, err)
	object := &unstructured.Unstructured{}
	require.NoError(t, object.UnmarshalJSON(content))
	return object
}

// parse reads an object from YAML, with numbers as the server's clients have them.
func parse(t testing.TB, text string) *unstructured.Unstructured {
	t.Helper()
	var value any
	require.NoError(t, yaml.Unmarshal([]byte(text), &value))
	content, err := json.Marshal(value)
	require.NoError(t, err)
	return &unstructured.Unstructured{Object: decode(t, content)}
}

func decode(t testing.TB, content []byte) map[string]any {
	t.Helper()
	wrapped := &unstructured.Unstructured{}
	require.NoError(t, wrapped.UnmarshalJSON([]byte(`{"kind":"Wrapper","value":`+string(content)+`}`)))
	object, _ := wrapped.Object["value"].(map[string]any)
	return object
}

func texts(changes []fields.Change) []string {
	result := []string{}
	for _, change := range changes {
		result = append(result, change.String())
	}
	return result
}

// unchanged returns a function that fails where one of the objects was changed.
func unchanged(t testing.TB, objects ...map[string]any) func() {
	t.Helper()
	before := snapshot(t, objects)
	return func() {
		t.Helper()
		require.Equal(t, before, snapshot(t, objects), "the caller's object was changed")
	}
}

func snapshot(t testing.TB, objects []map[string]any) string {
	t.Helper()
	text, err := json.Marshal(objects)
	require.NoError(t, err)
	return string(text)
}
