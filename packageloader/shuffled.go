package packageloader

import "math/rand/v2"

// Shuffled returns a renderer of the same package that renders the same in another
// way: it executes the templates in another order, which the seed chooses, and on
// another number of goroutines; 0 is as many as before. It is for tests that a
// result depends on neither.
func (r *Renderer) Shuffled(seed uint64, parallelism int) *Renderer {
	shuffled := r.variant()
	shuffled.order = rand.New(rand.NewPCG(seed, seed)).Perm(len(r.files))
	if parallelism > 0 {
		shuffled.options.Parallelism = parallelism
	}
	return shuffled
}
