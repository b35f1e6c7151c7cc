package graph

import (
	"cmp"
	"fmt"
	"html"
	"slices"
	"strings"
	"unicode"
)

// SVGOptions say how a picture is written; the zero value is a file of its own.
type SVGOptions struct {
	// Embedded leaves out what a file of its own needs and a page that holds the
	// picture does not: the namespace, and the styles, which [Styles] returns.
	Embedded bool
	// Prefix begins the identifiers in the picture, so that a page can hold several.
	// It consists of letters, digits and "-".
	Prefix string
}

// SVG returns the graph as a picture: phases from left to right in the order of
// installation, objects below one another, and edges from users to what they use.
// Colours follow the reader's preference for light or dark.
func (g *Graph) SVG(options SVGOptions) []byte {
	p := &picture{layout: newLayout(g), options: options}
	if options.Prefix == "" {
		p.options.Prefix = "graph"
	}
	p.begin()
	for i := range g.Phases {
		p.phase(i)
	}
	p.edges()
	for i := range g.Nodes {
		p.node(i)
	}
	p.legend()
	p.out.WriteString("</svg>\n")
	return []byte(p.out.String())
}

type picture struct {
	*layout
	options SVGOptions
	out     strings.Builder
}

func (p *picture) printf(format string, arguments ...any) {
	fmt.Fprintf(&p.out, format, arguments...)
}

func (p *picture) begin() {
	if len(p.used()) > 0 {
		p.height += legendHeight
	}
	space := ""
	if !p.options.Embedded {
		space = ` xmlns="http://www.w3.org/2000/svg"`
	}
	label := fmt.Sprintf("Phases of %s: %d objects in %d phases", p.graph.Name, len(p.graph.Nodes), len(p.graph.Phases))
	p.printf("<svg%s class=\"ps-graph\" role=\"img\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" aria-label=\"%s\">\n",
		space, p.width, p.height, p.width, p.height, escaped(label))
	if !p.options.Embedded {
		p.printf("<style>%s%s</style>\n", standaloneStyles, Styles())
		p.printf("<rect class=\"ps-paper\" width=\"%d\" height=\"%d\"/>\n", p.width, p.height)
	}
	p.out.WriteString("<defs>")
	for _, family := range families {
		p.printf("<marker id=\"%s-%s\" class=\"ps-tip ps-%s\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto-start-reverse\"><path d=\"M0 0.8 8 4 0 7.2z\"/></marker>",
			p.options.Prefix, family.class, family.class)
	}
	p.out.WriteString("</defs>\n")
}

// phase draws the column of a phase.
func (p *picture) phase(i int) {
	phase := p.graph.Phases[i]
	x := margin
	for _, before := range p.boxWidths[:i] {
		x += before + 2*columnPad + columnGap
	}
	width, bottom := p.boxWidths[i]+2*columnPad, p.height-margin
	if len(p.used()) > 0 {
		bottom -= legendHeight
	}
	p.printf("<g class=\"ps-phase\"><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"10\"/>", x, margin, width, bottom-margin)
	p.printf("<circle cx=\"%d\" cy=\"%d\" r=\"11\"/><text class=\"ps-number\" x=\"%d\" y=\"%d\">%d</text>", x+columnPad+11, margin+23, x+columnPad+11, margin+27, i+1)
	name := shortened(phase.Name, (p.boxWidths[i]-30)/8)
	p.printf("<text class=\"ps-heading\" x=\"%d\" y=\"%d\">%s", x+columnPad+30, margin+28, escaped(name))
	if phase.Class != "" {
		p.printf(" <tspan class=\"ps-kind\">%s</tspan>", escaped(shortened(phase.Class, maxChars-len([]rune(name)))))
	}
	p.printf("<title>%s</title></text></g>\n", escaped(phase.heading(i)))
	if i > 0 {
		y := margin + 23
		p.printf("<path class=\"ps-next\" d=\"M%d %dh%dm-6 -5 6 5-6 5\"/>\n", x-columnGap+8, y, columnGap-16)
	}
}

