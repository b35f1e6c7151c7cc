package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/packstage/packstage/internal/filewatch"
)

// watchTests runs the tests, and again whenever something changes. Being interrupted
// is how it ends, and no failure.
func (p *program) watchTests(ctx context.Context, argument, folder string, flags *testFlags) error {
	watcher, err := filewatch.New(folder)
	if err != nil {
		return err
	}
	defer func() {
		if watcher != nil {
			_ = watcher.Close()
		}
	}()
	for {
		if _, err := p.runTests(ctx, argument, flags); err != nil && ctx.Err() == nil {
			// What cannot be read now may be there after the next change.
			fmt.Fprintf(p.Stderr, "packstage: %s\n", printable(err.Error()))
		}
		if ctx.Err() != nil {
			return nil
		}
		p.remark("watching %s", folder)
		written := belowFolder(folder, flags.coverage.html, flags.coverage.profile)
		var changed []string
		for len(changed) == 0 && err == nil {
			changed, err = watcher.Wait(ctx)
			// What the run itself wrote is no reason for another.
			changed = slices.DeleteFunc(changed, func(path string) bool { return slices.Contains(written, path) })
		}
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		p.remark("\nchanged: %s", changes(changed))
		if !slices.Contains(changed, ".") {
			continue
		}
		// The folder itself went, and the watch with it; it may come back, as when
		// another branch is looked at.
		_ = watcher.Close()
		if watcher, err = p.watchAgain(ctx, folder); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return nil
		}
	}
}

// lookAgain is how often a folder is looked for that is not there.
const lookAgain = 200 * time.Millisecond

// watchAgain waits until there is a folder. The watcher is of use where ctx is not done.
func (p *program) watchAgain(ctx context.Context, folder string) (*filewatch.Watcher, error) {
	for said := false; ; said = true {
		watcher, err := filewatch.New(folder)
		if !errors.Is(err, fs.ErrNotExist) {
			return watcher, err
		}
		if !said {
			p.remark("%s is gone; waiting until it is there again", folder)
		}
		select {
		case <-ctx.Done():
			return nil, nil
		case <-time.After(lookAgain):
		}
	}
}

// belowFolder returns those of some files that are in a folder, as slash paths below it.
func belowFolder(folder string, files ...string) []string {
	var below []string
	for _, file := range files {
		if file == "" {
			continue
		}
		// The folder is watched where links lead; so may the one of the file be.
		folder, folderErr := resolved(folder)
		parent, parentErr := resolved(filepath.Dir(file))
		if folderErr != nil || parentErr != nil {
			continue
		}
		if path, err := filepath.Rel(folder, filepath.Join(parent, filepath.Base(file))); err == nil && filepath.IsLocal(path) {
			below = append(below, filepath.ToSlash(path))
		}
	}
	return below
}

func resolved(folder string) (string, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(folder)
}

// changes lists the first of the files that changed.
func changes(paths []string) string {
	const most = 5
	if len(paths) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(paths[:most], ", "), len(paths)-most)
	}
	return strings.Join(paths, ", ")
}
