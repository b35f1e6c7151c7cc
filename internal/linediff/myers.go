package linediff

// mostWork bounds the steps of one comparison, so that it ends within a second;
// ordinary files take a thousandth of it.
const mostWork = 50_000_000

// comparison marks which lines of the old text are removed, and which of the new
// text are added. Lines are numbers: equal lines have the same.
type comparison struct {
	old, new       []int
	removed, added []bool
	forward, back  []int // furthest reaching paths, by diagonal
	work           int
}

// compareLines returns the lines to remove and those to add.
func compareLines(old, new []int) (removed, added []bool) {
	size := len(old) + len(new) + 3
	c := &comparison{
		old: old, new: new, removed: make([]bool, len(old)), added: make([]bool, len(new)),
		forward: make([]int, 2*size+1), back: make([]int, 2*size+1),
	}
	c.compare(0, len(old), 0, len(new))
	return c.removed, c.added
}

// compare compares old[oldFrom:oldTo] with new[newFrom:newTo].
func (c *comparison) compare(oldFrom, oldTo, newFrom, newTo int) {
	for oldFrom < oldTo && newFrom < newTo && c.old[oldFrom] == c.new[newFrom] {
		oldFrom, newFrom = oldFrom+1, newFrom+1
	}
	for oldFrom < oldTo && newFrom < newTo && c.old[oldTo-1] == c.new[newTo-1] {
		oldTo, newTo = oldTo-1, newTo-1
	}
	if oldFrom < oldTo && newFrom < newTo {
		if s, found := c.middle(oldFrom, oldTo, newFrom, newTo); found {
			c.compare(oldFrom, s.oldFrom, newFrom, s.newFrom)
			c.compare(s.oldTo, oldTo, s.newTo, newTo)
			return
		}
	}
	for i := oldFrom; i < oldTo; i++ {
		c.removed[i] = true
	}
	for i := newFrom; i < newTo; i++ {
		c.added[i] = true
	}
}

// snake is a run of equal lines, which may be empty.
type snake struct{ oldFrom, newFrom, oldTo, newTo int }

// middle finds the snake in the middle of a shortest path from one end to the
// other: paths grow from both ends until they meet. It gives up, and returns false,
// where that is too much work.
func (c *comparison) middle(oldFrom, oldTo, newFrom, newTo int) (snake, bool) {
	n, m := oldTo-oldFrom, newTo-newFrom
	delta := n - m
	odd := delta%2 != 0
	zero := n + m + 1 // index of diagonal 0
	forward, back := c.forward, c.back
	forward[zero+1], back[zero+1] = 0, 0
	for d := 0; d <= (n+m+1)/2; d++ {
		c.work += 2*d + 1
		if c.work > mostWork {
			return snake{}, false
		}
		for k := -d; k <= d; k += 2 {
			x := forward[zero+k-1] + 1
			if k == -d || k != d && forward[zero+k-1] < forward[zero+k+1] {
				x = forward[zero+k+1]
			}
			y := x - k
			fromX, fromY := x, y
			for x < n && y < m && x >= 0 && y >= 0 && c.old[oldFrom+x] == c.new[newFrom+y] {
				x, y = x+1, y+1
			}
			c.work += x - fromX
			forward[zero+k] = x
			if reverse := delta - k; odd && reverse >= -(d-1) && reverse <= d-1 && x+back[zero+reverse] >= n {
				return snake{oldFrom + fromX, newFrom + fromY, oldFrom + x, newFrom + y}, true
			}
		}
		for k := -d; k <= d; k += 2 {
			x := back[zero+k-1] + 1
			if k == -d || k != d && back[zero+k-1] < back[zero+k+1] {
				x = back[zero+k+1]
			}
			y := x - k
			fromX, fromY := x, y
			for x < n && y < m && x >= 0 && y >= 0 && c.old[oldTo-1-x] == c.new[newTo-1-y] {
				x, y = x+1, y+1
			}
			c.work += x - fromX
			back[zero+k] = x
			if reverse := delta - k; !odd && reverse >= -d && reverse <= d && x+forward[zero+reverse] >= n {
				return snake{oldTo - x, newTo - y, oldTo - fromX, newTo - fromY}, true
			}
		}
	}
	return snake{}, false
}
