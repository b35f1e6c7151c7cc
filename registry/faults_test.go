package registry_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/cache"
	"github.com/packstage/packstage/registry/ocistore"
	"github.com/packstage/packstage/registry/registrytest"
)

// The schedules of faults run on a clock of their own (testing/synctest): a wait
// costs nothing, and what never ends is found at once.
var (
	schedules = flag.Int("faults", 1000, "number of fault schedules of transfers to run; with -short a tenth")
	onlySeed  = flag.Int64("faultseed", -1, "run the fault schedule of this seed alone")
)

const (
	faultUser     = "user"
	faultPassword = "hunter2-never-shown"
)

// schedule is what a seed means: a registry to pull from and one to push to, and
// a client that does one thing.
type schedule struct {
	seed      uint64
	operation string
	rate      float64
	auth      string
	cached    bool
	deadline  time.Duration
	lists     bool // it is one of TestFaultSchedulesOfLists
	kinds     []registrytest.Kind
}

// bodyFaults make a client take a blob up again where it broke, and meet the next
// fault there.
func bodyFaults() []registrytest.Kind {
	return []registrytest.Kind{
		registrytest.CutBody, registrytest.StallBody, registrytest.LongContentLength, registrytest.IgnoredRange,
		registrytest.WrongContentRange, registrytest.RedirectedBlob, registrytest.SlowBody, registrytest.ShortContentLength,
	}
}

func listFaults() []registrytest.Kind {
	return []registrytest.Kind{
		registrytest.UnclosedLink, registrytest.ForeignLink, registrytest.LinkLoop, registrytest.EmptyPages, registrytest.CutBody,
		registrytest.NoReferrers, registrytest.RefusedArtifactType, registrytest.RefusedSubject, registrytest.LostAnswer,
	}
}

func scheduleOf(seed uint64, operations ...string) schedule {
	chance := rand.New(rand.NewPCG(seed, 0))
	return schedule{
		seed:      seed,
		operation: operations[seed%uint64(len(operations))],
		rate:      []float64{0.05, 0.1, 0.2, 0.4}[chance.IntN(4)],
		auth:      []string{"", "", "basic", "token", "short-lived token"}[chance.IntN(5)],
		cached:    chance.IntN(4) == 0,
		deadline:  []time.Duration{time.Second, 20 * time.Second, time.Hour, time.Hour, time.Hour}[chance.IntN(5)],
	}
}

func (s schedule) String() string {
	test := "TestFaultSchedules"
	if s.lists {
		test = "TestFaultSchedulesOfLists"
	}
	return fmt.Sprintf("%s, rate %v, auth %q, cached %v, deadline %s; again: go test ./registry -run '^%s$' -faultseed %d",
		s.operation, s.rate, s.auth, s.cached, s.deadline, test, s.seed)
}

// TestFaultSchedules pushes, pulls and copies through registries that go wrong in
// all ways. Each run ends in the right bytes or a clear error, before its
// deadline, and leaves nothing behind.
func TestFaultSchedules(t *testing.T) {
	t.Parallel()
	runSchedules(t, *schedules, "push", "pull", "copy", "relocate", "layout")
}

// TestFaultSchedulesOfLists is TestFaultSchedules for what is not content.
func TestFaultSchedulesOfLists(t *testing.T) {
	t.Parallel()
	runSchedules(t, *schedules/4, "tags", "attach", "resolve")
}

func runSchedules(t *testing.T, number int, operations ...string) {
	t.Helper()
	if testing.Short() {
		number /= 10
	}
	image := packageLikeImage(t)
	seeds := make([]uint64, 0, number)
	for seed := range uint64(number) {
		seeds = append(seeds, seed)
	}
	if *onlySeed >= 0 {
		seeds = []uint64{uint64(*onlySeed)}
	}
	var (
		succeeded, struck atomic.Int64
		mutex             sync.Mutex
	)
	kinds := map[registrytest.Kind]int{}
	t.Run("seeds", func(t *testing.T) {
		for _, seed := range seeds {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				run := scheduleOf(seed, operations...)
				run.lists = operations[0] == "tags"
				if seed%4 == 0 {
					run.kinds, run.rate = bodyFaults(), 0.6
					if run.lists {
						run.kinds = listFaults()
					}
				}
				synctest.Test(t, func(t *testing.T) {
					ok, faults := run.run(t, image)
					if ok {
						succeeded.Add(1)
					}
					if len(faults) > 0 {
						struck.Add(1)
					}
					mutex.Lock()
					defer mutex.Unlock()
					for _, fault := range faults {
						kinds[fault.Kind]++
					}
				})
			})
		}
	})
	t.Logf("%d schedules: %d with faults, %d ended in success: %v", len(seeds), struck.Load(), succeeded.Load(), kinds)
	if len(seeds) >= 100 {
		// Schedules where everything works, or nothing does, show little.
		require.Greater(t, struck.Load(), int64(len(seeds)/3))
		require.Greater(t, succeeded.Load(), int64(len(seeds)/4))
		require.Less(t, succeeded.Load(), int64(len(seeds)*19/20))
	}
	if len(seeds) >= 1000 {
		require.GreaterOrEqual(t, len(kinds), 23, "%v", kinds)
	}
}

