package compare_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/compare"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
)

func configMaps(count int, name, value string) []packagetypes.Phase {
	phase := packagetypes.Phase{Name: "deploy"}
	for i := range count {
		phase.Objects = append(phase.Objects, packagetypes.NewObject(map[string]any{
			"apiVersion": "v1", "kind": "ConfigMap",
			"metadata": map[string]any{
				"name": fmt.Sprintf("%s-%d", name, i), "labels": map[string]any{"app": "shop"},
			},
			"data": map[string]any{"a": value, "b": fmt.Sprint(i), "c": "3", "d": "4", "e": "5", "f": "6"},
		}, diagnostic.Position{}, nil, ""))
	}
	return []packagetypes.Phase{phase}
}

// Many objects that were renamed are found without comparing each with each, and so
// many that changed besides are told as gone and new.
func TestRenamesOfMany(t *testing.T) {
	t.Parallel()
	const many = 3_000
	changes := compare.Objects(configMaps(many, "old", "1"), configMaps(many, "new", "1"))
	require.Len(t, changes, many)
	for _, change := range changes {
		require.Equal(t, compare.ObjectRenamed, change.Code)
	}
	changes = compare.Objects(configMaps(many, "old", "1"), configMaps(many, "new", "2"))
	require.Len(t, changes, 2*many)
	for _, change := range changes {
		require.Contains(t, []compare.Code{compare.ObjectAdded, compare.ObjectRemoved}, change.Code)
	}
	changes = compare.Objects(configMaps(100, "old", "1"), configMaps(100, "new", "2"))
	require.Len(t, changes, 2*100)
	for _, change := range changes {
		require.Contains(t, []compare.Code{compare.ObjectRenamed, compare.FieldChanged}, change.Code)
	}
}

// Which of several equal objects is paired with which goes by their order.
func TestRenamesAreDeterministic(t *testing.T) {
	t.Parallel()
	object := func(name string) packagetypes.Object {
		return packagetypes.NewObject(map[string]any{
			"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": name},
			"data": map[string]any{"a": "1", "b": "2", "c": "3"},
		}, diagnostic.Position{}, nil, "")
	}
	phases := func(names ...string) []packagetypes.Phase {
		phase := packagetypes.Phase{Name: "deploy"}
		for _, name := range names {
			phase.Objects = append(phase.Objects, object(name))
		}
		return []packagetypes.Phase{phase}
	}
	for range 20 {
		changes := compare.Objects(phases("one", "two", "three"), phases("x", "y", "z"))
		require.Len(t, changes, 3)
		for i, want := range [][2]string{{"one", "x"}, {"two", "y"}, {"three", "z"}} {
			require.Equal(t, want[0], changes[i].Before)
			require.Equal(t, want[1], changes[i].After)
		}
	}
}

// Arguments are not changed.
func TestArgumentsStay(t *testing.T) {
	t.Parallel()
	a, b := configMaps(2, "old", "1"), configMaps(2, "old", "2")
	before, after := fmt.Sprint(a[0].Objects[0].Content()), fmt.Sprint(b[0].Objects[0].Content())
	compare.Objects(a, b)
	require.Equal(t, before, fmt.Sprint(a[0].Objects[0].Content()))
	require.Equal(t, after, fmt.Sprint(b[0].Objects[0].Content()))
}

func BenchmarkObjects(b *testing.B) {
	for _, count := range []int{300, 3_000, 12_000} {
		for name, other := range map[string][]packagetypes.Phase{
			"equal": configMaps(count, "old", "1"), "changed": configMaps(count, "old", "2"), "renamed": configMaps(count, "new", "1"), "replaced": configMaps(count, "new", "2"),
		} {
			before := configMaps(count, "old", "1")
			b.Run(fmt.Sprintf("%s-%d", name, count), func(b *testing.B) {
				for b.Loop() {
					compare.Objects(before, other)
				}
			})
		}
	}
}
