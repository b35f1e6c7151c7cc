package pages

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
)

// faults lists what is wrong with a page for those who do not see it, or use it
// without a mouse, or on a small screen.
const faults = `(() => {
  const found = [];
  const shown = element => element.checkVisibility();
  const ids = [...document.querySelectorAll("[id]")].map(element => element.id);
  for (const id of new Set(ids)) if (ids.filter(other => other === id).length > 1) found.push("id twice: " + id);
  for (const control of document.querySelectorAll("input, select, textarea")) {
    if (!control.labels?.length && !control.getAttribute("aria-label")) found.push("control without a label: " + control.outerHTML);
    for (const id of (control.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean)) if (!document.getElementById(id)) found.push("description is missing: " + id);
  }
  for (const button of document.querySelectorAll("button")) if (!button.textContent.trim() && !button.getAttribute("aria-label")) found.push("button without a name");
  for (const link of document.querySelectorAll("a[href^='#']")) if (!document.getElementById(link.hash.slice(1))) found.push("link to nowhere: " + link.hash);
  if (document.documentElement.scrollWidth > innerWidth) {
    found.push("wider than the window: " + document.documentElement.scrollWidth);
    for (const element of document.querySelectorAll("body *")) if (shown(element) && element.getBoundingClientRect().right > innerWidth + 1 && !element.closest(".graph, .scroll, .side, pre, .command, .sr")) found.push("  " + element.tagName + "." + element.className);
  }
  if (document.querySelectorAll("h1").length < 1) found.push("no heading");
  if (!document.documentElement.lang) found.push("no language");
  return found;
})()`

// weakContrast lists texts that stand out too little (WCAG 2, AA) from what is behind.
const weakContrast = `(() => {
  const parse = text => (text.match(/[\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => { const part = v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; }; return .2126 * part(r) + .7152 * part(g) + .0722 * part(b); };
  const behind = element => {
    for (let at = element; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return parse(getComputedStyle(document.body).backgroundColor);
  };
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !element.checkVisibility() || element.closest("svg, :disabled, script, .sr")) continue;
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(behind(element))];
    const contrast = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (contrast < 4.5) found.add(element.tagName + "." + element.className + " " + contrast.toFixed(2));
  }
  return [...found];
})()`

func TestPagesOfExamples(t *testing.T) {
	browser := browserOf(t)
	for _, name := range []string{"webapp", "operator", "shop"} {
		file := pageOf(t, example(name))
		for _, window := range []struct {
			name string
			size size
		}{{"1280", desktop}, {"390", phone}} {
			t.Run(name+"-"+window.name, func(t *testing.T) {
				o := open(t, browser, file, window.size)
				o.screenshot(name + "-" + window.name)
				assert.Empty(t, eval[[]string](o, faults))
				assert.Empty(t, eval[[]string](o, weakContrast))
				for _, section := range []string{"configure", "phases", "rendered", "permissions"} {
					if eval[bool](o, `document.getElementById("package-`+section+`") !== null`) {
						o.do(chromedp.Evaluate(`document.documentElement.style.scrollBehavior = "auto"; document.getElementById("package-`+section+`").scrollIntoView()`, nil))
						o.screenshot(name + "-" + section + "-" + window.name)
					}
				}
				parts := eval[int](o, `document.querySelectorAll("[data-part]").length`)
				for part := range parts {
					o.do(chromedp.Evaluate(`document.querySelectorAll("[data-part]")[`+string(rune('0'+part))+`].click()`, nil))
					o.until(`[...document.querySelectorAll("article")].filter(a => !a.hidden).length === 1 && !document.querySelectorAll("article")[`+string(rune('0'+part))+`].hidden`, "one part is shown")
					assert.Empty(t, eval[[]string](o, faults))
				}
				o.do(chromedp.Evaluate(`document.querySelectorAll("details").forEach(details => { details.open = true })`, nil))
				assert.Empty(t, eval[[]string](o, faults))
				o.quiet()
			})
		}
	}
}

