package live

import (
	"context"
	"errors"
	"sync"
)

// ForEach calls do for each index from 0 to count-1, at most limit of them at
// a time (one where limit is below 1), and returns when all calls have returned.
//
// Indexes begin in order. After the first failure no further index begins and the
// contexts of all higher ones end, while lower ones go on: so the error is that of
// the lowest index that fails, whatever the timing. When ctx ends before all is
// done, no further index begins and the error is the cause of that.
func ForEach(ctx context.Context, count, limit int, do func(ctx context.Context, index int) error) error {
	if err := context.Cause(ctx); err != nil || count <= 0 {
		return err
	}
	run := run{do: do, failed: count, cancels: map[int]context.CancelFunc{}, count: count}
	var workers sync.WaitGroup
	for range max(1, min(limit, count)) {
		workers.Go(func() { run.work(ctx) })
	}
	workers.Wait()
	switch {
	case run.err != nil && (ctx.Err() == nil || !errors.Is(run.err, ctx.Err())):
		return run.err
	case run.done < count:
		return context.Cause(ctx)
	default:
		return nil
	}
}

// run is one call of [ForEach].
type run struct {
	do    func(ctx context.Context, index int) error
	count int

	mutex sync.Mutex
	next  int
	done  int // without an error
	// failed is the lowest index that failed, or count.
	failed int
	err    error
	// cancels end what is going on, by index.
	cancels map[int]context.CancelFunc
}

// work takes indexes until there are none to take.
func (r *run) work(ctx context.Context) {
	for {
		index, inner, ok := r.begin(ctx)
		if !ok {
			return
		}
		r.end(index, r.do(inner, index))
	}
}

func (r *run) begin(ctx context.Context) (index int, inner context.Context, ok bool) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.next >= r.failed || ctx.Err() != nil {
		return 0, nil, false
	}
	index = r.next
	r.next++
	inner, r.cancels[index] = context.WithCancel(ctx)
	return index, inner, true
}

func (r *run) end(index int, err error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.cancels[index]()
	delete(r.cancels, index)
	if err == nil {
		r.done++
		return
	}
	if index > r.failed {
		return // it was told to end
	}
	r.failed, r.err = index, err
	for other, cancel := range r.cancels {
		if other > index {
			cancel()
		}
	}
}
