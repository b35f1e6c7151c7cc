package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

var errStalled = errors.New("stalled")

// watch ends a request that makes no progress: its context is cancelled when
// next to nothing moved for as long as it is patient. Waiting for this process,
// between two reads of a body, does not count.
type watch struct {
	patience time.Duration
	cancel   context.CancelCauseFunc

	mutex sync.Mutex
	timer *time.Timer
	over  bool
	// left is what is left of the patience, from since on while the clock runs.
	left  time.Duration
	since time.Time
	moved int64 // bytes since all of it was left
}

// progressToWait is how much has to move for new patience: a byte now and then
// would otherwise hold a request for ever.
const progressToWait = 16 << 10

// newWatch begins to watch, and returns the context for the request.
func newWatch(ctx context.Context, patience time.Duration) (context.Context, *watch) {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &watch{patience: patience, cancel: cancel, left: patience, since: time.Now()}
	w.timer = time.AfterFunc(patience, func() {
		cancel(fmt.Errorf("%w: hardly a byte for %s", errStalled, patience))
	})
	return ctx, w
}

// touch says that a step is done, and the next one begins.
func (w *watch) touch() {
	w.move(progressToWait)
	w.resume()
}

// move says that so many bytes came.
func (w *watch) move(count int) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if w.moved += int64(count); w.moved >= progressToWait {
		w.moved, w.left = 0, w.patience
	}
}

// resume goes on with what is left of the patience.
func (w *watch) resume() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if !w.over {
		w.since = time.Now()
		w.timer.Reset(max(w.left, 0))
	}
}

// pause stops the clock.
func (w *watch) pause() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if w.timer.Stop() {
		w.left -= time.Since(w.since)
	}
}

// end stops watching and frees the context.
func (w *watch) end() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.over = true
	w.timer.Stop()
	w.cancel(nil)
}

// watchedBody is the body of an answer; the clock runs while it is read.
type watchedBody struct {
	io.ReadCloser
	ctx   context.Context // of the request, for the reason why it ended
	watch *watch
	after func()
}

func (b *watchedBody) Read(buffer []byte) (int, error) {
	b.watch.resume()
	count, err := b.ReadCloser.Read(buffer)
	b.watch.pause()
	b.watch.move(count)
	if err != nil && err != io.EOF && b.ctx.Err() != nil { //nolint:errorlint // an EOF inside another error is a broken connection
		err = context.Cause(b.ctx)
	}
	return count, err
}

func (b *watchedBody) Close() error {
	err := b.ReadCloser.Close()
	b.watch.end()
	b.after()
	return err
}

// watchedSource is the body of a request.
type watchedSource struct {
	io.ReadCloser
	watch *watch
}

func (s *watchedSource) Read(buffer []byte) (int, error) {
	s.watch.pause() // what is read here is this process's own affair
	count, err := s.ReadCloser.Read(buffer)
	s.watch.touch()
	return count, err
}
