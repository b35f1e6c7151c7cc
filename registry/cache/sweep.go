package cache

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// entry is a file of the cache.
type entry struct {
	name string
	// bytes that it takes on the disk.
	bytes int64
	used  time.Time
	note  bool
}

// scan looks at every file. The result is sorted, what was not used for longest
// first.
func (c *Cache) scan(ctx context.Context) ([]entry, error) {
	var entries []entry
	for _, folder := range []string{contentFolder, noteFolder} {
		groups, err := c.readFolder(folder)
		if err != nil {
			return nil, err
		}
		for _, group := range groups {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			if !group.IsDir() || len(group.Name()) != 2 {
				continue
			}
			files, err := c.readFolder(path.Join(folder, group.Name()))
			if err != nil {
				return nil, err
			}
			for _, file := range files {
				name := file.Name()
				if !file.Type().IsRegular() || !isSHA256(name) || !strings.HasPrefix(name, group.Name()) {
					continue
				}
				info, err := file.Info()
				if errors.Is(err, fs.ErrNotExist) {
					continue // removed since
				}
				if err != nil {
					return nil, err
				}
				entries = append(entries, entry{
					name: path.Join(folder, group.Name(), name), bytes: blocks(info.Size()),
					used: info.ModTime(), note: folder == noteFolder,
				})
			}
		}
	}
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(a.used.Compare(b.used), cmp.Compare(a.name, b.name))
	})
	return entries, nil
}

// readFolder returns nothing for a folder that is not there yet.
func (c *Cache) readFolder(name string) ([]fs.DirEntry, error) {
	folder, err := c.root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	return folder.ReadDir(-1)
}

// sweep removes the entries that goes says yes to, which is asked from the least
// recently used one on, with the number of bytes that are there then. The caller
// holds the lock.
func (c *Cache) sweep(ctx context.Context, goes func(e entry, total int64, last bool) bool) (Pruned, error) {
	var result Pruned
	before, err := c.readUsage()
	if err != nil {
		before = nil
	}
	if result.Leftovers, _, err = c.removeLeftovers(); err != nil {
		return result, err
	}
	entries, err := c.scan(ctx)
	if err != nil {
		return result, err
	}
	for _, e := range entries {
		result.RemainingBytes += e.bytes
	}
	for i, e := range entries {
		if ctx.Err() != nil || !goes(e, result.RemainingBytes, i == len(entries)-1) {
			result.Remaining++
			continue
		}
		switch err := c.root.Remove(e.name); {
		case err == nil:
			result.Removed++
			result.RemovedBytes += e.bytes
			result.RemainingBytes -= e.bytes
		case errors.Is(err, fs.ErrNotExist):
			result.RemainingBytes -= e.bytes
		default:
			// Some systems remove nothing that is being read.
			result.Kept++
			result.Remaining++
		}
	}
	c.setUsage(result.RemainingBytes, before)
	if ctx.Err() != nil {
		return result, context.Cause(ctx)
	}
	return result, nil
}

// lockPatience is how long a commit waits for another process that makes room.
const lockPatience = 5 * time.Second

// keepBound makes room where there is more than the bound, and some more, so that not
// every commit has to. What was just committed stays, being the one used last.
func (c *Cache) keepBound(ctx context.Context) {
	most := c.options.MaxBytes
	if most < 0 {
		return
	}
	full := func() bool {
		total, err := c.usage()
		return err != nil || total > most
	}
	if !full() {
		return
	}
	waiting, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	unlock, err := c.lock(waiting)
	if err != nil {
		return
	}
	defer unlock()
	if !full() {
		return // the one that we waited for did it
	}
	enough := most / 10 * 9
	making := false
	_, _ = c.sweep(ctx, func(_ entry, total int64, last bool) bool {
		making = making || total > most
		return making && total > enough && (!last || total > most)
	})
}

// leftoverAge is how long nothing was written to a temporary file before it is taken
// for what a killed process left.
const leftoverAge = 6 * time.Hour

// leftovers returns the temporary files that nobody writes to any more.
func (c *Cache) leftovers() ([]entry, error) {
	files, err := c.readFolder(temporaryFolder)
	if err != nil {
		return nil, err
	}
	var found []entry
	oldest := c.options.Now().Add(-leftoverAge)
	for _, file := range files {
		info, err := file.Info()
		if err != nil || !info.ModTime().Before(oldest) {
			continue
		}
		found = append(found, entry{
			name: path.Join(temporaryFolder, file.Name()), bytes: blocks(info.Size()), used: info.ModTime(),
		})
	}
	return found, nil
}

func (c *Cache) removeLeftovers() (count int, bytes int64, err error) {
	found, err := c.leftovers()
	for _, e := range found {
		if c.root.RemoveAll(e.name) == nil {
			count++
			bytes += e.bytes
		}
	}
	return count, bytes, err
}
