package cli

import (
	"fmt"
	"io"
	"time"
)

// renderProgress shows on one line of a terminal how often a chart was rendered.
type renderProgress struct {
	w     io.Writer // nil where nothing is to be shown
	shown time.Time
	drawn bool
}

func (p *program) newRenderProgress() *renderProgress {
	if _, terminal := terminalWidth(p.Stderr); !terminal || p.quiet {
		return &renderProgress{}
	}
	return &renderProgress{w: p.Stderr}
}

// update takes the number of renders. Calls come one at a time.
func (r *renderProgress) update(renders int) {
	if r.w == nil || time.Since(r.shown) < redrawAfter {
		return
	}
	r.shown, r.drawn = time.Now(), true
	fmt.Fprintf(r.w, "\rrendered the chart %d times\x1b[K", renders)
}

// clear takes the line away.
func (r *renderProgress) clear() {
	if r.drawn {
		fmt.Fprint(r.w, "\r\x1b[K")
	}
}
