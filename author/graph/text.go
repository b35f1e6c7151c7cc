package graph

import (
	"fmt"
	"strings"
	"unicode"
)

// Mermaid returns the graph as a Mermaid flowchart, as Markdown of GitHub and GitLab
// shows it in a block of code named "mermaid".
func (g *Graph) Mermaid() []byte {
	var out strings.Builder
	out.WriteString("flowchart LR\n")
	for i, phase := range g.Phases {
		fmt.Fprintf(&out, "  subgraph p%d[\"%s\"]\n", i, mermaidText(phase.heading(i)))
		for _, node := range phase.Nodes {
			n := g.Nodes[node]
			fmt.Fprintf(&out, "    n%d[\"%s<br>%s\"]\n", node, mermaidText(n.Kind), mermaidText(n.label()))
		}
		out.WriteString("  end\n")
	}
	for i := 1; i < len(g.Phases); i++ {
		fmt.Fprintf(&out, "  p%d ==> p%d\n", i-1, i)
	}
	for _, edge := range g.Edges {
		fmt.Fprintf(&out, "  n%d -. \"%s\" .-> n%d\n", edge.From, edge.Relation, edge.To)
	}
	return []byte(out.String())
}

// mermaidText writes everything that Mermaid might read as an entity. What is not
// printed would end a line, or say something to the terminal.
func mermaidText(text string) string {
	var out strings.Builder
	for _, r := range text {
		switch {
		case !unicode.IsPrint(r):
			out.WriteRune(' ')
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '.', r == '/', r == ' ', r == '_', r > '~':
			out.WriteRune(r)
		default:
			fmt.Fprintf(&out, "#%d;", r)
		}
	}
	return out.String()
}

// DOT returns the graph in the language of Graphviz.
func (g *Graph) DOT() []byte {
	var out strings.Builder
	fmt.Fprintf(&out, "digraph %s {\n", dotText(g.Name))
	out.WriteString("  rankdir=LR;\n  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\", fontsize=10];\n")
	for i, phase := range g.Phases {
		fmt.Fprintf(&out, "  subgraph cluster_%d {\n    label=%s;\n", i, dotText(phase.heading(i)))
		for _, node := range phase.Nodes {
			n := g.Nodes[node]
			fmt.Fprintf(&out, "    n%d [label=%s];\n", node, dotText(n.Kind+"\n"+n.label()))
		}
		out.WriteString("  }\n")
	}
	for _, edge := range g.Edges {
		// Constraint keeps what is used on the left, where its phase is.
		fmt.Fprintf(&out, "  n%d -> n%d [label=%s, dir=back];\n", edge.To, edge.From, dotText(string(edge.Relation)))
	}
	out.WriteString("}\n")
	return []byte(out.String())
}

// dotText writes a quoted string; a line feed is a new line of a label.
func dotText(text string) string {
	var out strings.Builder
	out.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			out.WriteString(`\` + string(r))
		case r == '\n':
			out.WriteString(`\n`)
		case !unicode.IsPrint(r):
			out.WriteByte(' ')
		default:
			out.WriteRune(r)
		}
	}
	out.WriteByte('"')
	return out.String()
}

func (p Phase) heading(index int) string {
	heading := fmt.Sprintf("%d %s", index+1, p.Name)
	if p.Class != "" {
		heading += " (" + p.Class + ")"
	}
	return heading
}

// label is the name of a node with its namespace.
func (n Node) label() string {
	if n.Namespace == "" {
		return n.Name
	}
	return n.Namespace + "/" + n.Name
}
