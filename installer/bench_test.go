package installer_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/packagetypes"
)

// BenchmarkApply measures the installer and the cluster in memory together: 1,000 new
// objects, the same again, and an upgrade in which one of a hundred changes. The part of
// the installer is what grows faster than their number.
func BenchmarkApply(b *testing.B) {
	for _, objects := range []int{1_000, 4_000} {
		first := many(b, objects, 5, noneOf)
		second := many(b, objects, 5, func(number int) bool { return number%100 == 0 })
		apply := func(b *testing.B, i *installer.Installer, instance *packagetypes.Instance) *installer.Result {
			b.Helper()
			result, err := i.Apply(b.Context(), shop, instance, installer.ApplyOptions{})
			require.NoError(b, err)
			return result
		}
		b.Run(fmt.Sprintf("new/%d", objects), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				require.Equal(b, objects, apply(b, installer.New(clustertest.New(), installer.Options{}), first).Created)
			}
		})
		b.Run(fmt.Sprintf("unchanged/%d", objects), func(b *testing.B) {
			i := installer.New(clustertest.New(), installer.Options{})
			apply(b, i, first)
			b.ReportAllocs()
			b.ResetTimer()
			for b.Loop() {
				require.Equal(b, objects, apply(b, i, first).Unchanged)
			}
		})
		b.Run(fmt.Sprintf("upgrade/%d", objects), func(b *testing.B) {
			i := installer.New(clustertest.New(), installer.Options{})
			apply(b, i, first)
			b.ReportAllocs()
			b.ResetTimer()
			for turn := 0; b.Loop(); turn++ {
				require.Equal(b, objects/100, apply(b, i, []*packagetypes.Instance{second, first}[turn%2]).Changed)
			}
		})
	}
}
