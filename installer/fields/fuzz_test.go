package fields_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer/fields"
)

// requireLaws wants of two objects what holds for any.
func requireLaws(t testing.TB, a, b map[string]any) {
	t.Helper()
	check := unchanged(t, a, b)
	before, after := &unstructured.Unstructured{Object: a}, &unstructured.Unstructured{Object: b}
	require.True(t, fields.Contains(a, a))
	require.True(t, fields.Contains(b, b))
	require.Empty(t, fields.Difference(before, before, fields.Options{}))
	require.Empty(t, fields.Difference(after, after, fields.Options{}))

	changes := fields.Difference(before, after, fields.Options{})
	if len(changes) == 0 {
		require.True(t, fields.Contains(a, b), "without a difference, one contains the other")
		require.True(t, fields.Contains(b, a), "without a difference, one contains the other")
	}
	require.Equal(t, len(changes) == 0, len(fields.Difference(after, before, fields.Options{})) == 0)
	seen := map[string]bool{}
	for _, change := range changes {
		_ = change.String()
		fields.Lines(change)
		name := fmt.Sprint(change.Path, change.Kind)
		require.False(t, seen[name], "%s stands twice", name)
		seen[name] = true
		require.False(t, change.Masked && (change.Before != nil || change.After != nil))
		fields.Owners(before, change.Path)
	}
	for _, mask := range []func(string, any) bool{
		func(string, any) bool { return true },
		func(path string, _ any) bool { return len(path)%3 == 0 },
		func(_ string, value any) bool { _, isText := value.(string); return isText },
	} {
		for _, change := range fields.Difference(before, after, fields.Options{Mask: mask}) {
			require.False(t, change.Masked && (change.Before != nil || change.After != nil))
		}
	}
	check()
}

func FuzzDifference(f *testing.F) {
	for _, name := range []string{"configmap", "secret", "service", "widget"} { // large seeds slow the fuzzer down
		content, err := stored(f, name).MarshalJSON()
		require.NoError(f, err)
		f.Add(content, []byte(`{"metadata":{"labels":{"a":null}}}`))
	}
	f.Add([]byte(`{"apiVersion":"v1","kind":"Secret","data":{"a":"eA=="}}`), []byte(`{"apiVersion":"v1","kind":"Secret","stringData":{"a":"x"}}`))
	f.Add([]byte(`{"spec":{"ports":[{"port":1},{"port":1.0,"protocol":"TCP"}]}}`), []byte(`{"spec":{"ports":[{"port":1,"protocol":"UDP"},null]}}`))
	f.Add([]byte(`{"metadata":{"managedFields":[{"fieldsType":"FieldsV1","fieldsV1":{"f:spec":{"f:l":{"v:1":{},"k:{\"a\":1}":{}}}}}]},"spec":{"l":[1,2]}}`), []byte(`{"spec":{"l":[2,{"a":1}]}}`))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		a, okA := object(first)
		b, okB := object(second)
		if okA && okB {
			requireLaws(t, a, b)
		}
	})
}

// object reads JSON as the clients of the server do.
func object(content []byte) (map[string]any, bool) {
	if !json.Valid(content) || len(content) == 0 {
		return nil, false
	}
	wrapped := &unstructured.Unstructured{}
	if err := wrapped.UnmarshalJSON([]byte(`{"kind":"Wrapper","value":` + string(content) + `}`)); err != nil {
		return nil, false
	}
	value, ok := wrapped.Object["value"].(map[string]any)
	return value, ok
}

// What is added to an object, taken from it or changed in it is found, and found
// where it is.
func TestRandomChangesAreFound(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 8))
	for _, name := range []string{"deployment-hpa", "crd", "service", "widget", "configmap"} {
		original := stored(t, name)
		for range 300 {
			changed := original.DeepCopy()
			spoil(random, changed.Object)
			requireLaws(t, original.Object, changed.Object)
		}
	}
}

// spoil changes one value of an object that is not the server's.
func spoil(random *rand.Rand, object map[string]any) {
	value := any(object)
	for {
		switch inner := value.(type) {
		case map[string]any:
			key := pick(random, inner)
			if next := inner[key]; key != "" && random.IntN(4) > 0 && isContainer(next) {
				value = next
				continue
			}
			switch random.IntN(3) {
			case 0:
				delete(inner, key)
			case 1:
				inner[key] = "spoiled"
			default:
				inner["spoiled"] = map[string]any{"a": nil, "b": []any{int64(1)}}
			}
			return
		case []any:
			if len(inner) == 0 {
				return
			}
			i := random.IntN(len(inner))
			if isContainer(inner[i]) && random.IntN(2) > 0 {
				value = inner[i]
				continue
			}
			inner[i] = inner[random.IntN(len(inner))]
			return
		default:
			return
		}
	}
}

func isContainer(value any) bool {
	switch value.(type) {
	case map[string]any, []any:
		return true
	}
	return false
}

// pick chooses a key; the same for the same random numbers.
func pick(random *rand.Rand, object map[string]any) string {
	chosen, best := "", uint64(0)
	salt := random.Uint64()
	for key := range object {
		weight := salt
		for _, letter := range []byte(key) {
			weight = (weight ^ uint64(letter)) * 1099511628211
		}
		if weight >= best {
			chosen, best = key, weight
		}
	}
	return chosen
}
