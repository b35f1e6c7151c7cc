package graph

import (
	"cmp"
	"slices"

	"github.com/packstage/packstage/packagetypes"
)

// Graph is a rendered package as phases, objects and edges. It is read-only.
type Graph struct {
	// Name of the instance.
	Name   string
	Phases []Phase
	// Nodes are the objects in the order of installation.
	Nodes []Node
	// Edges are sorted by the nodes that they join.
	Edges []Edge
}

// Phase is a step of the installation.
type Phase struct {
	Name, Class string
	// Nodes are indexes of [Graph.Nodes].
	Nodes []int
}

// Node is an object.
type Node struct {
	// Phase is an index of [Graph.Phases].
	Phase                        int
	Group, Kind, Namespace, Name string
}

// Edge says that one object uses another. From and To are indexes of [Graph.Nodes].
type Edge struct {
	From, To int
	Relation Relation
}

// Relation is why an object uses another.
type Relation string

// The relations.
const (
	RunsAs     Relation = "runs as"
	ReadsFrom  Relation = "reads"
	Mounts     Relation = "mounts"
	PullsWith  Relation = "pulls with"
	Selects    Relation = "selects"
	RoutesTo   Relation = "routes to"
	Calls      Relation = "calls"
	DefinedBy  Relation = "is defined by"
	GivesRole  Relation = "gives role"
	GivesTo    Relation = "gives it to"
	Scales     Relation = "scales"
	GovernedBy Relation = "is governed by"
	References Relation = "refers to"
)

// New returns the graph of an instance.
func New(instance *packagetypes.Instance) *Graph {
	g := &Graph{Name: instance.Name}
	finder := newFinder(instance)
	for _, phase := range instance.Phases {
		drawn := Phase{Name: phase.Name, Class: phase.Class}
		for _, object := range phase.Objects {
			kind := object.GroupVersionKind()
			drawn.Nodes = append(drawn.Nodes, len(g.Nodes))
			g.Nodes = append(g.Nodes, Node{
				Phase: len(g.Phases), Group: kind.Group, Kind: kind.Kind, Namespace: object.Namespace(), Name: nameOf(object),
			})
		}
		g.Phases = append(g.Phases, drawn)
	}
	seen := map[Edge]bool{}
	for i, object := range finder.objects {
		for _, edge := range finder.references(i, object) {
			if edge.To != i && !seen[edge] {
				seen[edge] = true
				g.Edges = append(g.Edges, edge)
			}
		}
	}
	slices.SortStableFunc(g.Edges, func(a, b Edge) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(a.Relation, b.Relation))
	})
	return g
}

// nameOf is the name of an object, or what it is generated from.
func nameOf(object packagetypes.Object) string {
	if name := object.Name(); name != "" {
		return name
	}
	generated, _ := at(object.Content(), "metadata", "generateName").(string)
	return generated + "*"
}

// title names a node for people.
func (n Node) title() string {
	kind := n.Kind
	if n.Group != "" {
		kind += "." + n.Group
	}
	name := n.Name
	if n.Namespace != "" {
		name = n.Namespace + "/" + name
	}
	return kind + " " + name
}
