package randompackage

import (
	"encoding/json"
	"fmt"
	"strings"

	"sigs.k8s.io/yaml"
)

// manifestText writes the manifest, and the lock where there is one.
func (g *generator) manifestText() string {
	spec := map[string]any{"scopes": []any{"Namespaced", "Cluster"}[:1+g.IntN(2)]}
	var phases []any
	for _, name := range g.phases {
		phase := map[string]any{"name": name}
		if g.oneIn(4) {
			phase["class"] = "hosted-cluster"
		}
		phases = append(phases, phase)
	}
	spec["phases"] = phases
	if g.properties != nil {
		spec["config"] = map[string]any{"openAPIV3Schema": objectSchema(g.properties)}
	}
	if probes := g.probes(); probes != nil {
		spec["availabilityProbes"] = probes
	}
	if filter := g.filter(); len(filter) > 0 {
		spec["filter"] = filter
	}
	if g.components {
		spec["components"] = map[string]any{}
	}
	if g.oneIn(2) {
		spec["images"] = g.lock()
	}
	manifest := map[string]any{
		"apiVersion": "manifests.package-operator.run/v1alpha1", "kind": "PackageManifest",
		"metadata": map[string]any{"name": g.name}, "spec": spec,
	}
	if g.oneIn(3) {
		return mustText(json.MarshalIndent(manifest, "", "  "))
	}
	return "# the manifest\n" + mustText(yaml.Marshal(manifest))
}

// lock writes the lock and returns the images of the manifest.
func (g *generator) lock() []any {
	var images, locked []any
	for i, name := range g.someOf("app", "proxy", "job") {
		image := fmt.Sprintf("registry.example.com/%s:v%d", name, i)
		images = append(images, map[string]any{"name": name, "image": image})
		locked = append(locked, map[string]any{
			"name": name, "image": image, "digest": "sha256:" + strings.Repeat(g.pick("0", "a", "7f"), 64)[:64],
		})
		g.images = append(g.images, fmt.Sprint(name))
	}
	if images != nil {
		lock := map[string]any{
			"apiVersion": "manifests.package-operator.run/v1alpha1", "kind": "PackageManifestLock",
			"spec": map[string]any{"images": locked},
		}
		g.write("manifest.lock.yaml", mustText(yaml.Marshal(lock)))
	}
	return images
}

func (g *generator) probes() []any {
	var probes []any
	for range g.IntN(3) {
		probe := []map[string]any{
			{"condition": map[string]any{"type": "Available", "status": "True"}},
			{"fieldsEqual": map[string]any{"fieldA": ".spec.replicas", "fieldB": ".status.replicas"}},
			{"cel": map[string]any{"rule": "self.metadata.name != ''", "message": "has a name <&>"}},
		}[g.IntN(3)]
		selector := map[string]any{"kind": map[string]any{"group": "apps", "kind": "Deployment"}}
		if g.oneIn(2) {
			selector["selector"] = map[string]any{"matchLabels": map[string]any{"app": "x"}}
		}
		probes = append(probes, map[string]any{"probes": []any{probe}, "selector": selector})
	}
	return probes
}

func (g *generator) filter() map[string]any {
	filter := map[string]any{}
	var conditions, paths []any
	for i := range g.IntN(4) {
		name := fmt.Sprintf("c%d", i)
		conditions = append(conditions, map[string]any{"name": name, "expression": g.expression()})
		g.conditions = append(g.conditions, name)
	}
	for range g.IntN(3) {
		glob := g.pick("a/*", "a/**", "**.yml", "*.yaml", "Z/static-*.yaml", "{a,a-b}/*", "a?b/*", "ä/*")
		paths = append(paths, map[string]any{"glob": glob, "expression": g.expression()})
	}
	if conditions != nil {
		filter["conditions"] = conditions
	}
	if paths != nil {
		filter["paths"] = paths
	}
	return filter
}

// expression returns a condition that can be evaluated whatever the context.
func (g *generator) expression() string {
	switch g.IntN(6) {
	case 0:
		return g.term() + g.pick(" && ", " || ") + g.term()
	case 1:
		return "!(" + g.term() + ")"
	case 2:
		return g.term() + " ? " + g.term() + " : " + g.term()
	default:
		return g.term()
	}
}

func (g *generator) term() string {
	if len(g.conditions) > 0 && g.oneIn(3) {
		return "cond." + g.pick(g.conditions...)
	}
	if len(g.properties) == 0 || g.oneIn(4) {
		return g.pick("true", "1 < 2", "has(environment.openShift)", "environment.kubernetes.version.startsWith('1.3')",
			"size(images) > 1", "'app' in images", "[1, 2, 3].exists(x, x > 2)", "size(config) > 3")
	}
	p := g.properties[g.IntN(len(g.properties))]
	name, term := "config."+p.name, ""
	switch p.kind {
	case "string", "choice":
		term = g.pick(name+` == "web"`, "size("+name+") > 2", name+".matches('^[a-m]')", name+".contains('e')")
	case "integer", "big":
		term = g.pick(name+" > 3", name+" in [0, 1, 7]", name+" % 2 == 1", name+" > 2.5")
	case "number":
		term = name + " > 0.75"
	case "boolean":
		term = name
	case "strings", "ports", "map", "any", "object":
		term = g.pick("size("+name+") > 1", "size("+name+") == 0")
	case "nullable":
		term = name + " != null"
	default:
		term = "string(" + name + ") == '80'"
	}
	if !p.always {
		return "(has(" + name + ") && " + term + ")"
	}
	return term
}

func mustText(text []byte, err error) string {
	if err != nil {
		panic(err) // of plain values
	}
	return string(text)
}
