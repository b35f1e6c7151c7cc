package pages

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const index = `apiVersion: manifests.package-operator.run/v1alpha1
kind: Repository
metadata: {name: demo}
---
apiVersion: manifests.package-operator.run/v1alpha1
kind: RepositoryEntry
metadata: {name: a}
data: {image: registry.example.com/shop, digest: "6ae8a75555209fd6c44157c0aed8016e763ff435a19cf186f76863140143ff72", versions: [v1.2.1, v1.2.0], name: shop}
---
apiVersion: manifests.package-operator.run/v1alpha1
kind: RepositoryEntry
metadata: {name: b}
data: {image: registry.example.com/shop, digest: "0ae8a75555209fd6c44157c0aed8016e763ff435a19cf186f76863140143ff72", versions: [v1.1.0], name: shop}
---
apiVersion: manifests.package-operator.run/v1alpha1
kind: RepositoryEntry
metadata: {name: c}
data: {image: registry.example.com/router, digest: "1ae8a75555209fd6c44157c0aed8016e763ff435a19cf186f76863140143ff72", versions: [v3.0.0], name: router, constraints: [{platform: [OpenShift]}]}
`

func TestCatalogue(t *testing.T) {
	b := browserOf(t)
	folder := t.TempDir()
	list, file := filepath.Join(folder, "packages.yaml"), filepath.Join(folder, "catalogue.html")
	require.NoError(t, os.WriteFile(list, []byte(index), 0o600))
	_, problems, code := packstage(t, "docs", "--catalogue", file, list, example("webapp"), example("operator"), hostile(t))
	require.Zero(t, code, problems)
	for name, window := range map[string]size{"1280": desktop, "390": phone} {
		o := open(t, b, file, window)
		o.screenshot("catalogue-" + name)
		assert.Empty(t, eval[[]string](o, faults))
		assert.Empty(t, eval[[]string](o, weakContrast))
		shown := func() []string {
			return eval[[]string](o, `[...document.querySelectorAll(".card")].filter(card => !card.hidden).map(card => card.id)`)
		}
		assert.Equal(t, []string{"package-backup-operator", "package-hostile", "package-router", "package-shop", "package-webapp"}, shown())
		o.do(slash(), chromedp.KeyEvent("v1.1.0"))
		assert.Equal(t, []string{"package-shop"}, shown())
		o.do(chromedp.KeyEvent(kb.Escape))
		assert.Len(t, shown(), 5)
		o.do(chromedp.SetValue("#platform", "Kubernetes"), chromedp.Evaluate(`document.getElementById("platform").dispatchEvent(new Event("change"))`, nil))
		assert.NotContains(t, shown(), "package-router")
		assert.Contains(t, eval[string](o, `document.querySelector("#package-shop .versions li:last-child").textContent`), "v1.1.0registry.example.com/shop@sha256:0ae8")
		assert.Equal(t, "packstage render registry.example.com/shop@sha256:6ae8a75555209fd6c44157c0aed8016e763ff435a19cf186f76863140143ff72", eval[string](o, `document.querySelector("#package-shop [data-copy]").dataset.copy`))
		o.do(chromedp.Evaluate(`document.querySelectorAll("details").forEach(details => { details.open = true })`, nil))
		assert.Empty(t, eval[[]string](o, faults))
		assert.False(t, eval[bool](o, `"pwned" in window`))
		o.quiet()
	}
}
