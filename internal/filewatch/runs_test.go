package filewatch_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/filewatch"
)

// saves tells files as changed as they are saved, without the time that a watcher lets
// pass for others to follow.
type saves struct{ paths chan string }

func newSaves() *saves { return &saves{paths: make(chan string, 1000)} }

func (s *saves) Wait(ctx context.Context) ([]string, error) {
	var paths []string
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("fake: %w", ctx.Err())
	case path := <-s.paths:
		paths = append(paths, path)
	}
	for {
		select {
		case path := <-s.paths:
			paths = append(paths, path)
		default:
			return paths, nil
		}
	}
}

// every is a file that is saved again and again, from one time to another.
func every(interval, from, to time.Duration) []time.Duration {
	var times []time.Duration
	for at := from; at < to; at += interval {
		times = append(times, at)
	}
	return times
}

// Time is not that of a clock here: a run takes exactly as long as it says.
func TestRunsAreGivenUpButNotForever(t *testing.T) {
	t.Parallel()
	const s, ms = time.Second, time.Millisecond
	tests := map[string]struct {
		takes  time.Duration // a run
		saved  []time.Duration
		finish bool
		until  time.Duration
		want   string // when runs begin and end, and after which of them files had changed
	}{
		"a file is saved":              {takes: s, saved: []time.Duration{5 * s}, until: 10 * s, want: "0s-1s 5s-6s"},
		"while a run is on its way":    {takes: 30 * s, saved: []time.Duration{20 * s}, until: 100 * s, want: "0s- 20s-50s"},
		"three times":                  {takes: 30 * s, saved: []time.Duration{20 * s, 22 * s, 24 * s}, until: 100 * s, want: "0s- 20s- 22s- 24s-54s"},
		"four times":                   {takes: 30 * s, saved: []time.Duration{20 * s, 22 * s, 24 * s, 26 * s}, until: 100 * s, want: "0s- 20s- 22s- 24s-54s! 54s-1m24s"},
		"with results in between":      {takes: s, saved: []time.Duration{500 * ms, 3 * s, 3200 * ms, 6 * s, 6200 * ms}, until: 10 * s, want: "0s- 500ms-1.5s 3s- 3.2s-4.2s 6s- 6.2s-7.2s"},
		"many files, and then no more": {takes: 10 * s, saved: every(300*ms, 100*ms, 1700*ms), until: 20 * s, want: "0s- 100ms- 400ms- 700ms- 1s- 1.3s- 1.6s-11.6s"},
		"all the time":                 {takes: 900 * ms, saved: every(500*ms, 500*ms, 100*s), until: 5950 * ms, want: "0s- 500ms- 1s- 1.5s- 2s-2.9s! 2.9s- 3s- 3.5s- 4s- 4.5s- 5s-5.9s! 5.9s-"},
		"seldom, and runs take longer": {takes: 30 * s, saved: every(20*s, 20*s, 200*s), until: 110 * s, want: "0s- 20s- 40s- 1m0s-1m30s! 1m30s- 1m40s-"},
		"every run goes to its end":    {takes: 800 * ms, saved: every(500*ms, 500*ms, 2*s), finish: true, until: 9 * s, want: "0s-800ms! 800ms-1.6s! 1.6s-2.4s"},
		"nothing is saved":             {takes: 90 * s, until: 100 * s, want: "0s-1m30s"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), test.until)
				defer cancel()
				files := newSaves()
				began := time.Now()
				for _, at := range test.saved {
					time.AfterFunc(at, func() { files.paths <- "a.yaml" })
				}
				var told []string
				runs := filewatch.Runs{Changes: files, Finish: test.finish}
				for ctx.Err() == nil {
					change, err := runs.Next(ctx, func(running context.Context) {
						line := fmt.Sprint(time.Since(began), "-")
						select {
						case <-running.Done():
						case <-time.After(test.takes):
							line += time.Since(began).String()
						}
						told = append(told, line)
					})
					if ctx.Err() != nil {
						require.ErrorIs(t, err, context.DeadlineExceeded)
						break
					}
					require.NoError(t, err)
					require.Equal(t, []string{"a.yaml"}, change.Paths)
					if change.Meanwhile {
						told[len(told)-1] += "!"
					}
				}
				assert.Equal(t, test.want, strings.Join(told, " "))
			})
		})
	}
}

// What changes until a run has returned is told with it: it is no reason to give up the
// next one, which begins later.
func TestRunsTellAllThatChanged(t *testing.T) {
	t.Parallel()
	for _, finish := range []bool{false, true} {
		t.Run(fmt.Sprint("finish ", finish), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				files := newSaves()
				ignored := []string{"a.html"}
				runs := filewatch.Runs{Changes: files, Finish: finish, Ignored: func() []string { return ignored }}
				for _, path := range []string{"c", "a.html", "b", "b"} {
					files.paths <- path
				}
				change, err := runs.Next(t.Context(), func(context.Context) {
					synctest.Wait()
					files.paths <- "a"
					files.paths <- "a.html"
					synctest.Wait()
				})
				require.NoError(t, err)
				assert.Equal(t, filewatch.Change{Paths: []string{"a", "b", "c"}, Meanwhile: finish}, change)
				assert.Empty(t, files.paths)

				time.AfterFunc(time.Minute, func() { files.paths <- "a.html" })
				time.AfterFunc(time.Hour, func() { files.paths <- "d" })
				change, err = runs.Next(t.Context(), func(ctx context.Context) { assert.NoError(t, ctx.Err()) })
				require.NoError(t, err)
				assert.Equal(t, filewatch.Change{Paths: []string{"d"}}, change)
			})
		})
	}
}

var errUnwatched = errors.New("cannot be watched any longer")

type unwatched struct{}

func (unwatched) Wait(context.Context) ([]string, error) { return nil, errUnwatched }

// A run is worth its results even where nothing is told after it.
func TestRunsThatCannotBeWatched(t *testing.T) {
	t.Parallel()
	runs := filewatch.Runs{Changes: unwatched{}}
	var inRun error
	_, err := runs.Next(t.Context(), func(ctx context.Context) { inRun = ctx.Err() })
	require.ErrorIs(t, err, errUnwatched)
	require.NoError(t, inRun)
}
