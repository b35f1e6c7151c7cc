package cli

import (
	"fmt"
	"io"
	"time"
)

// patience is how long a command may be silent.
const patience = time.Second

// testProgress shows on one line of a terminal how many cases are done, of runs that
// take longer than a moment.
type testProgress struct {
	w            io.Writer // nil where nothing is to be shown
	begun, shown time.Time
	drawn        bool
}

func (p *program) newTestProgress() *testProgress {
	if _, terminal := terminalWidth(p.Stderr); !terminal || p.quiet {
		return &testProgress{}
	}
	return &testProgress{w: p.Stderr, begun: time.Now()}
}

// update takes what the library says. Calls come one at a time.
func (t *testProgress) update(done, total int) {
	if t.w == nil || time.Since(t.begun) < patience || time.Since(t.shown) < redrawAfter {
		return
	}
	t.shown, t.drawn = time.Now(), true
	fmt.Fprintf(t.w, "\r%d of %d cases\x1b[K", done, total)
}

// clear takes the line away.
func (t *testProgress) clear() {
	if t.drawn {
		fmt.Fprint(t.w, "\r\x1b[K")
	}
}
