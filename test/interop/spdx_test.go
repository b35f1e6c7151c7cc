package interop

import (
	"bytes"
	"testing"

	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdxlib"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
)

// The bill of materials of each example is what the SPDX project's own library
// takes for valid.
func TestSPDX(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"webapp", "operator", "shop"} {
		source := packageloader.FromFolder("../../examples/packages/"+name, packageloader.FolderOptions{})
		raw, err := packagebuilder.SBOM(t.Context(), source, packagebuilder.SBOMOptions{Reference: "registry.example.com/" + name + ":v1"})
		require.NoError(t, err)
		document, err := spdxjson.Read(bytes.NewReader(raw))
		require.NoError(t, err)
		require.NoError(t, spdxlib.ValidateDocument(document))
		require.NotEmpty(t, document.Files)
		require.Greater(t, len(document.Packages), 1, "the package and the images that it locks")
	}
}
