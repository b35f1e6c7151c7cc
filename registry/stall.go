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
// nothing moved for as long as it is patient. Waiting for this process, between
// two reads of a body, does not count.
type watch struct {
	patience time.Duration
	cancel   context.CancelCauseFunc

	mutex sync.Mutex
	timer *time.Timer
	over  bool
}

// newWatch begins to watch, and returns the context for the request.
func newWatch(ctx context.Context, patience time.Duration) (context.Context, *watch) {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &watch{patience: patience, cancel: cancel}
	w.timer = time.AfterFunc(patience, func() {
		cancel(fmt.Errorf("%w: not a byte for %s", errStalled, patience))
	})
	return ctx, w
}

// touch says that something moved.
func (w *watch) touch() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if !w.over {
		w.timer.Reset(w.patience)
	}
}

// pause stops the clock until touch.
func (w *watch) pause() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.timer.Stop()
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
	b.watch.touch()
	count, err := b.ReadCloser.Read(buffer)
	b.watch.pause()
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
