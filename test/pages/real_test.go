package pages

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestPagesOfRealPackages opens the pages of packages in production use, where the
// conformance set is there.
func TestPagesOfRealPackages(t *testing.T) {
	set, named := os.LookupEnv("PACKSTAGE_CONFORMANCE")
	if !named {
		set = filepath.Join("..", "..", "..", "shared", "conformance")
	}
	packages, err := filepath.Glob(filepath.Join(set, "real", "*", "package"))
	require.NoError(t, err)
	if len(packages) == 0 {
		if named {
			t.Fatal("no packages in the conformance set", set)
		}
		t.Skip("no conformance set beside the repository")
	}
	browser := browserOf(t)
	for _, folder := range packages {
		t.Run(filepath.Base(filepath.Dir(folder)), func(t *testing.T) {
			file := pageOf(t, folder)
			for _, window := range []size{desktop, phone} {
				o := open(t, browser, file, window)
				o.do(chromedp.Evaluate(`document.querySelectorAll("details").forEach(details => { details.open = true }); document.querySelectorAll(".fit").forEach(button => button.click())`, nil))
				assert.Empty(t, eval[[]string](o, faults))
				assert.Empty(t, eval[[]string](o, weakContrast))
				o.quiet()
			}
		})
	}
}
