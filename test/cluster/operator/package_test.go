package operator_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/registry"
)

// shop is a package whose second phase waits for a gate that its configuration opens.
var shop = map[string]string{
	"manifest.yaml": `
apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata: {name: shop}
spec:
  scopes: [Namespaced]
  phases: [{name: settings}, {name: gate}, {name: web}, {name: done}]
  availabilityProbes:
  - selector:
      kind: {group: "", kind: ConfigMap}
      selector: {matchLabels: {part: gate}}
    probes:
    - fieldValue: {fieldPath: .data.open, value: "true"}
  config:
    openAPIV3Schema:
      type: object
      properties:
        open: {type: boolean, default: true}
        replicas: {type: integer, default: 1, maximum: 3}
test:
  template:
  - name: defaults
    context: {package: {metadata: {name: shop, namespace: shop}}}
`,
	"settings.yaml": configMap("settings", "settings", `{version: "v1"}`),
	"gate.yaml.gotmpl": `
apiVersion: v1
kind: ConfigMap
metadata:
  name: gate
  labels: {part: gate}
  annotations: {package-operator.run/phase: gate}
data: {open: "{{ .config.open }}"}
`,
	"web.yaml.gotmpl": `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  annotations:
    package-operator.run/phase: web
    package-operator.run/condition-map: Available => shop.example.com/WebAvailable
spec:
  replicas: {{ .config.replicas }}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: "registry.example.com/web@sha256:` + strings.Repeat("0", 64) + `"}]
`,
	"old.yaml":  configMap("old", "done", `{version: "v1"}`),
	"done.yaml": configMap("done", "done", `{version: "v1"}`),
}

func configMap(name, phase, data string) string {
	return "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: " + name +
		"\n  annotations: {package-operator.run/phase: " + phase + "}\ndata: " + data + "\n"
}

// shopVersion is shop with other files; an empty one is left out.
func shopVersion(files map[string]string) map[string]string {
	version := map[string]string{}
	for _, from := range []map[string]string{shop, files} {
		for path, content := range from {
			version[path] = content
			if content == "" {
				delete(version, path)
			}
		}
	}
	return version
}

// versions of shop, by tag. What v2 has new comes from v1 by an upgrade in place; v3 has
// another selector, which nobody can change in place.
var versions = map[string]map[string]string{
	"v1": shopVersion(nil),
	"v2": shopVersion(map[string]string{
		"settings.yaml": configMap("settings", "settings", `{version: "v2"}`),
		"old.yaml":      "",
		"new.yaml":      configMap("new", "done", `{version: "v2"}`),
	}),
	"v3": shopVersion(map[string]string{
		"settings.yaml":   configMap("settings", "settings", `{version: "v3"}`),
		"web.yaml.gotmpl": strings.ReplaceAll(shop["web.yaml.gotmpl"], "app: web", "app: shop"),
	}),
}

// push puts the versions of shop into a registry, and returns the repository.
func push(t *testing.T, host string) string {
	t.Helper()
	repository := host + "/shop"
	for tag, files := range versions {
		system := fstest.MapFS{}
		for path, content := range files {
			system[path] = &fstest.MapFile{Data: []byte(content)}
		}
		image, _, err := packagebuilder.Build(t.Context(), packageloader.FromFS(system), packagebuilder.BuildOptions{})
		require.NoError(t, err)
		_, err = packagebuilder.Push(t.Context(), image, []string{repository + ":" + tag}, registry.Options{})
		require.NoError(t, err)
	}
	return repository
}