// TestFaultSchedulesOverTCP has a few schedules with real sockets and a real
// clock.
func TestFaultSchedulesOverTCP(t *testing.T) {
	t.Parallel()
	image := packageLikeImage(t)
	want, err := image.Digest()
	require.NoError(t, err)
	for seed := range uint64(24) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			server := registrytest.Start(t, registrytest.Options{
				Wrap: func(handler http.Handler) http.Handler {
					return registrytest.TokenAuth(handler, registrytest.TokenOptions{User: faultUser, Password: faultPassword, Requests: 9})
				},
				Faults: &registrytest.FaultOptions{Seed: seed, Rate: 0.15, Pause: time.Millisecond, Stall: time.Minute},
			})
			options := anonymous()
			options.Keychain = keychain{faultUser, faultPassword}
			options.StallTimeout = 100 * time.Millisecond
			client := registry.NewClient(options)
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
			defer cancel()
			pushed, pushErr := client.Push(ctx, image, server.Host+"/b:v1")
			if pushErr == nil {
				require.Equal(t, want, pushed)
				var pulled v1.Image
				if pulled, pushErr = client.Image(ctx, server.Host+"/b:v1"); pushErr == nil {
					pushErr = schedule{seed: seed}.readAll(t, image, pulled)
				}
			}
			var finding diagnostic.Diagnostics
			var trouble *registry.Error
			if pushErr != nil && !errors.As(pushErr, &finding) {
				require.ErrorAs(t, pushErr, &trouble)
				require.Equal(t, server.Host, trouble.Host)
				require.Error(t, trouble.Kind, "%v", pushErr)
			}
			require.NoError(t, ctx.Err())
			for _, request := range server.Faults.Elsewhere() {
				require.Empty(t, request.Header.Get("Authorization"))
			}
		})
	}
}

// packageLikeImage has a layer with something behind the end of its tar, one that
// is sent along with the question for an upload, and one that takes a while.
func packageLikeImage(t *testing.T) v1.Image {
	t.Helper()
	chance := rand.NewChaCha8([32]byte{1})
	large := make([]byte, 300<<10)
	_, _ = chance.Read(large)
	tarWithRoom := make([]byte, 64<<10) // nothing but the end of a tar, and zeros
	image, err := mutate.AppendLayers(
		mutate.MediaType(empty.Image, types.OCIManifestSchema1),
		static.NewLayer(large, types.OCIUncompressedLayer),
		static.NewLayer(tarWithRoom, types.OCIUncompressedLayer),
		static.NewLayer([]byte("small"), types.OCIUncompressedLayer),
	)
	require.NoError(t, err)
	_, err = image.RawManifest()
	require.NoError(t, err)
	return image
}

// run is one run, on a clock of its own. It tells whether it was a success, and
// how many faults there were.
func (s schedule) run(t *testing.T, image v1.Image) (succeeded bool, faults []registrytest.Injected) {
	t.Helper()
	network := &pipes{listeners: map[string]chan net.Conn{}, closed: make(chan struct{})}
	defer network.close()
	source, target := s.startRegistry(network, "source.test", 0), s.startRegistry(network, "target.test", 1)
	source.fill(t, image)
	transport := &http.Transport{DialTLSContext: network.dial, DisableCompression: true}
	options := registry.Options{
		Keychain:  keychain{faultUser, faultPassword},
		Transport: transport,
		Warn:      func(err error) { s.clear(t, err) },
	}
	folder := ""
	if s.cached {
		folder = t.TempDir()
		opened, err := cache.Open(folder, cache.Options{})
		require.NoError(t, err)
		defer opened.Close()
		options.Cache = opened
	}
	client := registry.NewClient(options)
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), s.deadline)
	err := s.operate(ctx, t, client, image, source, target)
	require.LessOrEqual(t, time.Since(began), s.deadline, "%s", s)
	cancel()
	if err != nil {
		s.clear(t, err)
	}
	require.NoError(t, target.broken(image), "%s", s)

	transport.CloseIdleConnections()
	synctest.Wait()
	require.Zero(t, network.open.Load(), "%s: connections were left open", s)
	if folder != "" {
		s.checkCache(t, folder)
	}
	for _, one := range []*faultyRegistry{source, target} {
		for _, request := range one.faults.Elsewhere() {
			require.Empty(t, request.Header.Get("Authorization"), "%s: credentials went to another host with %s %s", s, request.Method, request.Path)
		}
		faults = append(faults, one.faults.Injected()...)
	}
	if t.Failed() || *onlySeed >= 0 {
		t.Logf("%s\nerror: %v\nsource: %v\ntarget: %v", s, err, source.faults.Injected(), target.faults.Injected())
	}
	return err == nil, faults
}

