package plainrender_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/leakcheck"
	"github.com/packstage/packstage/internal/randompackage"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/template"
)

var stress = flag.Duration("stress", 2*time.Second, "how long the stress test goes on")

const (
	sharedRenderers  = 8
	stressGoroutines = 64
)

// stressed is a package that many goroutines render with one renderer.
type stressed struct {
	pkg       randompackage.Package
	renderers map[string]compiled
	wanted    []string
	// looks are how often a whole render of each case looks at its context.
	looks []int64
}

func newStressed(t *testing.T, pkg randompackage.Package) stressed {
	t.Helper()
	s := stressed{pkg: pkg, renderers: compileAll(t, packageloader.FromFiles(pkg.Files), pkg, 4), wanted: wantedOf(pkg)}
	for i, c := range pkg.Cases {
		counting := newEnding(-1)
		_, err := s.renderers[c.Component].renderer.Render(counting, c.Context)
		require.Equal(t, s.wanted[i] == refused, err != nil, "seed %d, case %d: %v", pkg.Seed, i, err)
		s.looks = append(s.looks, counting.looks())
		counting.cancel()
	}
	return s
}

// mayKeep is how much memory a stress may keep, which is less than any of its
// packages needs.
const mayKeep = 4 << 20

// TestStress renders shared packages from many goroutines with different
// configurations, and gives up on some at a random step, from the first to the last.
// It runs alone, since it looks at what is left of the goroutines and the memory.
func TestStress(t *testing.T) {
	wantedOf(randompackage.Generate(0)) // what libraries make once
	before, memory := leakcheck.Take(), leakcheck.Heap()
	stressRenderers(t)
	before.Require(t)
	require.Less(t, leakcheck.Heap(), memory+mayKeep, "memory that nobody needs")
}

func stressRenderers(t *testing.T) {
	t.Helper()
	var all []stressed
	for seed := uint64(0); len(all) < sharedRenderers; seed++ {
		if pkg := randompackage.Generate(seed); pkg.Broken == "" {
			all = append(all, newStressed(t, pkg))
		}
	}
	var whole, cancelled, late, refusals atomic.Int64
	end := time.Now().Add(*stress)
	var group sync.WaitGroup
	for worker := range stressGoroutines {
		group.Go(func() {
			choose := rand.New(rand.NewPCG(uint64(worker), 1)) //nolint:gosec // always the same
			// Each renders each package, however short the time is.
			for round := worker; round < worker+sharedRenderers || time.Now().Before(end); round++ {
				one := all[round%len(all)]
				i := choose.IntN(len(one.pkg.Cases))
				steps := int64(-1)
				if choose.IntN(3) == 0 {
					steps = choose.Int64N(one.looks[i] + 1)
				}
				switch got := one.render(t, i, steps); got {
				case one.wanted[i]:
					whole.Add(1)
					if got == refused {
						refusals.Add(1)
					}
				case context.Canceled.Error():
					cancelled.Add(1)
					if steps > one.looks[i]*3/4 {
						late.Add(1)
					}
					assert.GreaterOrEqual(t, steps, int64(0))
				default:
					assert.Fail(t, "another result", "seed %d, case %d: want %s, got %s", one.pkg.Seed, i, one.wanted[i], got)
				}
				if t.Failed() {
					return
				}
			}
		})
	}
	group.Wait()
	t.Logf("%d renders (%d refused), %d cancelled, %d of them in the last quarter", whole.Load(), refusals.Load(), cancelled.Load(), late.Load())
	require.Greater(t, whole.Load(), refusals.Load())
	require.Positive(t, cancelled.Load())
	require.Positive(t, late.Load())
}

// render renders a case, with a context that ends after so many looks at it if
// that is not negative.
func (s stressed) render(t *testing.T, i int, steps int64) string {
	t.Helper()
	c := s.pkg.Cases[i]
	ending := newEnding(steps)
	defer ending.cancel()
	ctx := ending.Context
	instance, err := s.renderers[c.Component].renderer.Render(ending, c.Context)
	if err == nil {
		assert.NoError(t, ctx.Err(), "seed %d, case %d: a result after all was called off", s.pkg.Seed, i)
		return instance.Digest()
	}
	var found diagnostic.Diagnostics
	switch {
	case !errors.Is(err, context.Canceled):
		assert.ErrorAs(t, err, &found)
		return refused
	case errors.As(err, &found):
		return "both a finding and the context's error: " + err.Error()
	default:
		// Every file is looked at at most a few times after the end, and none is begun.
		late, most := -ending.left.Load(), int64(4*len(s.pkg.Files)+64)
		assert.LessOrEqual(t, late, most, "seed %d, case %d: went on after the end", s.pkg.Seed, i)
		return context.Canceled.Error()
	}
}

// endingContext ends after so many looks at it.
type endingContext struct {
	context.Context
	cancel context.CancelFunc
	left   atomic.Int64
}

// never is more looks than there are.
const never = 1 << 62

// newEnding returns a context that ends after so many looks, or never where they are
// negative.
func newEnding(looks int64) *endingContext {
	ctx, cancel := context.WithCancel(context.Background())
	ending := &endingContext{Context: ctx, cancel: cancel}
	if ending.left.Store(looks); looks < 0 {
		ending.left.Store(never)
	}
	return ending
}

// looks are how many there were at one that never ends.
func (c *endingContext) looks() int64 { return never - c.left.Load() }

func (c *endingContext) Err() error {
	if c.left.Add(-1) == -1 {
		c.cancel()
	}
	return c.Context.Err()
}

// After the end of the context, each goroutine of a render ends its step and begins
// no other: counted by a function that templates call, not by a clock.
func TestCancelIsPrompt(t *testing.T) {
	t.Parallel()
	const parallelism, calls = 4, 1000
	for _, at := range []int64{1, 2, 100, 999} {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var count, late atomic.Int64
		tick := func() string {
			if ctx.Err() != nil {
				late.Add(1)
			}
			if count.Add(1) == at {
				cancel()
			}
			return ""
		}
		files := map[string][]byte{"manifest.yaml": []byte("apiVersion: manifests.package-operator.run/v1alpha1\nkind: PackageManifest\n" +
			"metadata: {name: p}\nspec: {scopes: [Namespaced], phases: [{name: a}]}\n")}
		for i := range 2 * parallelism {
			files[fmt.Sprintf("t%d.yaml.gotmpl", i)] = fmt.Appendf(nil, "{{ range until %d }}{{ tick }}{{ end }}", calls)
		}
		pkg, err := packageloader.Load(ctx, packageloader.FromFiles(files), packageloader.LoadOptions{})
		require.NoError(t, err)
		renderer, err := packageloader.Compile(pkg, packageloader.Options{
			Parallelism: parallelism, Functions: []template.Function{{Name: "tick", Implementation: tick, Deterministic: true}},
		})
		require.NoError(t, err)
		instance, err := renderer.Render(ctx, packagetypes.Context{})
		require.ErrorIs(t, err, context.Canceled)
		require.Nil(t, instance)
		require.GreaterOrEqual(t, count.Load(), at)
		require.LessOrEqual(t, late.Load(), int64(parallelism), "went on after the end")
	}
}
