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
	runs := filewatch.Runs{
		// A run that writes golden files makes changes itself.
		Finish: flags.update,
		// What the run itself wrote is no reason for another.
		Ignored: func() []string { return belowFolder(folder, flags.coverage.html, flags.coverage.profile) },
	}
	for {
		runs.Changes = watcher
		change, err := runs.Next(ctx, func(ctx context.Context) { p.runWatched(ctx, argument, folder, flags) })
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		if change.Meanwhile && !flags.update {
			p.remark("\nchanged while the tests ran, so the results may be those of before: %s", changes(change.Paths))
		} else {
			p.remark("\nchanged: %s", changes(change.Paths))
		}
		if !slices.Contains(change.Paths, ".") {
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

// runWatched runs the tests once, and says nothing where they are given up.
func (p *program) runWatched(ctx context.Context, argument, folder string, flags *testFlags) {
	_, err := p.runTests(ctx, argument, flags)
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		// What cannot be read now may be there after the next change.
		fmt.Fprintf(p.Stderr, "packstage: %s\n", printable(err.Error()))
	}
	p.remark("watching %s", folder)
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