func (p *picture) node(i int) {
	node, at := p.graph.Nodes[i], p.places[i]
	width := p.boxWidths[at.column]
	p.printf("<g class=\"ps-node\" data-node=\"%d\"><title>%s</title><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\"/>",
		i, escaped(node.title()), at.x, at.y, width, at.height)
	p.printf("<text class=\"ps-kind\" x=\"%d\" y=\"%d\">%s</text>", at.x+boxPadding, at.y+18, escaped(shortened(node.Kind, width/charWidth-4)))
	p.printf("<text class=\"ps-name\" x=\"%d\" y=\"%d\">%s</text></g>\n", at.x+boxPadding, at.y+35, escaped(shortened(node.Name, (width-2*boxPadding)/charWidth+1)))
}

// port is one end of an edge at a box.
type port struct{ place, side int }

// edges draws all edges. Where several meet at one side of a box, they keep apart.
func (p *picture) edges() {
	meeting := map[port][]int{}
	for i, route := range p.routes {
		left, right := p.ports(route)
		meeting[left] = append(meeting[left], i)
		meeting[right] = append(meeting[right], i)
	}
	for at, edges := range meeting {
		slices.SortStableFunc(edges, func(a, b int) int {
			return cmp.Or(cmp.Compare(p.places[p.other(a, at)].y, p.places[p.other(b, at)].y), cmp.Compare(a, b))
		})
	}
	height := func(at port, edge int) int {
		place, edges := p.places[at.place], meeting[at]
		return place.y + (slices.Index(edges, edge)+1)*place.height/(len(edges)+1)
	}
	for i, edge := range p.graph.Edges {
		left, right := p.ports(p.routes[i])
		path := p.path(p.routes[i], height(left, i), height(right, i))
		tip := "marker-start"
		if edge.To == right.place {
			tip = "marker-end"
		}
		class := familyOf(edge.Relation)
		p.printf("<path class=\"ps-edge ps-%s\" data-from=\"%d\" data-to=\"%d\" d=\"%s\" %s=\"url(#%s-%s)\"><title>%s</title></path>\n",
			class, edge.From, edge.To, path, tip, p.options.Prefix, class,
			escaped(p.graph.Nodes[edge.From].title()+" "+string(edge.Relation)+" "+p.graph.Nodes[edge.To].title()))
	}
}

const (
	leftSide = iota
	rightSide
)

// ports returns where an edge begins and ends, the one that is further left first. In
// one column both are on the right.
func (p *picture) ports(route []int) (left, right port) {
	first, last := route[0], route[len(route)-1]
	if p.places[first].column == p.places[last].column {
		return port{first, rightSide}, port{last, rightSide}
	}
	return port{first, rightSide}, port{last, leftSide}
}

// other is the place that an edge goes to, seen from one end.
func (p *picture) other(edge int, from port) int {
	route := p.routes[edge]
	if route[0] == from.place {
		return route[1]
	}
	return route[len(route)-2]
}

// path is the line of an edge.
func (p *picture) path(route []int, from, to int) string {
	first, last := p.places[route[0]], p.places[route[len(route)-1]]
	if first.column == last.column {
		x := first.x + p.boxWidths[first.column]
		out := bend(from, to)
		return fmt.Sprintf("M%d %dC%d %d %d %d %d %d", x, from, x+out, from, x+out, to, x, to)
	}
	var path strings.Builder
	x, y := first.x+p.boxWidths[first.column], from
	fmt.Fprintf(&path, "M%d %d", x, y)
	for _, id := range route[1:] {
		lane := p.places[id]
		next := lane.middle()
		if id == route[len(route)-1] {
			next = to
		}
		half := (lane.x - x) / 2
		fmt.Fprintf(&path, "C%d %d %d %d %d %d", x+half, y, lane.x-half, next, lane.x, next)
		if id != route[len(route)-1] {
			fmt.Fprintf(&path, "H%d", lane.x+p.boxWidths[lane.column])
		}
		x, y = lane.x+p.boxWidths[lane.column], next
	}
	return path.String()
}

// escaped writes text for XML, in which control characters cannot stand at all.
func escaped(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == 0xfffe || r == 0xffff {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
	return html.EscapeString(text)
}

// shortened cuts text that does not fit.
func shortened(text string, limit int) string {
	runes := []rune(text)
	if limit = max(limit, 4); len(runes) <= limit {
		return text
	}
	return string(runes[:limit-1]) + "…"
}