// operate does the schedule's one thing. Where it worked, what there is then must
// be right.
func (s schedule) operate(ctx context.Context, t *testing.T, client *registry.Client, image v1.Image, source, target *faultyRegistry) error {
	t.Helper()
	from, to := source.host+"/a:v1", target.host+"/b:v1"
	switch s.operation {
	case "push":
		return s.push(ctx, t, client, image, target, to)
	case "pull":
		pulled, err := client.Image(ctx, from)
		if err != nil {
			return err
		}
		return s.readAll(t, image, pulled)
	case "copy":
		pulled, err := client.Image(ctx, from)
		if err != nil {
			return err
		}
		return s.push(ctx, t, client, pulled, target, to)
	case "relocate":
		return s.relocate(ctx, t, client, source, target)
	case "layout":
		return s.toLayout(ctx, t, client, image, source)
	case "tags":
		var tags []string
		for tag, err := range client.Tags(ctx, source.host+"/a") {
			if err != nil {
				return err
			}
			tags = append(tags, tag)
		}
		// A list has no digest that would give away a name that was changed.
		if !source.had(registrytest.WrongBytes) {
			require.Equal(t, []string{"v1", "v2", "v3"}, tags, "%s", s)
		}
		return nil
	case "resolve":
		descriptor, err := client.Resolve(ctx, source.host+"/a@"+source.digest)
		if err == nil {
			require.Equal(t, source.digest, descriptor.Digest.String(), "%s", s)
		}
		return err
	case "attach":
		attached, err := client.Attach(ctx, from, document("application/vnd.test", "text"))
		if err != nil {
			return err
		}
		raw, ok := source.manifest("a", attached.Digest.String())
		require.True(t, ok, "%s", s)
		require.Equal(t, attached.Digest.String(), sumOf(raw), "%s", s)
		return nil
	}
	panic(s.operation)
}

func (s schedule) push(ctx context.Context, t *testing.T, client *registry.Client, image v1.Image, target *faultyRegistry, to string) error {
	t.Helper()
	digest, err := client.Push(ctx, image, to)
	if err != nil {
		return err
	}
	raw, ok := target.manifest("b", "v1")
	require.True(t, ok, "%s: the tag is missing", s)
	require.Equal(t, digest.String(), sumOf(raw), "%s", s)
	return nil
}

// relocate copies an image and what refers to it.
func (s schedule) relocate(ctx context.Context, t *testing.T, client *registry.Client, source, target *faultyRegistry) error {
	t.Helper()
	to, err := ocistore.InRepository(client, target.host+"/b")
	require.NoError(t, err)
	root, err := s.copyTo(ctx, t, client, source, to)
	if err != nil {
		return err
	}
	raw, ok := target.manifest("b", "v1")
	require.True(t, ok, "%s: the tag is missing", s)
	require.Equal(t, root.Descriptor.Digest.String(), sumOf(raw), "%s", s)
	if _, there := target.manifest("b", source.referrer); !there {
		require.True(t, source.had(registrytest.NoReferrers) || root.Descriptor.Digest.String() != source.digest || source.had(registrytest.WrongBytes) ||
			source.had(registrytest.EmptyPages), "%s: the referrer is missing", s)
	}
	return nil
}

