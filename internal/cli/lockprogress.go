package cli

import (
	"fmt"
	"io"
	"time"
)

// lockProgress shows on one line of a terminal how many images have a digest.
type lockProgress struct {
	w     io.Writer // nil where nothing is to be shown
	shown time.Time
	drawn bool
}

func (p *program) newLockProgress() *lockProgress {
	if _, terminal := terminalWidth(p.Stderr); !terminal || p.quiet {
		return &lockProgress{}
	}
	return &lockProgress{w: p.Stderr}
}

// update takes what the library says. Calls come one at a time.
func (l *lockProgress) update(done, total int) {
	if l.w == nil || time.Since(l.shown) < redrawAfter {
		return
	}
	l.shown, l.drawn = time.Now(), true
	fmt.Fprintf(l.w, "\rresolved %d of %d images\x1b[K", done, total)
}

// clear takes the line away.
func (l *lockProgress) clear() {
	if l.drawn {
		fmt.Fprint(l.w, "\r\x1b[K")
	}
}
