package pages

import (
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// coveragePage writes the coverage page of an example, with some of its cases.
func coveragePage(t *testing.T, name, cases string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "coverage.html")
	_, stderr, code := packstage(t, "test", example(name), "--run", cases, "--coverage-html", file)
	require.Zero(t, code, stderr)
	return file
}

func TestCoveragePages(t *testing.T) {
	browser := browserOf(t)
	for _, name := range []string{"webapp", "operator", "shop"} {
		file := coveragePage(t, name, "^(defaults|small)")
		for windowName, window := range map[string]size{"desktop": desktop, "phone": phone} {
			page := open(t, browser, file, window)
			assert.Empty(t, eval[[]string](page, `[...document.querySelectorAll('a[href^="#"]')].map(a => a.getAttribute('href')).filter(h => !document.getElementById(h.slice(1)))`))
			assert.Positive(t, eval[int](page, "document.querySelectorAll('.code summary .yes').length"))
			page.screenshot("coverage-" + name + "-" + windowName)
			page.do(chromedp.Evaluate(`document.querySelectorAll("details").forEach(details => { details.open = true })`, nil))
			assert.Empty(t, eval[[]string](page, faults), "%s on a %s", name, windowName)
			page.quiet()
		}
	}
}

// A line says by which cases it was reached, also without a mouse.
func TestCoverageLinesOpen(t *testing.T) {
	page := open(t, browserOf(t), coveragePage(t, "webapp", "^defaults$"), desktop)
	page.do(chromedp.Focus(".code summary", chromedp.ByQuery), enter())
	page.until("document.querySelector('.code details').open", "the line opens")
	assert.Contains(t, eval[string](page, "document.querySelector('.code details[open] ul').innerText"), "defaults")
	page.screenshot("coverage-line")
	page.quiet()
}

// Signs and decorations say what colours say.
func TestCoverageIsNotToldByColourAlone(t *testing.T) {
	browser := browserOf(t)
	file := coveragePage(t, "webapp", "^defaults$")
	for _, scheme := range []string{"light", "dark"} {
		page := open(t, browser, file, desktop, emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}))
		for class, style := range map[string]string{
			"m": "textDecorationStyle === 'wavy'", "u": "fontStyle === 'italic'", "p": "borderBottomStyle === 'dotted'",
		} {
			assert.True(t, eval[bool](page, "getComputedStyle(document.querySelector('."+class+"'))."+style), class)
		}
		assert.True(t, eval[bool](page, "[...document.querySelectorAll('.code summary .s')].every(s => s.innerText.match(/reached/))"))
		assert.Empty(t, eval[[]string](page, weakContrast), scheme)
		page.screenshot("coverage-" + scheme)
		page.quiet()
	}
}
