package pages

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// payloads are texts that would run where they are not escaped.
var payloads = []string{
	`</script><script>window.pwned=1</script>`,
	`<img src=x onerror=window.pwned=1>`,
	`"><svg onload=window.pwned=1>`,
	`' onmouseover='window.pwned=1`,
	`<!--<script>`,
	"\u2028window.pwned=1\u2029",
	`</title></style></textarea><iframe src="https://example.com/"></iframe>`,
	`{{.Name}} ${window.pwned=1} javascript:window.pwned=1`,
	"`<b>`]]><x>&lt;script&gt;",
}

// hostile is a package with payloads wherever it takes any text.
func hostile(t *testing.T) string {
	t.Helper()
	next := 0
	payload := func() string {
		text := fmt.Sprintf("%q", payloads[next%len(payloads)])
		next++
		return text
	}
	everywhere := fmt.Sprintf("%q", strings.Join(payloads, " "))
	manifest := fmt.Sprintf(`apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata:
  name: hostile
  annotations:
    org.opencontainers.image.title: %[1]s
    org.opencontainers.image.description: %[1]s
    org.opencontainers.image.version: %[1]s
    org.opencontainers.image.vendor: %[1]s
    org.opencontainers.image.licenses: %[1]s
    org.opencontainers.image.source: "javascript:window.pwned=1"
    org.opencontainers.image.url: "data:text/html,<script>window.pwned=1</script>"
    org.opencontainers.image.documentation: "https://example.com/\"onclick=\"window.pwned=1"
spec:
  scopes: [Namespaced]
  phases:
  - {name: %[2]s, class: %[3]s}
  - {name: %[4]s}
  availabilityProbes:
  - selector: {kind: {group: %[5]s, kind: %[6]s}, selector: {matchLabels: {a: b}}}
    probes:
    - condition: {type: %[7]s, status: %[8]s}
    - fieldsEqual: {fieldA: %[9]s, fieldB: %[10]s}
    - cel: {rule: "self.a == '</script><script>window.pwned=1</script>'", message: %[1]s}
  filter:
    conditions:
    - {name: hostile, expression: "'</script><script>window.pwned=1</script>' != ''"}
  config:
    openAPIV3Schema:
      type: object
      description: %[1]s
      properties:
        %[11]s:
          type: string
          title: %[1]s
          description: %[1]s
          default: %[1]s
        choice: {type: string, enum: [%[2]s, %[3]s, %[4]s], default: %[3]s}
        list: {type: array, items: {type: string, description: %[1]s}, default: [%[5]s]}
        map: {type: object, additionalProperties: {type: string}, default: {%[6]s: %[7]s}}
        pattern: {type: string, pattern: "</script><script>window.pwned=1</script>"}
        object:
          type: object
          default: {}
          properties: {__proto__: {type: string, default: %[8]s}, constructor: {type: string}, hasOwnProperty: {type: integer, default: 1}}
          x-kubernetes-validations: [{rule: "true", message: %[9]s}]
test:
  template:
  - {name: %[12]s}
  - {name: "second case"}
`, everywhere, payload(), payload(), payload(), payload(), payload(), payload(), payload(), payload(), payload(), payload(), payload())
	return writePackage(t, map[string]string{
		"manifest.yaml": manifest,
		"a.yaml": `apiVersion: v1
kind: ConfigMap
metadata:
  name: hostile
  annotations: {package-operator.run/phase: ` + fmt.Sprintf("%q", payloads[0]) + `, package-operator.run/condition: cond.hostile}
data: {` + everywhere + `: ` + everywhere + `}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: role, annotations: {package-operator.run/phase: ` + fmt.Sprintf("%q", payloads[0]) + `}}
rules: [{apiGroups: [` + everywhere + `], resources: [` + everywhere + `], verbs: [` + everywhere + `]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: binding, annotations: {package-operator.run/phase: ` + fmt.Sprintf("%q", payloads[0]) + `}}
roleRef: {kind: Role, name: role, apiGroup: rbac.authorization.k8s.io}
subjects: [{kind: ServiceAccount, name: ` + everywhere + `}]
`,
	})
}

func TestHostilePackage(t *testing.T) {
	b := browserOf(t)
	folder := hostile(t)
	file := pageOf(t, folder)
	o := open(t, b, file, desktop)
	o.screenshot("hostile-1280")
	// Touch everything that there is to touch.
	o.do(chromedp.Evaluate(`
document.querySelectorAll("[data-case]").forEach(choice => { choice.value = "1"; choice.dispatchEvent(new Event("change")); });
document.querySelectorAll("*").forEach(element => { for (const kind of ["mouseover", "pointerenter", "focus", "input", "load", "error"]) element.dispatchEvent(new Event(kind)); });
document.querySelectorAll("button:not(:disabled):not([data-download])").forEach(button => button.click());
document.querySelectorAll("[data-reveal]").forEach(box => box.click());
document.querySelector("#search").value = "script"; document.querySelector("#search").dispatchEvent(new Event("input"));
document.querySelectorAll("details").forEach(details => { details.open = true; });
`, nil))
	o.until(`document.querySelectorAll("details .y-key").length > 0`, "objects are shown")
	assert.False(t, eval[bool](o, `"pwned" in window`))
	for _, element := range []string{"img", "iframe", "b", "x", "object", "embed"} {
		assert.Zero(t, eval[int](o, `document.querySelectorAll("`+element+`").length`), element)
	}
	assert.Equal(t, 2, eval[int](o, `document.scripts.length`), "the data and the program")
	assert.Empty(t, eval[[]string](o, `[...document.querySelectorAll("a[href]")].map(link => link.getAttribute("href")).filter(address => !address.startsWith("#") && !address.startsWith("https://example.com/"))`))
	assert.Empty(t, eval[[]string](o, `[...document.querySelectorAll("*")].flatMap(element => [...element.attributes]).map(attribute => attribute.name).filter(name => name.startsWith("on"))`))
	assert.Equal(t, strings.Join(payloads, " "), eval[string](o, `JSON.parse(document.getElementById("data").textContent).packages[0].schema.properties.list.items.description`), "texts arrive as they are")
	assert.Equal(t, "undefined", eval[string](o, `typeof ({}).default`), "no prototype is touched")
	o.quiet()
}

// Were something not escaped, the policy of the page would still not let it run.
func TestPolicyStopsWhatIsNotEscaped(t *testing.T) {
	b := browserOf(t)
	content, err := os.ReadFile(pageOf(t, example("webapp")))
	require.NoError(t, err)
	broken := strings.Replace(string(content), "</main>", `<script>window.pwned=1</script><img src="https://example.com/x.png" onerror="window.pwned=1"><a id=bait href="javascript:window.pwned=1">x</a></main>`, 1)
	require.NotEqual(t, string(content), broken)
	file := filepath.Join(t.TempDir(), "broken.html")
	require.NoError(t, os.WriteFile(file, []byte(broken), 0o600))
	o := open(t, b, file, desktop)
	o.do(chromedp.Evaluate(`document.getElementById("bait").click(); fetch("https://example.com/").catch(() => {})`, nil))
	o.until(`document.querySelectorAll("[data-objects] details").length > 0`, "the page itself works")
	assert.False(t, eval[bool](o, `"pwned" in window`))
	// What the browser says comes beside its answers, and may come after them.
	require.Eventually(t, func() bool {
		o.mutex.Lock()
		defer o.mutex.Unlock()
		return len(o.messages) > 0
	}, 2*time.Minute, 10*time.Millisecond, "the browser says what it stopped")
}
