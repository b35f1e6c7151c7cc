package fields_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer/fields"
)

func BenchmarkContains(b *testing.B) {
	b.Run("1000-configmaps", func(b *testing.B) {
		var live, desired []map[string]any
		for i := range 1000 {
			object := map[string]any{
				"apiVersion": "v1", "kind": "ConfigMap",
				"metadata": map[string]any{"name": fmt.Sprint("map-", i), "namespace": "shop", "labels": map[string]any{"app.kubernetes.io/name": "shop"}},
				"data":     map[string]any{"a": "1", "b": "2", "app.yaml": strings.Repeat("key: value\n", 50)},
			}
			desired = append(desired, object)
			copied := (&unstructured.Unstructured{Object: object}).DeepCopy()
			copied.SetManagedFields(stored(b, "configmap").GetManagedFields())
			live = append(live, copied.Object)
		}
		for b.Loop() {
			for i := range live {
				require.True(b, fields.Contains(live[i], desired[i]))
			}
		}
	})
	b.Run("deployment", func(b *testing.B) {
		live, desired := stored(b, "deployment-applied").Object, stored(b, "deployment-desired").Object
		for b.Loop() {
			require.True(b, fields.Contains(live, desired))
		}
	})
}

func BenchmarkDifference(b *testing.B) {
	b.Run("deployment", func(b *testing.B) {
		before, after := stored(b, "deployment-edited"), stored(b, "deployment-dryrun")
		for b.Loop() {
			require.Len(b, fields.Difference(before, after, fields.Options{IgnoreStatus: true}), 3)
		}
	})
	b.Run("500kB-definition", func(b *testing.B) {
		before := stored(b, "crd")
		properties, _, err := unstructured.NestedMap(largeDefinition(b, before).Object, "spec")
		require.NoError(b, err)
		require.NoError(b, unstructured.SetNestedMap(before.Object, properties, "spec"))
		after := before.DeepCopy()
		versions := after.Object["spec"].(map[string]any)["versions"].([]any)
		versions[0].(map[string]any)["served"] = false
		size, err := before.MarshalJSON()
		require.NoError(b, err)
		for b.Loop() {
			require.Len(b, fields.Difference(before, after, fields.Options{}), 1)
		}
		b.ReportMetric(float64(len(size)), "bytes")
	})
}

// largeDefinition returns a definition whose schema is as large as they get.
func largeDefinition(b *testing.B, definition *unstructured.Unstructured) *unstructured.Unstructured {
	b.Helper()
	properties := map[string]any{}
	for i := range 40 {
		inner := map[string]any{}
		for j := range 100 {
			inner[fmt.Sprint("field", j)] = map[string]any{"type": "string", "description": strings.Repeat("What it is for. ", 6)}
		}
		properties[fmt.Sprint("part", i)] = map[string]any{"type": "object", "properties": inner, "required": []any{"field0", "field1"}}
	}
	result := definition.DeepCopy()
	version := result.Object["spec"].(map[string]any)["versions"].([]any)[0].(map[string]any)
	version["schema"] = map[string]any{"openAPIV3Schema": map[string]any{"type": "object", "properties": properties}}
	return result
}
