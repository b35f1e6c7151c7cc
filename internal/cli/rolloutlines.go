package cli

import (
	"fmt"
	"strings"
	"time"
)

// Marks of phases and objects, with their styles.
const (
	pendingMark = "○"
	activeMark  = "●"
	doneMark    = "✓"
	failedMark  = "✗"
	activeStyle = "1;33"
	dimStyle    = "2"
)

// liveLine is a line before it is cut and coloured.
type liveLine struct {
	indent      int
	mark, style string
	text, right string
}

// lines draws the view in at most height-1 lines of at most width-1 columns.
func (v *rolloutView) lines(now time.Time, width, height int) []string {
	most := max(height-1, 0)
	title := liveLine{text: v.title, right: seconds(now.Sub(v.began))}
	if v.doing != "" {
		title.text = strings.TrimSpace(title.text + "  " + v.doing)
	}
	phases := v.phaseLines(now)
	room := most - 1 - len(phases)
	if room < 0 {
		phases = v.fewer(phases, most-1)
		room = 0
	}
	lines := []liveLine{title}
	for _, line := range phases {
		lines = append(lines, line.liveLine)
		if line.phase == nil {
			continue
		}
		objects := line.phase.objectLines(now, v.over, room, width-1)
		room -= len(objects)
		lines = append(lines, objects...)
	}
	drawn := make([]string, 0, len(lines))
	for _, line := range lines[:min(len(lines), most)] {
		drawn = append(drawn, line.draw(width-1, v.color))
	}
	return drawn
}

// phaseLine is a line of a phase, or of several that are alike, which have none.
type phaseLine struct {
	liveLine
	phase *phaseView
}

func (v *rolloutView) phaseLines(now time.Time) []phaseLine {
	lines := make([]phaseLine, 0, len(v.phases))
	for _, phase := range v.phases {
		lines = append(lines, phaseLine{phase.line(now), phase})
	}
	return lines
}

// fewer puts phases that are over into one line, and those that have not begun, and
// leaves out what still does not fit.
func (v *rolloutView) fewer(all []phaseLine, most int) []phaseLine {
	var lines []phaseLine
	counts := map[phaseState]int{}
	for _, line := range all {
		state := line.phase.state
		if state != phaseDone && state != phasePending {
			lines = append(lines, line)
			continue
		}
		if counts[state]++; counts[state] > 1 {
			continue
		}
		lines = append(lines, phaseLine{liveLine: liveLine{mark: line.mark, style: line.style}})
	}
	for i := range lines {
		switch {
		case lines[i].phase != nil:
		case lines[i].mark == doneMark:
			lines[i].text = counted(counts[phaseDone], "phase") + " finished"
		default:
			lines[i].text = counted(counts[phasePending], "phase") + " to come"
		}
	}
	return lines[:min(len(lines), max(most, 0))]
}

func (p *phaseView) line(now time.Time) liveLine {
	line := liveLine{mark: pendingMark, style: dimStyle, text: printable(p.name)}
	what := counted(max(p.total, len(p.objects)), "object") // one may go after its phase
	switch p.state {
	case phaseActive, phaseFailed:
		line.mark, line.style = activeMark, activeStyle
		if p.state == phaseFailed {
			line.mark, line.style = failedMark, failStyle
		}
		if waiting := p.waiting(); waiting > 0 {
			what = fmt.Sprintf("waiting for %d of %s", waiting, what)
		}
	case phaseDone:
		line.mark, line.style = doneMark, passStyle
	}
	if p.removing {
		verb := "removing"
		if p.state == phaseDone {
			verb = "removed"
		}
		what = verb + ", " + what
	}
	line.text += "  " + what
	if !p.began.IsZero() {
		until := now
		if !p.ended.IsZero() {
			until = p.ended
		}
		line.right = seconds(until.Sub(p.began))
	}
	return line
}

// objectLines are those of the objects of a phase that is under way: all of them where
// there is room, and else those that are waited for, as many as fit.
func (p *phaseView) objectLines(now time.Time, over bool, room, width int) []liveLine {
	if p.state != phaseActive && p.state != phaseFailed || room <= 0 {
		return nil
	}
	shown := p.objects
	if len(shown) > room || over {
		shown = nil
		for _, object := range p.objects {
			if object.message != "" {
				shown = append(shown, object)
			}
		}
	}
	more := 0
	if len(shown) > room {
		more = len(shown) - room + 1
		shown = shown[:room-1]
	}
	column := 0
	for _, object := range shown {
		column = max(column, textWidth(printable(object.reference.String())))
	}
	var lines []liveLine
	spare := room - len(shown) - min(more, 1)
	for _, object := range shown {
		line := object.line(now, column)
		if rest := object.below(width); !over && !line.fits(width) && len(rest) <= spare {
			spare -= len(rest)
			line.text = printable(object.reference.String())
			lines = append(append(lines, line), rest...)
			continue
		}
		lines = append(lines, line)
	}
	if more > 0 {
		lines = append(lines, liveLine{indent: 2, mark: "…", style: dimStyle, text: fmt.Sprintf("and %d more", more)})
	}
	return lines
}

func (o *objectView) line(now time.Time, column int) liveLine {
	line := liveLine{indent: 2, mark: doneMark, style: passStyle, text: padded(printable(o.reference.String()), column)}
	if o.message == "" {
		line.text += "  " + o.word
		return line
	}
	line.mark, line.style = activeMark, activeStyle
	line.text += "  " + o.message
	line.right = seconds(now.Sub(o.since))
	return line
}

// below is the message in lines of its own, for those that do not fit behind the object.
func (o *objectView) below(width int) []liveLine {
	const indent = 6
	var lines []liveLine
	for _, word := range strings.Fields(o.message) {
		last := len(lines) - 1
		if last >= 0 && indent+textWidth(lines[last].text)+1+textWidth(word) <= width {
			lines[last].text += " " + word
			continue
		}
		lines = append(lines, liveLine{indent: indent, text: word})
	}
	return lines
}

// fits tells whether nothing of a line is cut.
func (l liveLine) fits(width int) bool {
	const gap = 2
	used := l.indent + textWidth(l.text)
	if l.mark != "" {
		used += textWidth(l.mark) + 1
	}
	if l.right != "" {
		used += gap + textWidth(l.right)
	}
	return used <= width
}

// draw brings a line to a width: what stands on the right stays, and the text is cut.
func (l liveLine) draw(width int, color bool) string {
	lead := strings.Repeat(" ", l.indent)
	used := l.indent
	if l.mark != "" {
		used += textWidth(l.mark) + 1
		mark := l.mark
		if color && l.style != "" {
			mark = "\x1b[" + l.style + "m" + mark + "\x1b[0m"
		}
		lead += mark + " "
	}
	const gap = 2
	right := l.right
	if right != "" && used+gap+textWidth(right) > width {
		right = ""
	}
	room := width - used
	if right != "" {
		room -= gap + textWidth(right)
	}
	text := strings.TrimRight(cutToWidth(l.text, max(room, 0)), " ")
	if right == "" {
		return strings.TrimRight(lead+text, " ")
	}
	return lead + padded(text, room) + strings.Repeat(" ", gap) + right
}

// seconds is a span of time for people: "9s", "2m05s", "1h02m".
func seconds(span time.Duration) string {
	span = max(span, 0)
	switch {
	case span < time.Minute:
		return fmt.Sprintf("%ds", int(span.Seconds()))
	case span < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(span.Minutes()), int(span.Seconds())%60)
	default:
		return fmt.Sprintf("%dh%02dm", int(span.Hours()), int(span.Minutes())%60)
	}
}
