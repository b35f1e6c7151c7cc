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
		changed, err := p.runUntilChange(ctx, argument, folder, watcher, flags)
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

// runUntilChange runs the tests once, and returns what changed since they began. What is
// changed meanwhile ends the run: nobody waits for the results of files that are not
// those any more. A run that writes golden files makes changes itself, and goes on.
func (p *program) runUntilChange(ctx context.Context, argument, folder string, watcher *filewatch.Watcher, flags *testFlags) ([]string, error) {
	run, stop := context.WithCancel(ctx)
	defer stop()
	var changed []string
	var watchErr error
	waited := make(chan struct{})
	go func() {
		defer close(waited)
		for len(changed) == 0 && watchErr == nil {
			changed, watchErr = watcher.Wait(ctx)
			// What the run itself wrote is no reason for another.
			written := belowFolder(folder, flags.coverage.html, flags.coverage.profile)
			changed = slices.DeleteFunc(changed, func(path string) bool { return slices.Contains(written, path) })
		}
		if watchErr == nil && !flags.update {
			stop()
		}
	}()
	_, err := p.runTests(run, argument, flags)
	if run.Err() == nil {
		if err != nil {
			// What cannot be read now may be there after the next change.
			fmt.Fprintf(p.Stderr, "packstage: %s\n", printable(err.Error()))
		}
		p.remark("watching %s", folder)
	}
	<-waited
	return changed, watchErr
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
