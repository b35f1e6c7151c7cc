package filewatch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	// settle is how long nothing must have changed before a change is told: an editor
	// that saves, or a tool that writes many files, makes several.
	settle = 25 * time.Millisecond
	// patience is how long a change is held back at most.
	patience = 120 * time.Millisecond
)

// authorFolders are watched though their names begin with a dot.
var authorFolders = []string{".packstage", ".test-fixtures"}

// Watcher watches a folder. Wait is for one goroutine at a time.
type Watcher struct {
	root    string
	watcher *fsnotify.Watcher
	// changed has room for one signal.
	changed chan struct{}
	ended   chan struct{}

	mutex   sync.Mutex
	pending map[string]bool
	err     error
}

// New watches a folder and everything below it. The caller closes the watcher.
func New(root string) (*Watcher, error) {
	// A link to the folder would be watched, and nothing below it.
	root, err := filepath.EvalSymlinks(root)
	if err != nil {
		return nil, fmt.Errorf("watch files: %w", err)
	}
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watch files: %w", err)
	}
	w := &Watcher{
		root: root, watcher: watcher, pending: map[string]bool{},
		changed: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	if err := watcher.Add(root); err != nil {
		_ = watcher.Close()
		return nil, fmt.Errorf("watch %s: %w", root, err)
	}
	if err := w.add(root, false); err != nil {
		_ = watcher.Close()
		return nil, fmt.Errorf("watch %s: %w", root, err)
	}
	go w.collect()
	return w, nil
}

// Close ends the watch.
func (w *Watcher) Close() error {
	err := w.watcher.Close()
	<-w.ended
	return err
}

// Wait waits for a change, and until nothing changes any more for a moment. It returns
// what changed as slash paths below the folder, sorted; changes that came since the
// last call that returned some count. The error wraps that of ctx, or says that the
// folder can be watched no longer.
func (w *Watcher) Wait(ctx context.Context) ([]string, error) {
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("watch %s: %w", w.root, ctx.Err())
	case <-w.ended:
		return nil, fmt.Errorf("watch %s: %w", w.root, errors.Join(w.failure(), fs.ErrClosed))
	case <-w.changed:
	}
	last := time.After(patience)
	quiet := time.NewTimer(settle)
	defer quiet.Stop()
	for waiting := true; waiting; {
		select {
		case <-ctx.Done():
			w.signal() // for the next call
			return nil, fmt.Errorf("watch %s: %w", w.root, ctx.Err())
		case <-w.changed:
			quiet.Reset(settle)
		case <-quiet.C:
			waiting = false
		case <-last:
			waiting = false
		}
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	paths := slices.Sorted(maps.Keys(w.pending))
	clear(w.pending)
	return paths, nil
}

func (w *Watcher) failure() error {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.err
}

// collect notes changes until the watcher is closed.
func (w *Watcher) collect() {
	defer close(w.ended)
	for {
		select {
		case event, open := <-w.watcher.Events:
			if !open {
				return
			}
			w.take(event)
		case err, open := <-w.watcher.Errors:
			if !open {
				return
			}
			if errors.Is(err, fsnotify.ErrEventOverflow) {
				_ = w.add(w.root, false) // folders may have been missed
				w.note(w.root)
				continue
			}
			w.mutex.Lock()
			w.err = err
			w.mutex.Unlock()
		}
	}
}

func (w *Watcher) take(event fsnotify.Event) {
	if event.Op == fsnotify.Chmod || w.ignored(event.Name) {
		return
	}
	if event.Has(fsnotify.Create) {
		if info, err := os.Stat(event.Name); err == nil && info.IsDir() {
			_ = w.add(event.Name, true) // what is gone again needs no watch
		}
	}
	w.note(event.Name)
}

// note notes a change and signals it.
func (w *Watcher) note(path string) {
	w.mutex.Lock()
	w.pending[w.relative(path)] = true
	w.mutex.Unlock()
	w.signal()
}

func (w *Watcher) signal() {
	select {
	case w.changed <- struct{}{}:
	default:
	}
}

func (w *Watcher) relative(path string) string {
	below, err := filepath.Rel(w.root, path)
	if err != nil {
		return filepath.ToSlash(path)
	}
	return filepath.ToSlash(below)
}

// ignored tells whether a path is no part of a package and nothing of its author's.
func (w *Watcher) ignored(path string) bool {
	for element := range strings.SplitSeq(w.relative(path), "/") {
		if len(element) > 1 && element[0] == '.' && element != ".." && !slices.Contains(authorFolders, element) {
			return true
		}
	}
	return false
}

// add watches a folder and those below it. The files of a new folder are changes,
// since they may be older than its watch.
func (w *Watcher) add(folder string, isNew bool) error {
	return filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case path != w.root && w.ignored(path):
			if entry.IsDir() {
				return fs.SkipDir
			}
		case entry.IsDir():
			if err := w.watcher.Add(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		case isNew:
			w.note(path)
		}
		return nil
	})
}
