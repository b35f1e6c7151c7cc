package manifest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/manifest"
)

// Whoever loads a package gets a warning for each unknown field, so their number
// must not multiply with the size of the file. Allocations stand for the work:
// they are the same on every machine.
//
//nolint:paralleltest // counts allocations
func TestManyFindingsGrowWithTheirNumber(t *testing.T) {
	decode := func(count int) float64 {
		var text strings.Builder
		text.WriteString("apiVersion: manifests.package-operator.run/v1alpha1\nkind: PackageManifest\nspec:\n  images:\n")
		for i := range count {
			fmt.Fprintf(&text, "  - {name: i%d, image: a, x: y}\n", i)
		}
		data := []byte(text.String())
		return testing.AllocsPerRun(1, func() {
			decoded, found := manifest.Decode("manifest.yaml", data)
			require.NotNil(t, decoded)
			require.Len(t, found, count)
			require.Equal(t, count+4, found[count-1].Position.Line)
			fields := manifest.NewLocator("manifest.yaml", data)
			for i := range count {
				require.Equal(t, i+5, fields.Position(fmt.Sprintf("spec.images[%d].image", i)).Line)
			}
		})
	}
	require.Less(t, decode(400)/decode(200), 3.0)
}
