package main

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/google/go-containerregistry/pkg/crane"
	"github.com/google/go-containerregistry/pkg/name"
	ggcrregistry "github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/cache"
)

// loopback is a registry in this process that both sides of a comparison talk
// to; it is neither's own work to make it fast.
type loopback struct {
	server  *httptest.Server
	handler atomic.Pointer[http.Handler]
	// requests that came so far.
	requests atomic.Int64
	// transport of the work that is under way: each has connections of its own,
	// as a process of its own would.
	transport *http.Transport
}

func newLoopback() *loopback {
	l := &loopback{}
	l.empty()
	l.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.requests.Add(1)
		(*l.handler.Load()).ServeHTTP(w, r)
	}))
	return l
}

// empty forgets what was pushed, so that the next push has everything to do.
func (l *loopback) empty() {
	handler := ggcrregistry.New(ggcrregistry.Logger(log.New(io.Discard, "", 0)))
	l.handler.Store(&handler)
}

func (l *loopback) connectAnew() {
	l.disconnect()
	l.transport = http.DefaultTransport.(*http.Transport).Clone()
}

func (l *loopback) disconnect() {
	if l.transport != nil {
		l.transport.CloseIdleConnections()
	}
}

func (l *loopback) close() {
	l.disconnect()
	l.server.Close()
}

func (l *loopback) repository() string {
	return strings.TrimPrefix(l.server.URL, "http://") + "/benchmark/package"
}

func (l *loopback) forPush() error {
	l.empty()
	l.connectAnew()
	return nil
}

func (l *loopback) forPull() error {
	l.connectAnew()
	return nil
}

// newPush builds the image from the files and pushes it.
func newPush(ctx context.Context, p *prepared) work {
	return work{prepare: p.loopback.forPush, run: func() error {
		image, err := packagebuilder.Image(ctx, p.files, packagebuilder.ImageOptions{})
		if err != nil {
			return err
		}
		_, err = packagebuilder.Push(ctx, image, []string{p.loopback.repository() + ":v1"},
			registry.Options{Transport: p.loopback.transport})
		return err
	}}
}

// newCraneAppend does what `crane append` does with a tar: an image of one layer
// from the file, and a push.
func newCraneAppend(ctx context.Context, p *prepared) work {
	base := mutate.MediaType(empty.Image, types.OCIManifestSchema1)
	return work{prepare: p.loopback.forPush, run: func() error {
		image, err := crane.Append(base, p.archivePath())
		if err != nil {
			return err
		}
		return crane.Push(image, p.loopback.repository()+":v1",
			crane.WithContext(ctx), crane.WithTransport(p.loopback.transport))
	}}
}

// newPulls returns the pull into files and its baseline, both of the same image
// by digest.
func newPulls(ctx context.Context, p *prepared) (ours, baseline work) {
	var reference string
	prepare := func() error {
		if err := p.loopback.forPush(); err != nil {
			return err
		}
		digest, err := packagebuilder.Push(ctx, p.image, []string{p.loopback.repository() + ":v1"},
			registry.Options{Transport: p.loopback.transport})
		reference = p.loopback.repository() + "@" + digest
		return errors.Join(err, p.loopback.forPull())
	}
	ours = work{prepare: prepare, run: func() error {
		source := packageloader.FromRegistry(reference, registry.Options{Transport: p.loopback.transport})
		content, err := source.Open(ctx, packagetypes.Limits{})
		if err != nil {
			return err
		}
		return sameNumber(content.Files.Len(), p.files.Len())
	}}
	baseline = work{prepare: prepare, run: func() error {
		parsed, err := name.ParseReference(reference)
		if err != nil {
			return err
		}
		image, err := remote.Image(parsed, remote.WithContext(ctx), remote.WithTransport(p.loopback.transport))
		if err != nil {
			return err
		}
		files, err := readEntries(image)
		if err != nil {
			return err
		}
		return sameNumber(len(files), p.files.Len())
	}}
	return ours, baseline
}

// newCachedPull returns the pull into files, by digest, of what is in the cache on
// disk. A request is an error.
func newCachedPull(ctx context.Context, p *prepared) work {
	var (
		reference string
		stored    *cache.Cache
		before    int64
	)
	pull := func() error {
		source := packageloader.FromRegistry(reference, registry.Options{Transport: p.loopback.transport, Cache: stored})
		content, err := source.Open(ctx, packagetypes.Limits{})
		if err != nil {
			return err
		}
		return sameNumber(content.Files.Len(), p.files.Len())
	}
	prepare := func() (err error) {
		if stored == nil {
			if stored, err = cache.Open(filepath.Join(p.folder, "cache"), cache.Options{}); err != nil {
				return err
			}
			if err := p.loopback.forPush(); err != nil {
				return err
			}
			digest, err := packagebuilder.Push(ctx, p.image, []string{p.loopback.repository() + ":v1"},
				registry.Options{Transport: p.loopback.transport})
			if err != nil {
				return err
			}
			reference = p.loopback.repository() + "@" + digest
			if err := pull(); err != nil {
				return err
			}
		}
		before = p.loopback.requests.Load()
		return nil
	}
	return work{prepare: prepare, run: func() error {
		if err := pull(); err != nil {
			return err
		}
		if requests := p.loopback.requests.Load() - before; requests != 0 {
			return fmt.Errorf("a pull from the cache made %d requests", requests)
		}
		return nil
	}}
}

// readEntries reads each entry of the image's layers with io.ReadAll.
func readEntries(image v1.Image) (map[string][]byte, error) {
	layers, err := image.Layers()
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, layer := range layers {
		if err := readLayerEntries(layer, files); err != nil {
			return nil, err
		}
	}
	return files, nil
}

func readLayerEntries(layer v1.Layer, files map[string][]byte) error {
	reader, err := layer.Uncompressed()
	if err != nil {
		return err
	}
	defer reader.Close()
	archive := tar.NewReader(reader)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if files[header.Name], err = io.ReadAll(archive); err != nil {
			return err
		}
	}
}

func sameNumber(got, want int) error {
	if got != want {
		return fmt.Errorf("pulled %d files instead of %d", got, want)
	}
	return nil
}
