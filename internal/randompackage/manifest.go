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
	if g.dependencies = g.oneIn(3); g.dependencies {
		spec["repositories"] = []any{map[string]any{"image": "registry.example.com/index:latest"}}
		spec["dependencies"] = []any{map[string]any{"image": map[string]any{"name": "db", "package": "db.index", "range": ">=1.4.0"}}}
	}
	if g.dependencies || g.oneIn(2) {
		spec["images"] = g.lock()
	}
	if g.oneIn(4) {
		spec["constraints"] = []any{map[string]any{"platform": []any{"Kubernetes"}}, map[string]any{"uniqueInScope": map[string]any{}}}
	}
	manifest := map[string]any{
		"apiVersion": "manifests.package-operator.run/v1alpha1", "kind": "PackageManifest",
		"metadata": map[string]any{"name": g.name, "labels": map[string]any{"not": "copied"}}, "spec": spec,
	}
	if g.oneIn(5) {
		manifest["test"] = map[string]any{"template": []any{map[string]any{"name": "a", "context": map[string]any{"config": map[string]any{}}}}}
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
		image := fmt.Sprintf(g.pick("registry.example.com/%s:v%d", "localhost:5000/a/%s:v%d", "%s:1.%d", "org/%s:%d", "docker.io/library/%s:%d", "quay.io/b-c/d/%s:v%d-x_y"), name, i)
		images = append(images, map[string]any{"name": name, "image": image})
		locked = append(locked, map[string]any{
			"name": name, "image": image, "digest": g.digest(),
		})
		g.images = append(g.images, fmt.Sprint(name))
	}
	if g.oneIn(3) { // beyond those of the manifest
		locked = append(locked, map[string]any{"name": "spare", "image": "registry.example.com/spare", "digest": g.digest()})
		g.images = append(g.images, "spare")
	}
	spec := map[string]any{"images": locked}
	if g.dependencies {
		spec["dependencies"] = []any{map[string]any{
			"name": "db", "image": "registry.example.com/packages/db:v1.4.2", "digest": g.digest(), "version": "1.4.2",
		}}
	}
	if len(locked) > 0 || g.dependencies {
		lock := map[string]any{"apiVersion": "manifests.package-operator.run/v1alpha1", "kind": "PackageManifestLock", "spec": spec}
		g.write(g.pick("manifest.lock.yaml", "manifest.lock.yml"), mustText(yaml.Marshal(lock)))
	}
	return images
}

func (g *generator) digest() string {
	if g.oneIn(5) {
		return "sha512:" + strings.Repeat(g.pick("1", "bc"), 128)[:128]
	}
	return "sha256:" + strings.Repeat(g.pick("0", "a", "7f"), 64)[:64]
}

func (g *generator) probes() []any {
	var probes []any
	for range g.IntN(3) {
		probe := []map[string]any{
			{"condition": map[string]any{"type": "Available", "status": "True"}},
			{"fieldsEqual": map[string]any{"fieldA": ".spec.replicas", "fieldB": ".status.replicas"}},
			{"cel": map[string]any{"rule": "self.metadata.name != ''", "message": "has a name <&>"}},
			{"fieldValue": map[string]any{"fieldPath": ".status.phase", "value": g.pick("Ready", "3", "true")}},
			{"cel": map[string]any{"rule": "self.kind != ''"}},
		}[g.IntN(5)]
		selector := map[string]any{}
		if !g.oneIn(3) {
			selector["kind"] = map[string]any{"group": g.pick("apps", ""), "kind": "Deployment"}
		}
		switch g.IntN(4) {
		case 0:
			selector["selector"] = map[string]any{"matchLabels": map[string]any{"app": "x"}}
		case 1:
			selector["selector"] = map[string]any{"matchExpressions": []any{
				map[string]any{"key": "app", "operator": "In", "values": []any{"x", "y"}}, map[string]any{"key": "tier", "operator": "Exists"},
			}}
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
		glob := g.pick("**/manifest.yaml", "*-[0-2].yaml", "many/[!5-9]-*", "a/*", "a/**", "**.yml", "*.yaml", "Z/static-*.yaml", "{a,a-b}/*", "a?b/*", "ä/*")
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
			"size(images) > 1", "'app' in images", "[1, 2, 3].exists(x, x > 2)", "size(config) > 3", "'db' in dependencies",
			"has(environment.proxy)", "has(environment.hyperShift) && has(environment.hyperShift.hostedCluster)",
			"images.exists(n, images[n].contains('@sha512:'))", "config.all(k, k.startsWith('p'))",
			"['a', 'b'].exists_one(x, x == 'a') && size(config.map(k, k)) < 6", "config.filter(k, k.endsWith('1')).size() == 0",
			"environment.kubernetes.version.split('.')[1] == '31'", "'a-b'.replace('-', '+').upperAscii() == 'A+B'",
			"timestamp('2024-01-01T00:00:00Z') < timestamp('2024-01-02T00:00:00Z')", "duration('90s') == duration('1m30s')",
			"7 / 2 == 3 && -7 % 3 == -1 && 7u > 3", "1.5 * 2.0 > 2", "int('7') + 1 == 8", "type(1) == int", "{'a': [1, {'b': null}]}.a[1].b == null",
			"b'abc' == bytes('abc')", "'\u00e9'.size() == 1")
	}
	p := g.properties[g.IntN(len(g.properties))]
	name, term := "config."+p.name, ""
	switch p.kind {
	case "string", "choice", "formatted", "secret":
		term = g.pick(name+` == "web"`, "size("+name+") > 2", name+".matches('^[a-m]')", name+".contains('e')")
	case "integer", "big", "joined":
		term = g.pick(name+" > 3", name+" in [0, 1, 7]", name+" % 2 == 1", name+" > 2.5")
	case "number":
		term = name + " > 0.75"
	case "boolean":
		term = name
	case "strings", "ports", "map", "any", "object", "objects", "mapped":
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
