package pages

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// formTools are functions that use a form as a person does, by the names on it.
const formTools = `
window.within = (path) => {
  let at = [...document.querySelectorAll("article")].find(article => !article.hidden).querySelector("[data-form] .fields");
  for (const name of path) {
    const fields = [...at.querySelectorAll(".field")].filter(field => field.parentElement.closest(".field, .fields") === at || field.parentElement.closest(".fields") === at);
    const field = fields.find(field => field.querySelector("label, .name")?.textContent === name);
    if (!field) throw new Error("no field " + path.join("."));
    at = field.matches("fieldset") && field.querySelector(":scope > .fields") ? field.querySelector(":scope > .fields") : field;
  }
  return at;
};
window.type = (control, text) => {
  control.focus();
  if (control.type === "checkbox") { if (control.checked !== text) control.click(); }
  else if (control.tagName === "SELECT") control.value = [...control.options].find(option => option.textContent === text).value;
  else control.value = text;
  control.dispatchEvent(new Event("input", {bubbles: true}));
  control.dispatchEvent(new Event("change", {bubbles: true}));
};
window.fill = (path, text) => type(within(path).querySelector("input, select, textarea"), text);
window.toggle = (path) => within(path).closest("fieldset").querySelector("input[type=checkbox]").click();
window.add = (path) => { [...within(path).closest("fieldset").querySelectorAll("button")].findLast(button => /^Add/.test(button.textContent)).click(); const entries = [...within(path).closest("fieldset").querySelectorAll(".entry")]; return entries[entries.length - 1]; };
window.settled = () => new Promise(done => setTimeout(done, 30));
window.section = () => [...document.querySelectorAll("article")].find(article => !article.hidden).querySelector("[data-configure]");
window.file = async () => { await settled(); return section().querySelector("[data-output]").textContent; };
window.state = async () => { await settled(); return section().querySelector("[data-status]").textContent; };
window.problems = async () => { await settled(); return [...section().querySelectorAll("[data-problems] li")].map(item => item.textContent); };
`

func openForm(t *testing.T, browserContext context.Context, file string, window size) *tab {
	t.Helper()
	o := open(t, browserContext, file, window)
	o.do(chromedp.Evaluate(formTools+"; true", nil))
	return o
}

func TestFormOfWebapp(t *testing.T) {
	b := browserOf(t)
	o := openForm(t, b, pageOf(t, example("webapp")), desktop)
	assert.Equal(t, "# Every value is the default.\n", eval[string](o, `file()`))
	assert.NotEmpty(t, admitted(t, example("webapp"), eval[string](o, `file()`), "--namespace", "board"))

	// Mistakes are named where they are, and nothing can be taken away.
	o.do(chromedp.Evaluate(`fill(["replicas"], "99"); fill(["adminToken"], "short"); fill(["contextPath"], "no slash")`, nil))
	assert.Equal(t, []string{
		"replicas must be at most 20", "contextPath must match ^(/[a-z0-9-]+)*$", "adminToken must have at least 16 characters",
	}, eval[[]string](o, `problems()`))
	assert.Equal(t, "3 problems", eval[string](o, `state()`))
	assert.True(t, eval[bool](o, `section().querySelector("[data-download]").disabled`))
	assert.Equal(t, "true", eval[string](o, `within(["replicas"]).querySelector("input").getAttribute("aria-invalid")`))
	assert.Equal(t, "must be at most 20", eval[string](o, `within(["replicas"]).querySelector(".error").textContent`))
	o.do(chromedp.Evaluate(`fill(["replicas"], "many")`, nil))
	assert.Contains(t, eval[[]string](o, `problems()`), "replicas must be a whole number")
	o.screenshot("webapp-problems-1280")

	// Back to the default is nothing to write.
	o.do(chromedp.Evaluate(`[...document.querySelectorAll(".changed button")].filter(button => button.textContent === "Reset").forEach(button => button.click())`, nil))
	assert.Equal(t, "# Every value is the default.\n", eval[string](o, `file()`))

	o.do(chromedp.Evaluate(`
fill(["replicas"], "3"); fill(["logLevel"], "debug"); fill(["title"], "yes"); fill(["contextPath"], "/status"); fill(["adminToken"], "not-a-real-token");
{ const entry = add(["features"]); type(entry.querySelector(".key"), "darkMode"); type(entry.querySelector("input[type=checkbox], select"), true); }
fill(["resources", "cpu"], "2"); fill(["resources", "memory"], "1Gi");
fill(["ingress", "enabled"], true); fill(["ingress", "host"], "board.example.com")`, nil))
	assert.Equal(t, "Valid", eval[string](o, `state()`))
	shown := eval[string](o, `file()`)
	assert.NotContains(t, shown, "not-a-real-token", "secrets are shown only where that is asked for")
	o.do(chromedp.Evaluate(`section().querySelector("[data-reveal]").click()`, nil))
	file := eval[string](o, `file()`)
	assert.Equal(t, `replicas: 3
logLevel: debug
title: "yes"
contextPath: /status
adminToken: not-a-real-token
features:
  darkMode: true
resources:
  cpu: 2
  memory: 1Gi
ingress:
  enabled: true
  host: board.example.com
`, file)
	o.screenshot("webapp-form-1280")
	got := admitted(t, example("webapp"), file, "--namespace", "board")
	assert.Equal(t, json.Number("3"), got["replicas"])
	assert.Equal(t, "yes", got["title"])
	assert.Equal(t, map[string]any{"enabled": true, "host": "board.example.com"}, got["ingress"])

	// The download is the same file, under its name.
	folder := t.TempDir()
	o.do(browser.SetDownloadBehavior(browser.SetDownloadBehaviorBehaviorAllow).WithDownloadPath(folder),
		chromedp.Evaluate(`section().querySelector("[data-download]").click()`, nil))
	require.Eventually(t, func() bool {
		content, err := os.ReadFile(filepath.Join(folder, "config.yaml"))
		return err == nil && string(content) == file
	}, 2*time.Minute, 50*time.Millisecond)
	o.quiet()
}

