package pages

import (
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
)

// TestPagesOfRealPackages opens the pages of packages in production use, where the
// conformance set is there.
func TestPagesOfRealPackages(t *testing.T) {
	packages, err := filepath.Glob("../../../shared/conformance/real/*/package")
	if err != nil || len(packages) == 0 {
		t.Skip("there is no conformance set beside the repository")
	}
	browser := newBrowser(t)
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
