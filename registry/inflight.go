package registry

import (
	"context"
	"sync"
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

// do returns what run returns, which runs once for all who ask for the key while
// it does, in a context that keeps the values of the first one's.
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
	defer f.mutex.Unlock()
	if joined.waiting--; joined.waiting == 0 {
		joined.cancel()
		f.forget(key, joined)
	}
	var none Value
	return none, context.Cause(ctx)
}

func (f *inflight[Value]) forget(key string, joined *shared[Value]) {
	if f.work[key] == joined {
		delete(f.work, key)
	}
}
