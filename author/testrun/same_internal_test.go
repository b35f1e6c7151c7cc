package testrun

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
)

func instanceOf(phase string, content map[string]any, mappings ...packagetypes.ConditionMapping) *packagetypes.Instance {
	object := packagetypes.NewObject(content, diagnostic.Position{}, mappings, "")
	return &packagetypes.Instance{Phases: []packagetypes.Phase{{Name: phase, Objects: []packagetypes.Object{object}}}}
}

func valueOf(value any) *packagetypes.Instance {
	return instanceOf("deploy", map[string]any{"v": value})
}

// What is seen without digests must agree with them; where it sees a difference that
// JSON does not show, the digests decide.
func TestSameRenderIsThatOfDigests(t *testing.T) {
	t.Parallel()
	shared := map[string]any{"a": int64(1)}
	tests := map[string]struct {
		a, b        *packagetypes.Instance
		equal, same bool
	}{
		"same":              {valueOf([]any{"a", int64(1), 1.5, true, nil}), valueOf([]any{"a", int64(1), 1.5, true, nil}), true, true},
		"shared":            {valueOf(shared), valueOf(shared), true, true},
		"text":              {valueOf("a"), valueOf("b"), false, false},
		"number":            {valueOf(int64(1)), valueOf(int64(2)), false, false},
		"another kind":      {valueOf("1"), valueOf(int64(1)), false, false},
		"written the same":  {valueOf(float64(1)), valueOf(int64(1)), false, true},
		"unusual type":      {valueOf(1), valueOf(1), false, true},
		"zero with a sign":  {valueOf(0.0), valueOf(math.Copysign(0, -1)), false, false},
		"more in the list":  {valueOf([]any{"a"}), valueOf([]any{"a", "b"}), false, false},
		"order of the list": {valueOf([]any{"a", "b"}), valueOf([]any{"b", "a"}), false, false},
		"no list":           {valueOf([]any(nil)), valueOf([]any{}), false, false},
		"no map":            {valueOf(map[string]any(nil)), valueOf(map[string]any{}), false, false},
		"another key":       {valueOf(map[string]any{"a": nil}), valueOf(map[string]any{"b": nil}), false, false},
		"more in the map":   {valueOf(shared), valueOf(map[string]any{"a": int64(1), "b": nil}), false, false},
		"phase":             {instanceOf("a", shared), instanceOf("b", shared), false, false},
		"mapping":           {instanceOf("a", shared), instanceOf("a", shared, packagetypes.ConditionMapping{SourceType: "x"}), false, false},
		"no object":         {instanceOf("a", shared), &packagetypes.Instance{}, false, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.equal, equalRenders(test.a, test.b))
			assert.Equal(t, test.equal, equalRenders(test.b, test.a))
			assert.Equal(t, test.same, sameRender(test.a, test.b))
			assert.Equal(t, test.same, test.a.Digest() == test.b.Digest())
		})
	}
}
