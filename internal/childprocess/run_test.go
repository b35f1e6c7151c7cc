package childprocess_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/childprocess"
)

// The test program is the child, too: it does what the variable says.
const behaviour = "CHILDPROCESS_BEHAVIOUR"

func TestMain(m *testing.M) {
	switch os.Getenv(behaviour) {
	case "":
		os.Exit(m.Run())
	case "echo":
		_, _ = io.Copy(os.Stdout, os.Stdin)
		fmt.Print(strings.Join(os.Args[1:], ","))
	case "fail":
		fmt.Print("half")
		fmt.Fprintln(os.Stderr, "\n it does not work ")
		os.Exit(3)
	case "flood":
		block := make([]byte, 1<<20)
		for range childprocess.MaxOutput>>20 + 2 {
			if _, err := os.Stdout.Write(block); err != nil {
				os.Exit(1)
			}
		}
	case "hang":
		if err := os.WriteFile(os.Args[1], nil, 0o600); err != nil {
			os.Exit(1)
		}
		time.Sleep(time.Hour)
	}
}

func run(ctx context.Context, t *testing.T, what string, arguments ...string) ([]byte, error) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	return childprocess.Run(ctx, strings.NewReader("in "), []string{behaviour + "=" + what}, self, arguments...)
}

func TestRun(t *testing.T) {
	t.Parallel()
	output, err := run(t.Context(), t, "echo", "a", "--b")
	require.NoError(t, err)
	assert.Equal(t, "in a,--b", string(output))

	_, err = run(t.Context(), t, "fail")
	var failed *childprocess.FailedError
	require.ErrorAs(t, err, &failed)
	assert.Equal(t, "it does not work", failed.Complaint)

	_, err = childprocess.Run(t.Context(), nil, nil, t.TempDir())
	require.Error(t, err)
	assert.False(t, errors.As(err, &failed))
}

// Where it did not end, the test would last for an hour.
func TestRunEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	begun := filepath.Join(t.TempDir(), "begun")
	self, err := os.Executable()
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() {
		_, err := childprocess.Run(ctx, nil, []string{behaviour + "=hang"}, self, begun)
		ended <- err
	}()
	for {
		select {
		case err := <-ended:
			require.Fail(t, "it ended before", err)
		case <-time.After(time.Millisecond):
		}
		if _, err := os.Stat(begun); err == nil {
			break
		}
	}
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)
}

func TestOutputIsBounded(t *testing.T) {
	t.Parallel()
	_, err := run(t.Context(), t, "flood")
	require.ErrorIs(t, err, childprocess.ErrTooMuchOutput)
}