func TestFormOfOperator(t *testing.T) {
	b := browserOf(t)
	o := openForm(t, b, pageOf(t, example("operator")), phone)
	o.do(chromedp.Evaluate(`fill(["replicas"], "3"); toggle(["defaultStore"])`, nil))
	assert.Equal(t, []string{"defaultStore.bucket is required"}, eval[[]string](o, `problems()`))
	o.do(chromedp.Evaluate(`fill(["defaultStore", "bucket"], "backups"); for (const name of ["billing", "shop"]) type(add(["watchNamespaces"]).querySelector("input"), name)`, nil))
	file := eval[string](o, `file()`)
	assert.Equal(t, "replicas: 3\nwatchNamespaces:\n- billing\n- shop\ndefaultStore:\n  bucket: backups\n", file)
	got := admitted(t, example("operator"), file)
	assert.Equal(t, []any{"billing", "shop"}, got["watchNamespaces"])
	assert.Equal(t, map[string]any{"bucket": "backups", "region": "eu-central-1", "retention": "720h"}, got["defaultStore"])

	o.do(chromedp.Evaluate(`type(add(["watchNamespaces"]).querySelector("input"), "shop")`, nil))
	assert.Equal(t, []string{"watchNamespaces[2] is there twice"}, eval[[]string](o, `problems()`))
	o.screenshot("operator-form-390")
	assert.Empty(t, eval[[]string](o, faults))
	o.quiet()
}

func TestFormsOfComponents(t *testing.T) {
	b := browserOf(t)
	o := openForm(t, b, pageOf(t, example("shop")), desktop)
	assert.Equal(t, []string{"host is required"}, eval[[]string](o, `problems()`))
	o.do(chromedp.Evaluate(`fill(["host"], "shop.example.com")`, nil))
	got := admitted(t, example("shop"), eval[string](o, `file()`), "--scope", "Namespaced", "--namespace", "shop")
	assert.Equal(t, "shop.example.com", got["host"])
	for _, component := range []string{"backend", "cache", "database", "frontend"} {
		o.do(chromedp.Evaluate(`location.hash = "component-`+component+`"`, nil))
		o.until(`!document.getElementById("component-`+component+`").hidden`, component)
		if eval[string](o, `state()`) == "Valid" {
			admitted(t, example("shop"), eval[string](o, `file()`), "--component", component, "--namespace", "shop")
		} else {
			for _, problem := range eval[[]string](o, `problems()`) {
				assert.True(t, strings.HasSuffix(problem, "is required"), "%s: %s", component, problem)
			}
		}
	}
	o.quiet()
}

// The page takes no part in what the reader's system asks for: no motion.
func TestReducedMotion(t *testing.T) {
	b := browserOf(t)
	still := emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}})
	o := open(t, b, pageOf(t, example("webapp")), desktop, still)
	assert.Equal(t, "auto", eval[string](o, `getComputedStyle(document.documentElement).scrollBehavior`))
	assert.Equal(t, 0, eval[int](o, `[...document.querySelectorAll("*")].filter(element => { const style = getComputedStyle(element); return parseFloat(style.transitionDuration) > 0 || style.animationName !== "none" }).length`))
	o.quiet()
}
