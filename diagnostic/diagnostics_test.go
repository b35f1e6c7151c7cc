package diagnostic_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
)

// ascending holds findings in the order of Sorted; each differs from the one
// before in one thing.
var ascending = diagnostic.Diagnostics{
	{Message: "a"},
	{Message: "a", Hint: "h"},
	{Message: "a", Severity: diagnostic.Warning},
	{Message: "b"},
	{Code: "c", Message: "a"},
	{Code: "d", Message: "a"},
	{Field: "f", Message: "a"},
	{Field: "g", Message: "a"},
	{Position: diagnostic.Position{File: "f", Line: 2}, Message: "a"},
	{Position: diagnostic.Position{File: "f", Line: 10}, Message: "a"},
	{Component: "x", Message: "a"},
	{Component: "y", Message: "a"},
}

func TestSortedDoesNotDependOnTheOrder(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		shuffled := slices.Concat(ascending, ascending)
		random.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		before := slices.Clone(shuffled)
		require.Equal(t, ascending, shuffled.Sorted())
		require.Equal(t, before, shuffled, "the receiver is left as it is")
	}
	assert.Empty(t, diagnostic.Diagnostics(nil).Sorted())
}

func TestSortedTakesUncomparableCauses(t *testing.T) {
	t.Parallel()
	twice := diagnostic.Diagnostics{
		{Message: "a", Err: ascending},
		{Message: "a", Err: ascending},
	}
	assert.Len(t, twice.Sorted(), 1)
}

func TestErr(t *testing.T) {
	t.Parallel()
	warning, failure := diagnostic.Diagnostic{Severity: diagnostic.Warning, Message: "w"}, diagnostic.Diagnostic{Message: "e"}

	assert.NoError(t, diagnostic.Diagnostics(nil).Err())
	assert.NoError(t, diagnostic.Diagnostics{warning}.Err())
	assert.Equal(t, diagnostic.Diagnostics{warning, failure}, diagnostic.Diagnostics{warning, failure}.Err())

	both := diagnostic.Diagnostics{warning, failure, warning}
	assert.Equal(t, diagnostic.Diagnostics{warning, warning}, both.WithSeverity(diagnostic.Warning))
	assert.Empty(t, both.WithSeverity(diagnostic.Info))
}

func TestDiagnosticsError(t *testing.T) {
	t.Parallel()
	one, two := diagnostic.Diagnostic{Message: "first"}, diagnostic.Diagnostic{Message: "second", Code: "x"}
	assert.Equal(t, "no findings", diagnostic.Diagnostics{}.Error())
	assert.Equal(t, "first", diagnostic.Diagnostics{one}.Error())
	assert.Equal(t, "2 findings:\n- first\n- second [x]", diagnostic.Diagnostics{one, two}.Error())
}

func TestIsAndAsThroughWrapping(t *testing.T) {
	t.Parallel()
	cause := &fs.PathError{Op: "open", Path: "a", Err: fs.ErrNotExist}
	list := diagnostic.Diagnostics{
		{Code: diagnostic.ManifestMissing, Message: "no manifest"},
		{Code: diagnostic.LockMissing, Message: "no lock", Err: cause},
	}
	err := fmt.Errorf("load: %w", errors.Join(list.Err(), context.Canceled))

	assert.ErrorIs(t, err, diagnostic.ManifestMissing)
	assert.ErrorIs(t, err, diagnostic.LockMissing)
	assert.NotErrorIs(t, err, diagnostic.LockMismatch)
	assert.ErrorIs(t, err, fs.ErrNotExist)
	assert.ErrorIs(t, err, context.Canceled)

	var found diagnostic.Diagnostics
	require.ErrorAs(t, err, &found)
	assert.Equal(t, list, found)
	var one diagnostic.Diagnostic
	require.ErrorAs(t, err, &one)
	assert.Equal(t, list[0], one)
	var pathError *fs.PathError
	require.ErrorAs(t, err, &pathError)
	assert.Same(t, cause, pathError)
}

func TestFrom(t *testing.T) {
	t.Parallel()
	a, b := diagnostic.Diagnostic{Message: "a"}, diagnostic.Diagnostic{Message: "b"}
	holder := diagnostic.Diagnostic{Message: "holds findings", Err: diagnostic.Diagnostics{a, b}}
	for name, test := range map[string]struct {
		err  error
		want diagnostic.Diagnostics
	}{
		"nil":                              {nil, nil},
		"another error":                    {fs.ErrNotExist, nil},
		"a wrapped other error":            {fmt.Errorf("open: %w", fs.ErrNotExist), nil},
		"an empty list":                    {diagnostic.Diagnostics{}, nil},
		"one":                              {a, diagnostic.Diagnostics{a}},
		"a list":                           {diagnostic.Diagnostics{a, b}, diagnostic.Diagnostics{a, b}},
		"wrapped one":                      {fmt.Errorf("load: %w", b), diagnostic.Diagnostics{b}},
		"wrapped twice":                    {fmt.Errorf("x: %w", fmt.Errorf("y: %w", diagnostic.Diagnostics{a})), diagnostic.Diagnostics{a}},
		"two lists joined":                 {errors.Join(diagnostic.Diagnostics{b}, diagnostic.Diagnostics{a}), diagnostic.Diagnostics{a, b}},
		"joined with other trouble":        {errors.Join(diagnostic.Diagnostics{a}, context.Canceled), nil},
		"other trouble deep inside":        {fmt.Errorf("x: %w", errors.Join(a, fmt.Errorf("y: %w", fs.ErrExist))), nil},
		"a cause is no finding of its own": {holder, diagnostic.Diagnostics{holder}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := diagnostic.From(test.err)
			assert.Equal(t, test.want, got)
			assert.Equal(t, test.want != nil, ok)
		})
	}
}
