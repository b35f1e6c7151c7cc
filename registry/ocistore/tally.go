package ocistore

import (
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

func (p *Plan) tally() *tally { return &tally{progress: p.options.Progress} }

// tally counts what was done.
type tally struct {
	mutex          sync.Mutex
	moved, skipped Totals
	progress       func(Progress)
}

func (t *tally) add(digest v1.Hash, size int64, skipped bool, count func(*Totals, int64)) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	totals := &t.moved
	if skipped {
		totals = &t.skipped
	}
	count(totals, size)
	if t.progress != nil {
		t.progress(Progress{Digest: digest, Bytes: size, Skipped: skipped})
	}
}
