package cli

import (
	"io"
	"sync"
	"time"

	"github.com/packstage/packstage/installer"
)

// live is a reporter that redraws a view on a terminal.
type live struct {
	view *rolloutView
	size func() (width, height int)
	now  func() time.Time

	mutex  sync.Mutex
	screen liveScreen
	drawn  time.Time
	stop   chan struct{}
	ended  sync.WaitGroup
}

// startLive draws now, when something happens, and every now and then for the time that
// has passed, until end.
func startLive(w io.Writer, view *rolloutView, size func() (int, int), now func() time.Time) *live {
	l := &live{view: view, size: size, now: now, screen: liveScreen{w: w}, stop: make(chan struct{})}
	l.view.begin(l.now())
	l.ended.Go(func() {
		ticker := time.NewTicker(redrawAfter)
		defer ticker.Stop()
		for {
			select {
			case <-l.stop:
				return
			case <-ticker.C:
				l.mutex.Lock()
				l.draw()
				l.mutex.Unlock()
			}
		}
	})
	return l
}

func (l *live) event(event installer.Event) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	now := l.now()
	if line := l.view.event(event, now); line != "" {
		l.screen.above(line)
	}
	if now.Sub(l.drawn) >= redrawAfter {
		l.draw()
	}
}

func (l *live) note(line string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.screen.above(line)
}

// end leaves the last state on the screen.
func (l *live) end(done bool) {
	close(l.stop)
	l.ended.Wait()
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.view.end(l.now(), done)
	l.draw()
}

func (l *live) draw() {
	width, height := l.size()
	l.drawn = l.now()
	l.screen.draw(l.view.lines(l.drawn, width, height))
}
