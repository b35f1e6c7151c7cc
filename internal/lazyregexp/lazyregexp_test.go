package lazyregexp_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/lazyregexp"
)

func TestNewCompilesOnce(t *testing.T) {
	t.Parallel()
	digits := lazyregexp.New(`^[0-9]+$`)
	var using sync.WaitGroup
	for range 8 {
		using.Go(func() {
			if !digits().MatchString("42") || digits().MatchString("x") {
				t.Error("it is another expression")
			}
		})
	}
	using.Wait()
	require.Same(t, digits(), digits())
}

func TestNewWaitsForTheFirstUse(t *testing.T) {
	t.Parallel()
	broken := lazyregexp.New(`(`)
	require.Panics(t, func() { broken() })
}
