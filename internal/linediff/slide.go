package linediff

// slide moves each run of changed lines to where it reads best. A run can be moved
// by a line where the line that it leaves is equal to the one that it takes in: then
// the text that comes out is the same. The best place is the one whose first line
// is indented least, as the first line of an entry of a list or mapping is; of
// several of these the last.
func slide(lines []int, changed []bool, indentation []int) {
	for at := 0; at < len(lines); {
		if !changed[at] {
			at++
			continue
		}
		from, to := at, at
		for to < len(lines) && changed[to] {
			to++
		}
		at = to
		highest := from
		for length := to - from; highest > 0 && !changed[highest-1] && lines[highest-1] == lines[highest-1+length]; {
			highest--
		}
		lowest := from
		for length := to - from; lowest+length < len(lines) && !changed[lowest+length] && lines[lowest] == lines[lowest+length]; {
			lowest++
		}
		best := highest
		for place := highest; place <= lowest; place++ {
			if indentation[place] <= indentation[best] {
				best = place
			}
		}
		length := to - from
		for i := highest; i < lowest+length; i++ {
			changed[i] = i >= best && i < best+length
		}
		at = max(at, lowest+length)
	}
}
