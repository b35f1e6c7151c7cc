package randompackage

import (
	"fmt"
	"strings"
)

// staticFile writes a file of objects.
func (g *generator) staticFile() string {
	var b strings.Builder
	if g.oneIn(6) {
		b.WriteString(g.pick("\uFEFF", "%YAML 1.1\n---\n", "# a comment first\n", "---\n---\n", "--- # begins\n"))
	}
	for i := range 1 + g.IntN(4) {
		if i > 0 {
			b.WriteString(g.pick("---\n", "--- # next\n", "---\t\n", "---\n# nothing\n---\n", "...\n---\n", "---\n~\n---\n"))
		}
		if g.oneIn(6) {
			b.WriteString(join(g.listOfObjects(2)))
			continue
		}
		if g.oneIn(12) {
			b.WriteString(g.flowObject(i > 0) + "\n")
			continue
		}
		b.WriteString(join(g.object(g.mapping(3))))
	}
	text := b.String()
	if g.oneIn(5) {
		text = strings.TrimRight(text, "\n")
	}
	return text
}

// listOfObjects returns the lines of a list, with lists in it.
func (g *generator) listOfObjects(depth int) []string {
	lines := []string{"apiVersion: v1", "kind: List"}
	if g.oneIn(10) {
		return append(lines, "items: []")
	}
	lines = append(lines, "items:")
	for range 1 + g.IntN(3) {
		if depth > 0 && g.oneIn(5) {
			lines = append(lines, item(g.listOfObjects(depth-1))...)
		} else {
			lines = append(lines, item(g.object(g.mapping(3)))...)
		}
	}
	return lines
}

// flowObject writes an object as JSON, as it may stand behind a separator too.
func (g *generator) flowObject(separate bool) string {
	g.objects++
	text := fmt.Sprintf(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"o-%d","annotations":{"package-operator.run/phase":%q}},"data":{"a":"\u00fc<>","b":"1e3","c":"x\ty"},"n":[1,2.50,1e3,null,true]}`,
		g.objects, g.pick(g.phases...))
	if separate && g.oneIn(2) {
		text = "--- " + text
	}
	return text
}

// object returns the lines of an object with what its annotations steer.
func (g *generator) object(body []string) []string {
	g.objects++
	kind := g.pick("v1 ConfigMap", "apps/v1 Deployment", "example.com/v1beta1 Widget", "v1 Secret")
	version, kind, _ := strings.Cut(kind, " ")
	head := []string{"apiVersion: " + version, "kind: " + kind, "metadata:", fmt.Sprintf("  name: o-%d", g.objects)}
	if g.oneIn(20) {
		head[3] = "  generateName: o-"
	}
	if g.oneIn(4) {
		head = append(head, "  namespace: "+g.pick("one", "two"))
	}
	if g.oneIn(10) {
		head = append(head, "  creationTimestamp: null", "  managedFields: []", "  finalizers: [example.com/a]", "  generation: 3")
	}
	if g.oneIn(20) {
		head = append(head, "  labels: "+g.pick("null", "{}"))
	} else if g.oneIn(3) {
		head = append(head, "  labels:", "    app: "+g.pick("web", `"yes"`, "'1'"), "    package-operator.run/package: mine")
	}
	head = append(head, "  annotations:", "    package-operator.run/phase: "+g.pick(g.phases...))
	if g.oneIn(3) {
		head = append(head, "    package-operator.run/condition: "+g.quoted(g.expression()))
	}
	if g.oneIn(6) {
		head = append(head, "    package-operator.run/condition-map: |", "      Available => example.com/Available", "      Ready=>example.com/Ready")
	}
	if g.oneIn(6) {
		head = append(head, "    package-operator.run/collision-protection: "+g.pick("Prevent", "None", "IfNoController"))
	}
	if g.oneIn(4) {
		head = append(head, "    example.com/note: 'kept'")
	}
	if g.oneIn(10) {
		head = append(head, "status: {conditions: ~, replicas: 0}")
	}
	return append(head, append([]string{"spec:"}, indent("  ", body)...)...)
}

// quoted writes an expression as YAML.
func (g *generator) quoted(expression string) string {
	if g.oneIn(3) {
		return `"` + strings.ReplaceAll(expression, `"`, `\"`) + `"`
	}
	return "'" + strings.ReplaceAll(expression, "'", "''") + "'"
}

func join(lines []string) string { return strings.Join(lines, "\n") + "\n" }
