package packagetypes_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/packagetypes"
)

func BenchmarkNewFiles(b *testing.B) {
	for _, count := range []int{2, 1000} {
		b.Run(fmt.Sprint(count), func(b *testing.B) {
			contents := map[string][]byte{}
			for i := range count {
				contents[fmt.Sprintf("components/backend-%d/templates/deployment-%d.yaml", i%20, i)] = []byte("content")
			}
			b.ReportAllocs()
			for b.Loop() {
				files, err := packagetypes.NewFiles(contents, packagetypes.Limits{})
				require.NoError(b, err)
				require.Equal(b, count, files.Len())
			}
		})
	}
}
