package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/packstage/packstage/internal/filewatch"
)

// watchTests runs the tests, and again whenever something changes. Being interrupted
// is how it ends, and no failure.
func (p *program) watchTests(ctx context.Context, argument, folder string, flags *testFlags) error {
	watcher, err := filewatch.New(folder)
	if err != nil {
		return err
	}
	defer watcher.Close()
	for {
		if _, err := p.runTests(ctx, argument, flags); err != nil && ctx.Err() == nil {
			// What cannot be read now may be there after the next change.
			fmt.Fprintf(p.Stderr, "packstage: %s\n", printable(err.Error()))
		}
		if ctx.Err() != nil {
			return nil
		}
		p.remark("watching %s", folder)
		changed, err := watcher.Wait(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		p.remark("\nchanged: %s", changes(changed))
	}
}

// changes lists the first of the files that changed.
func changes(paths []string) string {
	const most = 5
	if len(paths) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(paths[:most], ", "), len(paths)-most)
	}
	return strings.Join(paths, ", ")
}
