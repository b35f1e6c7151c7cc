package relocation_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packageloader/relocation"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/ocistore"
	"github.com/packstage/packstage/registry/registrytest"
)

// changing tells requests that may change a registry.
func changing(r *http.Request) bool { return r.Method != http.MethodGet && r.Method != http.MethodHead }

// A copy that breaks off at each of its steps leaves the tag away, and the next copy
// moves only what is missing.
func TestResumeIntoARegistry(t *testing.T) {
	t.Parallel()
	w := newWorld(t, registrytest.Options{}).withReferrers(t)
	options := relocation.Options{Images: true, Referrers: true, Concurrency: 1}
	interrupted := 0
	for step := int64(1); ; step++ {
		var (
			allowed atomic.Int64
			mutex   sync.Mutex
			stored  = map[string]int{} // by digest or tag
		)
		allowed.Store(step)
		destination := registrytest.Start(t, registrytest.Options{Intercept: func(_ http.ResponseWriter, r *http.Request) bool {
			if !changing(r) {
				return false
			}
			if allowed.Add(-1) < 0 {
				panic(http.ErrAbortHandler)
			}
			what := r.URL.Query().Get("digest")
			if strings.Contains(r.URL.Path, "/manifests/") {
				what = r.URL.Path
			}
			mutex.Lock()
			defer mutex.Unlock()
			stored[what]++
			return false
		}})
		to := relocation.InRegistry(w.client, destination.Host+"/mirror/shop")
		_, err := relocation.Copy(t.Context(), relocation.InRegistry(w.client, w.reference), to, options)
		if err == nil {
			break
		}
		interrupted++
		var side *ocistore.Error
		require.ErrorAs(t, err, &side)
		require.Equal(t, ocistore.Destination, side.Side, "%v", err)
		_, err = w.client.Resolve(t.Context(), destination.Host+"/mirror/shop:v1")
		require.ErrorIs(t, err, registry.ErrNotFound, "after %d changes", step)

		allowed.Store(1 << 30)
		_, err = relocation.Copy(t.Context(), relocation.InRegistry(w.client, w.reference), to, options)
		require.NoError(t, err)
		for what, times := range stored {
			if what != "" { // the question for an upload
				require.Equal(t, 1, times, "%s was moved once and for all, after %d changes", what, step)
			}
		}
		text := rendered(t, packageloader.FromClient(w.client, destination.Host+"/mirror/shop:v1"), packageloader.LoadOptions{})
		require.NotContains(t, text, w.library.Host)
		requireWhole(t, d(t, w, destination), mustHash(t, w.digest))
		if step > 6 {
			step += 4 // all of them would take long
		}
	}
	require.Greater(t, interrupted, 10)
}

func d(t *testing.T, w *world, server *registrytest.Registry) *ocistore.Repository {
	t.Helper()
	repository, err := ocistore.InRepository(w.client, server.Host+"/mirror/shop")
	require.NoError(t, err)
	return repository
}

// A copy into files that breaks off leaves nothing that looks whole, and the next
// one reads no blob again.
func TestResumeIntoFiles(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"layout", "tar"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			var (
				left  atomic.Int64
				mutex sync.Mutex
				reads = map[string]int{}
			)
			left.Store(1 << 30)
			options := registrytest.Options{Wrap: func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
					if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/blobs/sha256") {
						if left.Add(-1) < 0 {
							panic(http.ErrAbortHandler)
						}
						mutex.Lock()
						reads[r.URL.Path]++
						mutex.Unlock()
					}
					next.ServeHTTP(rw, r)
				})
			}}
			w := newWorld(t, options).withReferrers(t)
			destinations := newDestinations(t, w.client, registrytest.Options{})
			copyOptions := relocation.Options{Images: true, Referrers: true, Concurrency: 1, DryRun: true}
			planned, err := relocation.Copy(t.Context(), relocation.InRegistry(w.client, w.reference), destinations.place(kind, "x"), copyOptions)
			require.NoError(t, err)
			copyOptions.DryRun = false
			// Configuration and three layers are read for the locks, in each run.
			const forLocks = 4
			for _, most := range []int64{forLocks + 1, forLocks + 5, 1 << 30} {
				clear(reads)
				left.Store(most)
				_, err := relocation.Copy(t.Context(), relocation.InRegistry(w.client, w.reference), destinations.place(kind, "x"), copyOptions)
				if most == 1<<30 {
					require.NoError(t, err)
					break
				}
				var side *ocistore.Error
				require.ErrorAs(t, err, &side)
				require.Equal(t, ocistore.Source, side.Side)
				if kind == "layout" {
					_, err = packageloader.FromLayout(filepath.Join(destinations.folder, "x"), "").Open(t.Context(), packageloader.LoadOptions{}.Limits)
					require.Error(t, err)
					continue
				}
				var kept *relocation.KeptError
				require.ErrorAs(t, err, &kept)
				require.DirExists(t, kept.Folder)
				require.ErrorContains(t, err, "x.tar.partial, and the same copy goes on with it")
				require.NoFileExists(t, filepath.Join(destinations.folder, "x.tar"))
			}
			total := 0
			for path, count := range reads {
				total += count
				require.LessOrEqual(t, count, 2, path)
			}
			require.Equal(t, planned.Moved.Blobs-1-5+forLocks, total)
			requireWhole(t, destinations.reader(t, kind, "x"), mustHash(t, w.digest))
			entries, err := os.ReadDir(destinations.folder)
			require.NoError(t, err)
			require.Len(t, entries, 1)
		})
	}
}

