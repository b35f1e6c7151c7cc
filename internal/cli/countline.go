package cli

import (
	"fmt"
	"io"
	"time"
)

// patience is how long a command may be silent.
const patience = time.Second

// countLine shows on one line of a terminal how much of something is done.
type countLine struct {
	w            io.Writer // nil where nothing is to be shown
	begun, shown time.Time
	drawn        bool
}

func (p *program) newCountLine() countLine {
	if _, terminal := terminalWidth(p.Stderr); !terminal || p.quiet {
		return countLine{}
	}
	return countLine{w: p.Stderr, begun: time.Now()}
}

// draw shows a text in place of the one before, now and then. Calls come one at a time.
func (l *countLine) draw(format string, arguments ...any) {
	if l.w == nil || time.Since(l.shown) < redrawAfter {
		return
	}
	l.shown, l.drawn = time.Now(), true
	fmt.Fprintf(l.w, "\r%s\x1b[K", fmt.Sprintf(format, arguments...))
}

// clear takes the line away.
func (l *countLine) clear() {
	if l.drawn {
		fmt.Fprint(l.w, "\r\x1b[K")
	}
}

// lockProgress shows how many images have a digest.
type lockProgress struct{ countLine }

func (p *program) newLockProgress() *lockProgress { return &lockProgress{p.newCountLine()} }

func (l *lockProgress) update(done, total int) {
	l.draw("resolved %d of %d images", done, total)
}

// renderProgress shows how often a chart was rendered.
type renderProgress struct{ countLine }

func (p *program) newRenderProgress() *renderProgress { return &renderProgress{p.newCountLine()} }

func (r *renderProgress) update(renders int) {
	r.draw("rendered the chart %d times", renders)
}

// testProgress shows how many cases are done, of runs that take longer than a moment.
type testProgress struct{ countLine }

func (p *program) newTestProgress() *testProgress { return &testProgress{p.newCountLine()} }

func (t *testProgress) update(done, total int) {
	if time.Since(t.begun) >= patience {
		t.draw("%d of %d cases", done, total)
	}
}
