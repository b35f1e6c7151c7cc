package plainrender_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/plainrender"
	"github.com/packstage/packstage/internal/randompackage"
	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/cache"
	"github.com/packstage/packstage/registry/registrytest"
)

var packages = flag.Uint64("packages", 25, "how many random packages are compared with the oracle")

// refused stands for the digest of what is refused.
const refused = "refused"

// wantedOf asks the oracle for the digest of each case.
func wantedOf(pkg randompackage.Package) []string {
	wanted := make([]string, len(pkg.Cases))
	for i, c := range pkg.Cases {
		rendered, err := plainrender.Render(plainrender.Request{Files: pkg.Files, Component: c.Component, Context: c.Context, PruneUnknown: pkg.PruneUnknown})
		if wanted[i] = plainrender.Digest(rendered); err != nil {
			wanted[i] = refused
		}
	}
	return wanted
}

// result is what a render gave.
type result struct {
	digest string
	// details are what the digest is not made of, and the oracle does not know: where
	// objects come from, findings, the admitted configuration.
	details  string
	instance *packagetypes.Instance
}

// outcome describes a render. An error that is no finding of the package or its
// context fails the test.
func outcome(t *testing.T, instance *packagetypes.Instance, err error, seed uint64) result {
	t.Helper()
	if err != nil {
		var found diagnostic.Diagnostics
		assert.ErrorAs(t, err, &found, "seed %d", seed)
		return result{digest: refused, details: asJSON(t, found)}
	}
	var sources []diagnostic.Position
	for _, object := range instance.Objects() {
		sources = append(sources, object.Source())
	}
	details := asJSON(t, []any{
		sources, instance.Name, instance.Namespace, instance.Scope, instance.PackageName, instance.AdmittedConfig,
		instance.Sensitive, instance.Images, instance.ContentDigest, instance.Warnings,
	})
	return result{instance.Digest(), details, instance}
}

// optionsOf are those that the oracle was asked with.
func optionsOf(pkg randompackage.Package, parallelism int) packageloader.Options {
	options := packageloader.Options{Parallelism: parallelism}
	if pkg.PruneUnknown {
		options.UnknownConfig = packagetypes.PruneUnknownConfig
	}
	return options
}

// compiled is a component's renderer, or why there is none.
type compiled struct {
	renderer *packageloader.Renderer
	refusal  result
}

// compileAll compiles each component.
func compileAll(t *testing.T, source packageloader.Source, pkg randompackage.Package, parallelism int) map[string]compiled {
	t.Helper()
	all := map[string]compiled{}
	for _, c := range pkg.Cases {
		if _, done := all[c.Component]; done {
			continue
		}
		loaded, err := packageloader.Load(t.Context(), source, packageloader.LoadOptions{Component: c.Component, NoRelocation: true})
		require.NoError(t, err, "seed %d", pkg.Seed)
		var one compiled
		if one.renderer, err = packageloader.Compile(loaded, optionsOf(pkg, parallelism)); err != nil {
			one.refusal = outcome(t, nil, err, pkg.Seed)
		}
		all[c.Component] = one
	}
	return all
}

// render renders a case, or tells that its package is refused.
func (c compiled) render(ctx context.Context, t *testing.T, seed uint64, one randompackage.Case) result {
	t.Helper()
	if c.renderer == nil {
		return c.refusal
	}
	instance, err := c.renderer.Render(ctx, one.Context)
	return outcome(t, instance, err, seed)
}

