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
			b.WriteString("apiVersion: v1\nkind: List\nitems:\n")
			for range 1 + g.IntN(3) {
				b.WriteString(join(item(g.object(g.mapping(3)))))
			}
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
	if g.oneIn(3) {
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
