package cache

import (
	"context"
	"errors"
	"io/fs"
	"time"
)

// Info is what is in the folder of a cache. All bytes are counted in blocks of 4 KiB,
// as a disk does.
type Info struct {
	// Folder is the absolute path.
	Folder string
	// Entries and Notes count what is there: content, and facts about content.
	Entries, Notes int
	// Bytes that both take, and the bound; negative where there is none.
	Bytes, MaxBytes int64
	// OldestUse and NewestUse are when the least and the most recently used were
	// used; zero where nothing is there.
	OldestUse, NewestUse time.Time
	// Leftovers of processes that were killed, which go some time, and their bytes,
	// which are not in Bytes.
	Leftovers      int
	LeftoversBytes int64
}

// Info looks at every file of the cache, and reads none. The error is that of the
// file system or the context.
func (c *Cache) Info(ctx context.Context) (Info, error) {
	info := Info{Folder: c.folder, MaxBytes: c.options.MaxBytes}
	entries, err := c.scan(ctx)
	if err != nil {
		return Info{}, c.failed("list", err)
	}
	for _, e := range entries {
		info.Bytes += e.bytes
		if e.note {
			info.Notes++
		} else {
			info.Entries++
		}
	}
	if len(entries) > 0 {
		info.OldestUse, info.NewestUse = entries[0].used, entries[len(entries)-1].used
	}
	leftovers, err := c.leftovers()
	if err != nil {
		return Info{}, c.failed("list", err)
	}
	for _, e := range leftovers {
		info.Leftovers++
		info.LeftoversBytes += e.bytes
	}
	return info, nil
}

// PruneOptions says what goes from a cache. The zero value makes the cache keep to
// its bound.
type PruneOptions struct {
	// MaxBytes is what may stay, counted in blocks of 4 KiB; what was not used for
	// longest goes first. Zero is the bound of the cache, a negative number is no
	// bound.
	MaxBytes int64
	// OlderThan takes away what was not used for that long, however much room there
	// is. Zero takes away nothing for its age.
	OlderThan time.Duration
	// All takes away everything.
	All bool
}

// Pruned is what was taken away and what stays. All bytes are counted in blocks of
// 4 KiB.
type Pruned struct {
	// Removed counts content and notes that were taken away.
	Removed      int
	RemovedBytes int64
	// Remaining counts what is there still; Kept those of them that should have
	// gone, but that the system does not remove, such as what is being read on
	// Windows.
	Remaining      int
	RemainingBytes int64
	Kept           int
	// Leftovers of processes that were killed and are removed now.
	Leftovers int
}

// Prune takes away what the options say, and leftovers of processes that were
// killed. What others are reading stays readable. It waits for another process that
// makes room. With an error, the result says how far it came.
//
// The error matches [ErrReadOnly] where nothing can be removed; otherwise it is that
// of the file system or the context.
func (c *Cache) Prune(ctx context.Context, options PruneOptions) (Pruned, error) {
	if options.OlderThan < 0 {
		return Pruned{}, c.failed("prune", errors.New("a negative age"))
	}
	if c.options.ReadOnly {
		return Pruned{}, c.failed("prune", ErrReadOnly)
	}
	unlock, err := c.lock(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return Pruned{}, nil // nothing was ever taken in
	}
	if err != nil {
		return Pruned{}, c.failed("prune", readOnly(err))
	}
	defer unlock()
	most := options.MaxBytes
	if most == 0 {
		most = c.options.MaxBytes
	}
	oldest := c.options.Now().Add(-options.OlderThan)
	result, err := c.sweep(ctx, func(e entry, total int64, _ bool) bool {
		return options.All || most >= 0 && total > most || options.OlderThan > 0 && e.used.Before(oldest)
	})
	if err != nil {
		return result, c.failed("prune", readOnly(err))
	}
	return result, nil
}