// TestRandomPackages renders random packages in every way there is and compares
// each with the oracle. It changes the number of processors, so it runs alone.
func TestRandomPackages(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
	server := registrytest.Start(t, registrytest.Options{})
	var rendered, refusals int
	for seed := range *packages {
		pkg := randompackage.Generate(seed)
		given := asJSON(t, pkg.Cases)
		wanted := wantedOf(pkg)
		for _, digest := range wanted {
			if digest == refused {
				refusals++
			} else {
				rendered++
			}
		}
		first := make([]result, len(pkg.Cases))
		serial := compileAll(t, packageloader.FromFiles(pkg.Files), pkg, 1)
		for i, c := range pkg.Cases {
			first[i] = serial[c.Component].render(t.Context(), t, seed, c)
			require.Equal(t, wanted[i], first[i].digest, "seed %d, case %d, serial: %s", seed, i, first[i].details)
		}
		check := func(all map[string]compiled, way string) {
			t.Helper()
			for i, c := range pkg.Cases {
				requireSame(t, first[i], all[c.Component].render(t.Context(), t, seed, c), "seed %d, case %d, %s", seed, i, way)
			}
		}
		for _, processors := range []int{1, 2, 8} {
			runtime.GOMAXPROCS(processors)
			all := compileAll(t, packageloader.FromFiles(pkg.Files), pkg, 0)
			check(all, fmt.Sprint(processors, " processors"))
			if processors == 8 {
				check(shuffled(all, seed), "in another order")
			}
		}
		requireAtOnce(t, pkg, first)
		requirePulled(t, server, pkg, check)
		runtime.GOMAXPROCS(before)
		// Nothing of all this may have reached what the caller gave, or was given before.
		require.Equal(t, given, asJSON(t, pkg.Cases), "seed %d: the caller's context was changed", seed)
		require.Equal(t, randompackage.Generate(seed).Files, pkg.Files, "seed %d: the caller's files were changed", seed)
		for i := range first {
			if first[i].instance != nil {
				requireSame(t, first[i], outcome(t, first[i].instance, nil, seed), "seed %d, case %d: an instance was changed", seed, i)
			}
		}
	}
	t.Logf("%d packages: %d cases render, %d are refused", *packages, rendered, refusals)
	require.Greater(t, rendered, 2*refusals, "most of what is compared is no more than an error")
	require.Positive(t, refusals)
}

func requireSame(t *testing.T, wanted, got result, message string, arguments ...any) {
	t.Helper()
	require.Equal(t, wanted.digest, got.digest, append([]any{message}, arguments...)...)
	require.Equal(t, wanted.details, got.details, append([]any{message}, arguments...)...)
}

func shuffled(all map[string]compiled, seed uint64) map[string]compiled {
	others := map[string]compiled{}
	for name, one := range all {
		if one.renderer != nil {
			one.renderer = one.renderer.Shuffled(seed, 0)
		}
		others[name] = one
	}
	return others
}

// requireAtOnce renders all cases with shared renderers at the same time, several
// times each.
func requireAtOnce(t *testing.T, pkg randompackage.Package, wanted []result) {
	t.Helper()
	shared := compileAll(t, packageloader.FromFiles(pkg.Files), pkg, 2)
	const rounds = 4
	got := make([]result, rounds*len(pkg.Cases))
	var group sync.WaitGroup
	for i := range got {
		one := pkg.Cases[i%len(pkg.Cases)]
		group.Go(func() { got[i] = shared[one.Component].render(t.Context(), t, pkg.Seed, one) })
	}
	group.Wait()
	for i := range got {
		requireSame(t, wanted[i%len(wanted)], got[i], "seed %d, case %d, with others", pkg.Seed, i%len(wanted))
	}
}

// requirePulled builds and pushes the package, and renders what is pulled: from the
// registry, then from the cache without a request.
func requirePulled(t *testing.T, server *registrytest.Registry, pkg randompackage.Package, check func(all map[string]compiled, way string)) {
	t.Helper()
	kept, err := cache.Open(t.TempDir(), cache.Options{})
	require.NoError(t, err)
	defer kept.Close()
	options := registry.Options{Keychain: authn.NewMultiKeychain(), Cache: kept}
	image, _, err := packagebuilder.Build(t.Context(), packageloader.FromFiles(pkg.Files), packagebuilder.BuildOptions{SkipValidation: true})
	require.NoError(t, err, "seed %d", pkg.Seed)
	tag := fmt.Sprintf("%s/random:v%d", server.Host, pkg.Seed)
	digest, err := packagebuilder.Push(t.Context(), image, []string{tag}, options)
	require.NoError(t, err)
	pinned := fmt.Sprintf("%s/random@%s", server.Host, digest)
	for _, reference := range []string{tag, pinned} {
		server.Forget()
		pulled := compileAll(t, packageloader.FromRegistry(reference, options), pkg, 0)
		if reference == pinned {
			require.Empty(t, server.Requests(), "a cached package was asked for")
		}
		check(pulled, "pulled "+reference)
	}
}

// asJSON may be called from any goroutine.
func asJSON(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	assert.NoError(t, err)
	return string(text)
}
