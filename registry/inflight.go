package registry

import (
	"context"
	"sync"
	"time"
)

// inflight shares work that several want at the same time. Unlike a single
// flight of golang.org/x/sync it goes on as long as anybody waits for it, and
// ends when nobody does.
type inflight[Value any] struct {
	mutex sync.Mutex
	work  map[string]*shared[Value]
}

type shared[Value any] struct {
	done    chan struct{}
	cancel  context.CancelFunc
	waiting int
	value   Value
	err     error
}

// givingUp is how long who gives up last waits for the end of the work.
const givingUp = 500 * time.Millisecond

// do returns what run returns, which runs once for all who ask for the key while
// it does, in a context that keeps the values of the first one's. Who gives up last
// waits until run has, so that a process that ends then leaves no half of a file.
func (f *inflight[Value]) do(ctx context.Context, key string, run func(context.Context) (Value, error)) (Value, error) {
	f.mutex.Lock()
	joined, ok := f.work[key]
	if !ok {
		own, cancel := context.WithCancel(context.WithoutCancel(ctx))
		joined = &shared[Value]{done: make(chan struct{}), cancel: cancel}
		if f.work == nil {
			f.work = map[string]*shared[Value]{}
		}
		f.work[key] = joined
		go func() {
			defer cancel()
			joined.value, joined.err = run(own)
			f.mutex.Lock()
			f.forget(key, joined)
			f.mutex.Unlock()
			close(joined.done)
		}()
	}
	joined.waiting++
	f.mutex.Unlock()

	select {
	case <-joined.done:
		return joined.value, joined.err
	case <-ctx.Done():
	}
	f.mutex.Lock()
	joined.waiting--
	last := joined.waiting == 0
	if last {
		f.forget(key, joined)
	}
	f.mutex.Unlock()
	if last {
		joined.cancel()
		timer := time.NewTimer(givingUp)
		defer timer.Stop()
		select {
		case <-joined.done:
		case <-timer.C:
		}
	}
	var none Value
	return none, context.Cause(ctx)
}

func (f *inflight[Value]) forget(key string, joined *shared[Value]) {
	if f.work[key] == joined {
		delete(f.work, key)
	}
}
