package randompackage

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/packstage/packstage/packagetypes"
)

// Package is a generated package. It is read-only.
type Package struct {
	Seed uint64
	// Files by slash path.
	Files map[string][]byte
	// Cases are what the package is rendered with, some of which are to be refused.
	Cases []Case
	// PruneUnknown drops what configurations have and the schema does not, in place of
	// refusing it.
	PruneUnknown bool
	// Broken says what is wrong with the package itself; "" is nothing.
	Broken string
}

// Case is a component with a context.
type Case struct {
	// Component to render; "" is the root.
	Component string
	Context   packagetypes.Context
}

// casesEach is how many contexts each component gets.
const casesEach = 3

// Generate returns the package of a seed.
func Generate(seed uint64) Package {
	r := random{rand.New(rand.NewPCG(seed, 0x7061636b))} //nolint:gosec // always the same
	pkg := Package{Seed: seed, Files: map[string][]byte{}, PruneUnknown: r.oneIn(3)}
	components := []string{""}
	if r.oneIn(6) {
		components = append(components, "backend", "frontend")[:2+r.IntN(2)]
	}
	broken, many := r.oneIn(16), seed%40 == 7
	for _, component := range components {
		g := &generator{random: r, pkg: &pkg, name: fmt.Sprintf("package-%d", seed), components: component == "" && len(components) > 1}
		if component != "" {
			g.name, g.folder = component, "components/"+component+"/"
		}
		g.generate(broken && component == "")
		if many && component == "" {
			g.manyFiles()
		}
		for range casesEach {
			pkg.Cases = append(pkg.Cases, Case{Component: component, Context: g.context()})
		}
	}
	return pkg
}

// generator makes one component.
type generator struct {
	random
	pkg          *Package
	name         string
	folder       string // of the component, with a slash at the end
	components   bool
	dependencies bool
	phases       []string
	properties   []property
	conditions   []string
	images       []string
	texts        []string // files that templates read
	objects      int
	anchors      int
	blocks       int
	nested       bool // inside something that an anchor marks
}

func (g *generator) generate(broken bool) {
	for i := range 1 + g.IntN(5) {
		g.phases = append(g.phases, fmt.Sprintf("phase-%d", (i*7+3)%10))
	}
	if !g.oneIn(8) {
		g.properties = g.someProperties("p", 2+g.IntN(7), 2)
	}
	g.write(g.pick("manifest.yaml", "manifest.yaml", "manifest.yml"), g.manifestText())
	for i := range g.IntN(4) {
		name := fmt.Sprintf("files/%s-%d.txt", g.pick("a", "b"), i)
		g.texts = append(g.texts, name)
		g.write(name, g.pick("one\ntwo\n", "", "no line break", "a: 1\nb: [x, y]\n", "<&>\"'\n  indented\n"))
	}
	g.write("lib/_helpers.gotmpl", g.helpers())
	for i := range 1 + g.IntN(5) {
		g.write(g.place(fmt.Sprintf("static-%d", i), ".yaml"), g.staticFile())
	}
	for i := range 2 + g.IntN(5) {
		g.write(g.place(fmt.Sprintf("rendered-%d", i), ".yaml.gotmpl"), g.templateFile())
	}
	if g.oneIn(4) {
		g.write("both.yaml", g.staticFile())
		g.write("both.yaml.gotmpl", g.templateFile())
	}
	g.write("README.md", "# "+g.name+"\n")
	g.write("notes.txt.gotmpl", "{{ .config | toJson }}{{ $_ := set .config \"noted\" true }}\n")
	g.write("UPPER.YAML", "not: an object\n")
	g.write("below/manifest.yaml", join(g.object([]string{"in: a folder"})))
	if g.oneIn(2) {
		for i, mutation := range mutations {
			object := join(g.object([]string{fmt.Sprintf("n: %d", i)}))
			g.write(fmt.Sprintf("single/%d.yaml.gotmpl", i), object+"before: {{ toJson . | quote }}\n{{- $_ := "+mutation+" }}\nafter: {{ toJson . | quote }}\n")
		}
		g.write("single/_define.gotmpl", `{{ define "single.define" }}{{ $_ := set .dependencies "single" "x" }}{{ end }}`)
	}
	if g.oneIn(4) {
		g.write("all.yaml", join(g.object(allScalars())))
	}
	if g.oneIn(4) {
		g.write("empty.yaml", g.pick("", "\n", "# nothing\n", "---\n---\n", "null\n", "---\n...\n"))
	}
	if g.oneIn(6) && !g.components && g.folder == "" {
		g.write("components/plain/o.yaml", join(g.object([]string{"components: disabled"})))
	}
	g.write("_fragment.yaml", "not: an object\n")
	g.write(".hidden/file.yaml", "not: [even\n")
	if broken {
		g.breakSomething()
	}
}

func (g *generator) write(path, text string) {
	if g.oneIn(8) {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	g.pkg.Files[g.folder+path] = []byte(text)
}

// place puts a file somewhere in the tree, in names whose order is easy to get wrong.
func (g *generator) place(name, extension string) string {
	if extension == ".yaml" && g.oneIn(5) {
		extension = ".yml"
	}
	return g.pick("", "a/", "a-b/", "a/b/", "a.b/", "Z/", "ä/") + name + extension
}

// random makes choices.
type random struct{ *rand.Rand }

func (r random) oneIn(n int) bool { return r.IntN(n) == 0 }

func (r random) pick(from ...string) string { return from[r.IntN(len(from))] }