// toLayout copies an image to a folder. Whatever is there afterwards is right, and
// the same copy without faults goes on from it.
func (s schedule) toLayout(ctx context.Context, t *testing.T, client *registry.Client, image v1.Image, source *faultyRegistry) error {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "layout")
	to, err := ocistore.WriteLayout(folder)
	require.NoError(t, err)
	_, err = s.copyTo(ctx, t, client, source, to)
	if err == nil {
		require.NoError(t, to.Commit(t.Context()))
		layout, err := ocistore.OpenLayout(folder)
		require.NoError(t, err)
		require.Equal(t, "v1", ocistore.NameOf(layout.Entries()[0]), "%s", s)
		require.NoError(t, layout.Close())
	}
	blobs := filepath.Join(folder, "blobs", "sha256")
	files, readErr := os.ReadDir(blobs)
	if !errors.Is(readErr, fs.ErrNotExist) {
		require.NoError(t, readErr)
	}
	for _, file := range files {
		content, err := os.ReadFile(filepath.Join(blobs, file.Name()))
		require.NoError(t, err)
		require.Equal(t, "sha256:"+file.Name(), sumOf(content), "%s: left over in the layout", s)
	}
	if err == nil {
		manifest, err := image.Manifest()
		require.NoError(t, err)
		for _, blob := range append([]v1.Descriptor{manifest.Config}, manifest.Layers...) {
			require.FileExists(t, filepath.Join(blobs, blob.Digest.Hex), "%s", s)
		}
	}
	return err
}

func (s schedule) copyTo(ctx context.Context, t *testing.T, client *registry.Client, source *faultyRegistry, to ocistore.Writer) (*registry.Manifest, error) {
	t.Helper()
	from, err := ocistore.InRepository(client, source.host+"/a")
	require.NoError(t, err)
	root, err := from.Manifest(ctx, "v1")
	if err != nil {
		return nil, err
	}
	plan, err := ocistore.NewPlan(ctx, []ocistore.Item{{From: from, Root: root, To: to, Names: []string{"v1"}}}, ocistore.Options{Referrers: true})
	if err == nil {
		_, _, err = plan.Run(ctx)
	}
	if err != nil {
		var side *ocistore.Error
		require.ErrorAs(t, err, &side, "%s", s)
	}
	return root, err
}

// readAll reads an image that should be the other one. A tag that moved means
// another manifest with the same content.
func (s schedule) readAll(t *testing.T, want, got v1.Image) error {
	t.Helper()
	config, err := got.RawConfigFile()
	if err != nil {
		return err
	}
	wantConfig, err := want.RawConfigFile()
	require.NoError(t, err)
	require.Equal(t, wantConfig, config, "%s", s)
	manifest, err := want.Manifest()
	require.NoError(t, err)
	for _, descriptor := range manifest.Layers {
		layer, err := got.LayerByDigest(descriptor.Digest)
		require.NoError(t, err, "%s", s) // the manifest is there, and right
		stream, err := layer.Compressed()
		if err != nil {
			return err
		}
		content, err := io.ReadAll(stream)
		require.NoError(t, stream.Close(), "%s", s)
		if err != nil {
			return err
		}
		require.Equal(t, descriptor.Digest.String(), sumOf(content), "%s", s)
	}
	return nil
}

// clear makes sure that an error says what a person needs, and no secret.
func (s schedule) clear(t *testing.T, err error) {
	t.Helper()
	var finding diagnostic.Diagnostics
	var trouble *registry.Error
	switch {
	case errors.As(err, &finding):
		for _, one := range finding {
			require.NotEmpty(t, one.Code, "%s: %v", s, err)
			require.True(t, strings.Contains(one.Position.File, ".test/") || errors.As(err, new(*ocistore.Error)), "%s: %v", s, err)
		}
	case errors.As(err, &trouble):
		require.NotEmpty(t, trouble.Host, "%s: %v", s, err)
		require.Contains(t, trouble.Reference, ".test/", "%s: %v", s, err)
		require.NotEmpty(t, trouble.Operation, "%s: %v", s, err)
		if !errors.Is(err, context.DeadlineExceeded) {
			require.Error(t, trouble.Kind, "%s: %v", s, err)
		}
	case errors.As(err, new(*ocistore.Error)) && errors.Is(err, context.DeadlineExceeded):
		// Where the other end is a folder, that is where the deadline was met.
	default:
		require.Fail(t, "an error of no kind", "%s: %T %v", s, err, err)
	}
	for _, secret := range []string{faultPassword, "token-1", "Bearer ", "Basic "} {
		require.NotContains(t, err.Error(), secret, "%s", s)
	}
}

// checkCache makes sure that what a cache has is what it says, and that nothing
// half done is left.
func (s schedule) checkCache(t *testing.T, folder string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		require.NotEqual(t, "temporary", filepath.Base(filepath.Dir(path)), "%s: left over: %s", s, path)
		if len(entry.Name()) != 64 || !strings.Contains(path, "sha256") {
			return nil
		}
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, "sha256:"+entry.Name(), sumOf(content), "%s", s)
		return nil
	}))
}

func hashOf(content []byte) v1.Hash {
	sum := sha256.Sum256(content)
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum[:])}
}

func sumOf(content []byte) string {
	sum := sha256.Sum256(content)
	return "sha256:" + hex.EncodeToString(sum[:])
}
