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
		rendered, err := plainrender.Render(plainrender.Request{Files: pkg.Files, Component: c.Component, Context: c.Context})
		if wanted[i] = plainrender.Digest(rendered); err != nil {
			wanted[i] = refused
		}
	}
	return wanted
}

// outcome is the digest of a render. An error that is no finding of the package or
// its context fails the test.
func outcome(t *testing.T, instance *packagetypes.Instance, err error, seed uint64) string {
	t.Helper()
	if err == nil {
		return instance.Digest()
	}
	var found diagnostic.Diagnostics
	assert.ErrorAs(t, err, &found, "seed %d", seed)
	return refused
}

// compileAll returns a renderer for each component, nil where it is refused.
func compileAll(t *testing.T, source packageloader.Source, pkg randompackage.Package, parallelism int) map[string]*packageloader.Renderer {
	t.Helper()
	renderers := map[string]*packageloader.Renderer{}
	for _, c := range pkg.Cases {
		if _, done := renderers[c.Component]; done {
			continue
		}
		loaded, err := packageloader.Load(t.Context(), source, packageloader.LoadOptions{Component: c.Component, NoRelocation: true})
		require.NoError(t, err, "seed %d", pkg.Seed)
		renderer, err := packageloader.Compile(loaded, packageloader.Options{Parallelism: parallelism})
		if err != nil {
			outcome(t, nil, err, pkg.Seed)
		}
		renderers[c.Component] = renderer
	}
	return renderers
}

// render renders a case, or tells that its package is refused.
func render(ctx context.Context, t *testing.T, renderers map[string]*packageloader.Renderer, seed uint64, c randompackage.Case) string {
	t.Helper()
	renderer := renderers[c.Component]
	if renderer == nil {
		return refused
	}
	instance, err := renderer.Render(ctx, c.Context)
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
		serial := compileAll(t, packageloader.FromFiles(pkg.Files), pkg, 1)
		for i, c := range pkg.Cases {
			require.Equal(t, wanted[i], render(t.Context(), t, serial, seed, c), "seed %d, case %d, serial", seed, i)
		}
		for _, processors := range []int{1, 2, 8} {
			runtime.GOMAXPROCS(processors)
			parallel := compileAll(t, packageloader.FromFiles(pkg.Files), pkg, 0)
			for i, c := range pkg.Cases {
				require.Equal(t, wanted[i], render(t.Context(), t, parallel, seed, c), "seed %d, case %d, %d processors", seed, i, processors)
			}
		}
		requireAtOnce(t, pkg, wanted)
		requirePulled(t, server, pkg, wanted)
		runtime.GOMAXPROCS(before)
		require.Equal(t, given, asJSON(t, pkg.Cases), "seed %d: the caller's context was changed", seed)
	}
	t.Logf("%d packages: %d cases render, %d are refused", *packages, rendered, refusals)
	require.Greater(t, rendered, 2*refusals, "most of what is compared is no more than an error")
	require.Positive(t, refusals)
}

// requireAtOnce renders all cases with shared renderers at the same time, several
// times each.
func requireAtOnce(t *testing.T, pkg randompackage.Package, wanted []string) {
	t.Helper()
	shared := compileAll(t, packageloader.FromFiles(pkg.Files), pkg, 2)
	const rounds = 4
	got := make([]string, rounds*len(pkg.Cases))
	var group sync.WaitGroup
	for i := range got {
		group.Go(func() { got[i] = render(t.Context(), t, shared, pkg.Seed, pkg.Cases[i%len(pkg.Cases)]) })
	}
	group.Wait()
	for i := range got {
		require.Equal(t, wanted[i%len(wanted)], got[i], "seed %d, case %d, with others", pkg.Seed, i%len(wanted))
	}
}

// requirePulled builds and pushes the package, and renders what is pulled: from the
// registry, then from the cache without a request.
func requirePulled(t *testing.T, server *registrytest.Registry, pkg randompackage.Package, wanted []string) {
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
		for i, c := range pkg.Cases {
			require.Equal(t, wanted[i], render(t.Context(), t, pulled, pkg.Seed, c), "seed %d, case %d, pulled %s", pkg.Seed, i, reference)
		}
	}
}

func asJSON(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	require.NoError(t, err)
	return string(text)
}
