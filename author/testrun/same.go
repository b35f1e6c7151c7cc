package testrun

import (
	"math"
	"reflect"
	"slices"

	"github.com/packstage/packstage/packagetypes"
)

// sameRender tells whether two renders of one package have the same digest. Nearly
// always they are equal part by part, which is seen without writing both as JSON: that
// would take as long as the half of a render.
func sameRender(a, b *packagetypes.Instance) bool {
	return a == b || equalRenders(a, b) || a.Digest() == b.Digest()
}

// equalRenders tells whether everything that a digest is of is equal. What only looks
// the same as JSON is not.
func equalRenders(a, b *packagetypes.Instance) bool {
	return slices.EqualFunc(a.Phases, b.Phases, func(a, b packagetypes.Phase) bool {
		return a.Name == b.Name && a.Class == b.Class && slices.EqualFunc(a.Objects, b.Objects, equalObjects)
	}) && reflect.DeepEqual(a.AvailabilityProbes, b.AvailabilityProbes)
}

func equalObjects(a, b packagetypes.Object) bool {
	return a.CollisionProtection() == b.CollisionProtection() &&
		slices.Equal(a.ConditionMappings(), b.ConditionMappings()) && equalValues(a.Content(), b.Content())
}

func equalValues(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		return ok && equalMaps(a, b)
	case []any:
		b, ok := b.([]any)
		return ok && (a == nil) == (b == nil) && slices.EqualFunc(a, b, equalValues)
	case float64:
		b, ok := b.(float64)
		return ok && math.Float64bits(a) == math.Float64bits(b) // JSON has a zero with a sign
	case string, bool, int64, nil:
		return a == b
	default:
		return false
	}
}

func equalMaps(a, b map[string]any) bool {
	// Renders share what static files say.
	if reflect.ValueOf(a).UnsafePointer() == reflect.ValueOf(b).UnsafePointer() {
		return true
	}
	if len(a) != len(b) || a == nil || b == nil {
		return false
	}
	for key, value := range a {
		other, ok := b[key]
		if !ok || !equalValues(value, other) {
			return false
		}
	}
	return true
}