func TestDarkColours(t *testing.T) {
	browser := browserOf(t)
	dark := emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}})
	o := open(t, browser, pageOf(t, example("webapp")), desktop, dark)
	assert.Empty(t, eval[[]string](o, weakContrast))
	o.screenshot("webapp-dark-1280")
	o.do(chromedp.Evaluate(`document.documentElement.style.scrollBehavior = "auto"; document.getElementById("package-phases").scrollIntoView()`, nil))
	o.screenshot("webapp-phases-dark-1280")
	o.quiet()
}

func TestSearchByKeyboard(t *testing.T) {
	browser := browserOf(t)
	o := open(t, browser, pageOf(t, example("webapp")), desktop)

	o.do(slash(), chromedp.KeyEvent("tlssec"))
	o.until(`document.querySelectorAll("#results li").length === 1`, "one result")
	assert.Equal(t, "ingress.tlsSecret", eval[string](o, `document.querySelector("#results li code").textContent`))
	o.screenshot("webapp-search-1280")
	o.do(enter())
	o.until(`location.hash === "#package-property-ingress-tlssecret"`, "the property is shown")
	o.until(`document.activeElement.id === "package-property-ingress-tlssecret"`, "and has the focus")
	o.until(`(() => { const box = document.activeElement.getBoundingClientRect(); return box.top >= 0 && box.bottom <= innerHeight })()`, "and is in sight")

	// Words in any order, the arrow keys, objects.
	o.do(slash(), chromedp.KeyEvent("board deployment"))
	o.until(`document.querySelectorAll("#results li").length > 0`, "results")
	o.do(chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowUp), enter())
	o.until(`document.querySelector("details.object[open] .y-key") !== null`, "the object is open, in colours")
	assert.Contains(t, eval[string](o, `document.querySelector("details.object[open] pre").textContent`), "kind: Deployment")

	// Nothing found, and away with it.
	o.do(slash(), chromedp.KeyEvent("zzz"))
	o.until(`document.querySelector("#results").textContent === "Nothing found."`, "it says so")
	o.do(chromedp.KeyEvent(kb.Escape))
	o.until(`document.querySelector("#results").hidden && document.querySelector("#search").value === ""`, "it is closed")

	// The first key of the page leads past the navigation.
	o.do(chromedp.Evaluate(`document.activeElement.blur(); scrollTo(0, 0); location.hash = ""`, nil), chromedp.Focus(".skip"), enter())
	o.until(`document.activeElement.id === "main"`, "the content has the focus")
	o.quiet()
}

func TestSearchAcrossComponents(t *testing.T) {
	browser := browserOf(t)
	o := open(t, browser, pageOf(t, example("shop")), phone)
	o.do(chromedp.Focus("#search"), chromedp.KeyEvent("statefulset"))
	o.until(`document.querySelectorAll("#results li code").length > 0`, "results")
	o.do(enter())
	o.until(`!document.getElementById("component-database").hidden && document.querySelector("#component-database details[open]") !== null`, "the object of the component is open")
	o.quiet()
}

// The first result is what most people mean.
func TestSearchRanks(t *testing.T) {
	o := open(t, browserOf(t), pageOf(t, example("shop")), desktop)
	for words, want := range map[string]string{
		"host": "host", "cache": "cache", "database": "database", "size": "size", "medium": "size", "images": "Images", "secrets": "",
	} {
		o.do(chromedp.Evaluate(fmt.Sprintf(`{ const box = document.getElementById("search"); box.value = %q; box.dispatchEvent(new Event("input")); }`, words), nil))
		first := eval[string](o, `document.querySelector("#results li code")?.textContent ?? ""`)
		if want != "" {
			assert.Equal(t, want, first, words)
		}
	}
	o.do(chromedp.Evaluate(`{ const box = document.getElementById("search"); box.value = "backend component"; box.dispatchEvent(new Event("input")); box.focus(); }`, nil), enter())
	o.until(`!document.getElementById("component-backend").hidden`, "the component is shown")
	o.quiet()
}
