package ocistore_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/ocistore"
	"github.com/packstage/packstage/registry/registryserver"
	"github.com/packstage/packstage/registry/registrytest"
)

var large = flag.Bool("large", false, "copy a layer of 1 GiB, too")

// generated is content of any size that takes no memory.
type generated struct{ size, offset int64 }

func (g *generated) Read(buffer []byte) (int, error) {
	if g.offset >= g.size {
		return 0, io.EOF
	}
	count := int(min(int64(len(buffer)), g.size-g.offset))
	for i := range buffer[:count] {
		buffer[i] = byte((g.offset + int64(i)) * 2654435761 >> 16)
	}
	g.offset += int64(count)
	return count, nil
}

func (g *generated) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += g.offset
	case io.SeekEnd:
		offset += g.size
	}
	g.offset = offset
	return offset, nil
}

func (g *generated) Close() error { return nil }

// forgetful is a storage that keeps small content only, and generates what is large.
type forgetful struct {
	*registryserver.Memory
	mutex sync.Mutex
	sizes map[string]int64
}

const small = 1 << 19

func (s *forgetful) Open(key string) (io.ReadSeekCloser, error) {
	s.mutex.Lock()
	size, ok := s.sizes[key]
	s.mutex.Unlock()
	if ok {
		return &generated{size: size}, nil
	}
	return s.Memory.Open(key)
}

func (s *forgetful) Stage() (registryserver.Stage, error) { return &forgetfulStage{storage: s}, nil }

type forgetfulStage struct {
	storage *forgetful
	head    []byte
	size    int64
}

func (s *forgetfulStage) Write(content []byte) (int, error) {
	if s.size += int64(len(content)); s.size <= small {
		s.head = append(s.head, content...)
	}
	return len(content), nil
}

func (s *forgetfulStage) Commit(key string) error {
	if s.size > small {
		s.storage.mutex.Lock()
		defer s.storage.mutex.Unlock()
		s.storage.sizes[key] = s.size
		return nil
	}
	stage, err := s.storage.Memory.Stage()
	if err != nil {
		return err
	}
	if _, err := stage.Write(s.head); err != nil {
		return err
	}
	return stage.Commit(key)
}

func (s *forgetfulStage) Discard() error { return nil }

func startForgetful(t *testing.T) *registrytest.Registry {
	t.Helper()
	return registrytest.Start(t, registrytest.Options{Server: registryserver.Options{
		Storage: &forgetful{Memory: registryserver.NewMemory(), sizes: map[string]int64{}}, MaxBlobBytes: 2 << 30,
	}})
}

// pushLarge makes an image with one layer of a size.
func pushLarge(t *testing.T, repository *ocistore.Repository, size int64) *registry.Manifest {
	t.Helper()
	hash := sha256.New()
	_, err := io.CopyBuffer(hash, &generated{size: size}, make([]byte, 1<<20))
	require.NoError(t, err)
	layer := v1.Descriptor{MediaType: types.OCILayer, Size: size, Digest: v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(hash.Sum(nil))}}
	require.NoError(t, repository.PushBlob(t.Context(), layer, func() (io.ReadCloser, error) { return &generated{size: size}, nil }, nil))
	return pushImage(t, repository, layer)
}

// pushImage makes an image of a layer that is there.
func pushImage(t *testing.T, to ocistore.Writer, layers ...v1.Descriptor) *registry.Manifest {
	t.Helper()
	config := []byte(`{"os":"linux"}`)
	descriptor := v1.Descriptor{MediaType: types.OCIConfigJSON, Size: int64(len(config)), Digest: hashOf(config)}
	require.NoError(t, to.PushBlob(t.Context(), descriptor, func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(config)), nil }, nil))
	raw, err := json.Marshal(v1.Manifest{SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Config: descriptor, Layers: layers})
	require.NoError(t, err)
	manifest := &registry.Manifest{Raw: raw, Descriptor: v1.Descriptor{MediaType: types.OCIManifestSchema1, Size: int64(len(raw)), Digest: hashOf(raw)}}
	require.NoError(t, to.PushManifest(t.Context(), "v1", manifest))
	return manifest
}

func hashOf(content []byte) v1.Hash {
	sum := sha256.Sum256(content)
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum[:])}
}

// peak is the largest heap while something runs, over what there was before.
func peak(run func()) uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	now := func() uint64 {
		metrics.Read(sample)
		return sample[0].Value.Uint64()
	}
	runtime.GC()
	before, highest := now(), uint64(0)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
				highest = max(highest, now())
			}
		}
	}()
	run()
	close(stop)
	<-stopped
	return max(highest, before) - before
}

// Memory does not grow with the layers, in any direction.
func TestMemoryIsFlat(t *testing.T) { //nolint:paralleltest // it looks at the memory of the process
	sizes := []int64{1 << 20, 64 << 20}
	if *large {
		sizes = append(sizes, 1<<30)
	}
	client := newClient()
	for _, direction := range []string{"registry to registry", "registry to layout", "layout to registry", "registry to tar", "tar to registry"} {
		for _, size := range sizes {
			t.Run(fmt.Sprintf("%s %d MiB", direction, size>>20), func(t *testing.T) { //nolint:paralleltest // as above
				source, err := ocistore.InRepository(client, startForgetful(t).Host+"/source")
				require.NoError(t, err)
				root := pushLarge(t, source, size)
				destination, err := ocistore.InRepository(client, startForgetful(t).Host+"/destination")
				require.NoError(t, err)
				folder := t.TempDir()
				from, to := strings.Split(direction, " to ")[0], strings.Split(direction, " to ")[1]
				var reader ocistore.Reader = source
				var writer ocistore.Writer = destination
				commit := func() {}
				if to == "layout" || from == "layout" {
					layout, err := ocistore.WriteLayout(filepath.Join(folder, "layout"))
					require.NoError(t, err)
					writer, commit = layout, func() { require.NoError(t, layout.Commit(t.Context())) }
				}
				if to == "tar" || from == "tar" {
					tar, err := ocistore.WriteTar(filepath.Join(folder, "x.tar"))
					require.NoError(t, err)
					writer, commit = tar, func() { require.NoError(t, tar.Commit(t.Context())) }
				}
				copyAll := func() {
					plan, err := ocistore.NewPlan(t.Context(), []ocistore.Item{{From: reader, Root: root, To: writer, Names: []string{"v2"}}}, ocistore.Options{})
					require.NoError(t, err)
					moved, _, err := plan.Run(t.Context())
					require.NoError(t, err)
					require.Greater(t, moved.Bytes, size)
					commit()
				}
				if from != "registry" {
					copyAll()
					open, path := ocistore.OpenLayout, filepath.Join(folder, "layout")
					if from == "tar" {
						open, path = ocistore.OpenTar, filepath.Join(folder, "x.tar")
					}
					layout, err := open(path)
					require.NoError(t, err)
					defer layout.Close()
					reader, writer, commit = layout, destination, func() {}
				}
				most := peak(copyAll)
				t.Logf("at most %d KiB", most>>10)
				// Both registries are in this process, too.
				require.Less(t, most, uint64(16<<20))
			})
		}
	}
}
