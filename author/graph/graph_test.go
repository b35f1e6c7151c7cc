package graph_test

import (
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/author/graph"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
)

var update = flag.Bool("update", false, "write the golden files")

// instanceOf makes an instance of objects in YAML; the annotation "phase" of each
// chooses its phase.
func instanceOf(t *testing.T, text string) *packagetypes.Instance {
	t.Helper()
	instance := &packagetypes.Instance{Name: "shop", Namespace: "shop"}
	for i, document := range strings.Split(text, "\n---\n") {
		var content map[string]any
		require.NoError(t, yaml.UnmarshalStrict([]byte(document), &content))
		phase, _ := content["phase"].(string)
		delete(content, "phase")
		object := packagetypes.NewObject(content, diagnostic.Position{File: "a.yaml", Line: i + 1}, nil, "")
		last := len(instance.Phases) - 1
		if last < 0 || instance.Phases[last].Name != phase {
			instance.Phases = append(instance.Phases, packagetypes.Phase{Name: phase})
			last++
		}
		instance.Phases[last].Objects = append(instance.Phases[last].Objects, object)
	}
	return instance
}

// edges writes the edges as lines of text.
func edges(g *graph.Graph) []string {
	lines := []string{}
	name := func(i int) string { return g.Nodes[i].Kind + " " + g.Nodes[i].Name }
	for _, edge := range g.Edges {
		lines = append(lines, fmt.Sprintf("%s %s %s", name(edge.From), edge.Relation, name(edge.To)))
	}
	return lines
}

func TestGolden(t *testing.T) {
	t.Parallel()
	archives, err := filepath.Glob("testdata/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, archives)
	for _, path := range archives {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(path)
			require.NoError(t, err)
			drawn := graph.New(instanceOf(t, string(archive.Files[0].Data)))
			got := []txtar.File{
				archive.Files[0],
				{Name: "edges", Data: []byte(strings.Join(edges(drawn), "\n") + "\n")},
				{Name: "mermaid", Data: drawn.Mermaid()},
				{Name: "dot", Data: drawn.DOT()},
				{Name: "svg", Data: drawn.SVG(graph.SVGOptions{Embedded: true})},
			}
			if *update {
				require.NoError(t, os.WriteFile(path, txtar.Format(&txtar.Archive{Comment: archive.Comment, Files: got}), 0o644))
				return
			}
			require.Len(t, archive.Files, len(got))
			for i, file := range got {
				assert.Equal(t, string(archive.Files[i].Data), string(file.Data), "%s; go test ./author/graph -update writes it", file.Name)
			}
		})
	}
}

// hostile is a name that would end what it stands in, in each of the languages.
const hostile = "a\"]; b --> c <script>alert(1)</script> ' & \\N `x` #quot; %% \u2028 \x01 ]]> \xff end"

func TestHostileNamesStayNames(t *testing.T) {
	t.Parallel()
	object := func(name string) packagetypes.Object {
		return packagetypes.NewObject(map[string]any{
			"apiVersion": name + "/v1", "kind": name, "metadata": map[string]any{"name": name, "namespace": name},
		}, diagnostic.Position{}, nil, "")
	}
	instance := &packagetypes.Instance{Name: hostile, Phases: []packagetypes.Phase{
		{Name: hostile, Class: hostile, Objects: []packagetypes.Object{object(hostile), object("plain")}},
	}}
	drawn := graph.New(instance)
	for line := range strings.Lines(string(drawn.Mermaid())) {
		assert.Contains(t, []int{0, 2}, strings.Count(line, `"`), line)
		assert.NotContains(t, line, "<script")
		assert.NotContains(t, line, "`")
	}
	unescaped := strings.ReplaceAll(strings.ReplaceAll(string(drawn.DOT()), `\\`, ""), `\"`, "")
	for line := range strings.Lines(unescaped) {
		assert.Zero(t, strings.Count(line, `"`)%2, line)
	}
	decoder := xml.NewDecoder(strings.NewReader(string(drawn.SVG(graph.SVGOptions{}))))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		if element, ok := token.(xml.StartElement); ok {
			assert.NotEqual(t, "script", element.Name.Local)
		}
	}
}

// Edges run between boxes: over a phase in between, through a lane of its own.
func TestPicturesOfAnyShape(t *testing.T) {
	t.Parallel()
	for _, phases := range []int{0, 1, 2, 9} {
		for _, objects := range []int{0, 1, 40} {
			instance := &packagetypes.Instance{Name: "any", Namespace: "any"}
			for i := range phases {
				phase := packagetypes.Phase{Name: fmt.Sprint("phase", i)}
				for j := range objects {
					phase.Objects = append(phase.Objects, packagetypes.NewObject(map[string]any{
						"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": fmt.Sprint("pod", i, "-", j)},
						"spec": map[string]any{"serviceAccountName": fmt.Sprint("account", j)},
					}, diagnostic.Position{}, nil, ""), packagetypes.NewObject(map[string]any{
						"apiVersion": "v1", "kind": "ServiceAccount", "metadata": map[string]any{"name": fmt.Sprint("account", j)},
					}, diagnostic.Position{}, nil, ""))
				}
				instance.Phases = append(instance.Phases, phase)
			}
			drawn := graph.New(instance)
			first := drawn.SVG(graph.SVGOptions{})
			assert.Equal(t, string(first), string(graph.New(instance).SVG(graph.SVGOptions{})))
			assert.Len(t, drawn.Edges, phases*objects)
			assert.NotContains(t, string(first), `"-`, "nothing lies outside")
		}
	}
}
