package graph

import (
	"cmp"
	"slices"
)

// Sizes of the picture, in pixels. All coordinates are whole numbers, so that the
// picture is the same on every machine.
const (
	margin       = 16
	headerHeight = 44
	boxHeight    = 46
	boxGap       = 14
	laneHeight   = 8
	columnGap    = 84
	columnPad    = 12
	legendHeight = 34
	charWidth    = 7
	minChars     = 16
	maxChars     = 34
	boxPadding   = 14
	sweeps       = 6
)

// layout is where everything stands. Each phase is a column. An edge over several
// columns runs through a lane in each that it crosses, so that it passes between the
// boxes and not behind them.
type layout struct {
	graph         *Graph
	boxWidths     []int   // of the boxes of each column
	columns       [][]int // places of each column, from top to bottom
	places        []place // those of the nodes first, then lanes
	routes        [][]int // for each edge the places that it runs through, from left to right
	width, height int
}

// place is a box or a lane.
type place struct {
	column, x, y, height int
	// neighbours are the places that edges join it with in other columns.
	neighbours []int
}

func (p place) middle() int { return p.y + p.height/2 }

func newLayout(g *Graph) *layout {
	l := &layout{graph: g, columns: make([][]int, len(g.Phases))}
	for _, phase := range g.Phases {
		l.boxWidths = append(l.boxWidths, boxWidthFor(g, phase))
	}
	for i, node := range g.Nodes {
		l.places = append(l.places, place{column: node.Phase, height: boxHeight})
		l.columns[node.Phase] = append(l.columns[node.Phase], i)
	}
	for _, edge := range g.Edges {
		l.route(edge)
	}
	l.stack()
	for range sweeps {
		for column := 1; column < len(l.columns); column++ {
			l.sort(column, column-1)
		}
		for column := len(l.columns) - 2; column >= 0; column-- {
			l.sort(column, column+1)
		}
	}
	return l
}

func boxWidthFor(g *Graph, phase Phase) int {
	longest := max(minChars, len([]rune(phase.Name+phase.Class))+5)
	for _, i := range phase.Nodes {
		longest = max(longest, len([]rune(g.Nodes[i].Name)), len([]rune(g.Nodes[i].Kind)))
	}
	return min(longest, maxChars)*charWidth + 2*boxPadding + 6
}

// route lays an edge through lanes.
func (l *layout) route(edge Edge) {
	left, right := edge.From, edge.To
	if l.places[left].column > l.places[right].column {
		left, right = right, left
	}
	route := []int{left}
	for column := l.places[left].column + 1; column < l.places[right].column; column++ {
		lane := len(l.places)
		l.places = append(l.places, place{column: column, height: laneHeight})
		l.columns[column] = append(l.columns[column], lane)
		route = append(route, lane)
	}
	if left != right {
		route = append(route, right)
	}
	if l.places[left].column != l.places[right].column {
		for i := 1; i < len(route); i++ {
			a, b := route[i-1], route[i]
			l.places[a].neighbours = append(l.places[a].neighbours, b)
			l.places[b].neighbours = append(l.places[b].neighbours, a)
		}
	}
	l.routes = append(l.routes, route)
}

// sort orders a column by where the neighbours in another column are, which takes
// crossings away.
func (l *layout) sort(column, by int) {
	weight := map[int]int{}
	for _, id := range l.columns[column] {
		sum, count := 0, 0
		for _, neighbour := range l.places[id].neighbours {
			if l.places[neighbour].column == by {
				sum += l.places[neighbour].middle()
				count++
			}
		}
		weight[id] = l.places[id].middle()
		if count > 0 {
			weight[id] = sum / count
		}
	}
	slices.SortStableFunc(l.columns[column], func(a, b int) int { return cmp.Compare(weight[a], weight[b]) })
	l.stack()
}

// stack gives each place its coordinates.
func (l *layout) stack() {
	l.width = margin
	tallest := 0
	for i, column := range l.columns {
		x, y := l.width+columnPad, margin+headerHeight
		for _, id := range column {
			l.places[id].x, l.places[id].y = x, y
			y += l.places[id].height + boxGap
		}
		tallest = max(tallest, y)
		l.width += l.boxWidths[i] + 2*columnPad
		if i < len(l.columns)-1 {
			l.width += columnGap
		}
	}
	l.width += margin + l.bulge()
	l.height = max(tallest, margin+headerHeight) + margin
}

// bulge is the room for edges inside the last column, which run on its right.
func (l *layout) bulge() int {
	room := 0
	for _, route := range l.routes {
		first, last := l.places[route[0]], l.places[route[len(route)-1]]
		if first.column == last.column && first.column == len(l.columns)-1 {
			room = max(room, bend(first.middle(), last.middle())*3/4-columnPad)
		}
	}
	return max(room, 0)
}

// bend is how far an edge inside a column leaves it.
func bend(from, to int) int {
	distance := max(from-to, to-from)
	return min(18+distance/10, columnGap-24)
}