// Copies at the same time into one layout do not lose each other's entries.
func TestCopiesIntoOneLayout(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "layout")
	var group sync.WaitGroup
	const count = 6
	worlds := make([]*world, count)
	for i := range worlds {
		worlds[i] = newWorld(t, registrytest.Options{})
	}
	for i, w := range worlds {
		group.Go(func() {
			_, err := relocation.Copy(t.Context(), relocation.InRegistry(w.client, w.reference),
				relocation.InLayout(folder, fmt.Sprintf("v%d", i)), relocation.Options{Images: true})
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for i, w := range worlds {
		pkg, err := packageloader.Load(t.Context(), packageloader.FromLayout(folder, fmt.Sprintf("v%d", i)), packageloader.LoadOptions{})
		require.NoError(t, err)
		require.Equal(t, w.digest, pkg.ImageDigest)
	}
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Len(t, entries, 3, "blobs, index.json, oci-layout")
}

// Of two copies to one tar, the second one is told.
func TestCopiesToOneTar(t *testing.T) {
	t.Parallel()
	w := newWorld(t, registrytest.Options{})
	path := filepath.Join(t.TempDir(), "x.tar")
	other, err := ocistore.WriteTar(path)
	require.NoError(t, err)
	require.NoError(t, other.Lock())
	_, err = relocation.Copy(t.Context(), relocation.InRegistry(w.client, w.reference), relocation.InTar(path, ""), relocation.Options{})
	require.ErrorIs(t, err, ocistore.ErrInUse)
	kept, err := other.Close()
	require.NoError(t, err)
	require.Empty(t, kept)
	_, err = relocation.Copy(t.Context(), relocation.InRegistry(w.client, w.reference), relocation.InTar(path, ""), relocation.Options{})
	require.NoError(t, err)
}

// Whatever goes wrong on the way: the right bytes, or a clear error.
func TestCopyOverFaults(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			faults := func(seed uint64) registrytest.Options {
				return registrytest.Options{Faults: &registrytest.FaultOptions{Rate: 0.02, Seed: seed, Stall: 1, Kinds: []registrytest.Kind{
					registrytest.InternalError, registrytest.Unavailable, registrytest.CutConnection, registrytest.CutBody, registrytest.WrongBytes,
					registrytest.TruncatedManifest, registrytest.LostAnswer, registrytest.NoReferrers, registrytest.ShortContentLength,
				}}}
			}
			w := newWorld(t, registrytest.Options{})
			first := registrytest.Start(t, faults(seed))
			second := registrytest.Start(t, faults(seed+1000))
			folder := t.TempDir()
			options := relocation.Options{Images: true, Referrers: true}
			tar := relocation.InTar(filepath.Join(folder, "x.tar"), "")
			clear := true
			for _, leg := range [][2]relocation.Place{
				{relocation.InRegistry(w.client, w.reference), relocation.InRegistry(w.client, first.Host+"/mirror/shop")},
				{relocation.InRegistry(w.client, first.Host+"/mirror/shop:v1"), tar},
				{tar, relocation.InRegistry(w.client, second.Host+"/mirror/shop")},
			} {
				var err error
				for range 20 {
					if _, err = relocation.Copy(t.Context(), leg[0], leg[1], options); err == nil {
						break
					}
					_, finding := diagnostic.From(err)
					require.True(t, finding || errors.As(err, new(*ocistore.Error)), "%v", err)
				}
				if clear = clear && err == nil; !clear {
					return // the same fault each time, which the error said
				}
			}
			layout, err := ocistore.OpenTar(filepath.Join(folder, "x.tar"))
			require.NoError(t, err)
			defer layout.Close()
			requireWhole(t, layout, mustHash(t, w.digest))
			for _, image := range w.images {
				requireWhole(t, layout, image)
			}
			entries, err := os.ReadDir(folder)
			require.NoError(t, err)
			require.Len(t, entries, 1)
		})
	}
}
