package packageloader

import (
	"sync"
	"sync/atomic"
)

// forEach calls work for each index below count, on up to parallelism
// goroutines, and returns when all calls have. The order of calls is open:
// results go into slices by index.
func forEach(parallelism, count int, work func(index int)) {
	if parallelism = min(parallelism, count); parallelism <= 1 {
		for i := range count {
			work(i)
		}
		return
	}
	var next atomic.Int64
	var workers sync.WaitGroup
	for range parallelism {
		workers.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= count {
					return
				}
				work(i)
			}
		})
	}
	workers.Wait()
}
