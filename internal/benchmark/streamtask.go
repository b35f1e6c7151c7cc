package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/packstage/packstage/internal/benchmark/packageset"
	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/ocistore"
	"github.com/packstage/packstage/registry/registryserver"
)

// streamWays are the ways of a layer that are measured.
func streamWays() []string { return []string{"push", "pull", "copy", "load"} }

// measureStream measures the memory of one way of a layer of so many megabytes:
// push from a layout on disk, pull into one, copy from one registry to another, and
// load into files. The registries are in this process and keep their content on
// disk.
func measureStream(ctx context.Context, t task) (found figures, err error) {
	folder, err := os.MkdirTemp("", "packstage-benchmark-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	s := &streams{folder: folder}
	defer func() { s.close() }()
	if t.Name == "load" {
		return s.load(ctx, t.Size)
	}
	from, err := s.repository("source")
	if err != nil {
		return nil, err
	}
	to, err := s.repository("destination")
	if err != nil {
		return nil, err
	}
	root, err := pushPattern(ctx, from, int64(t.Size)<<20)
	if err != nil {
		return nil, err
	}
	layout := filepath.Join(folder, "layout")
	run := map[string]func() error{
		"copy": func() error { return copyImage(ctx, from, root, to) },
		"pull": func() error { return copyToLayout(ctx, from, root, layout) },
		"push": func() error { return copyFromLayout(ctx, layout, root, to) },
	}
	if t.Name == "push" {
		if err := run["pull"](); err != nil {
			return nil, err
		}
	}
	way, ok := run[t.Name]
	if !ok {
		return nil, fmt.Errorf("there is no way %q of a layer", t.Name)
	}
	peak, err := peakOf(way)
	return figures{"peak": peak}, err
}

// streams are the registries of a measurement.
type streams struct {
	folder string
	closes []func()
}

func (s *streams) close() {
	for _, closing := range s.closes {
		closing()
	}
}

// host starts a registry that keeps its content on disk.
func (s *streams) host(name string) (string, error) {
	storage, err := registryserver.OpenFolder(filepath.Join(s.folder, name))
	if err != nil {
		return "", err
	}
	server := httptest.NewServer(registryserver.New(registryserver.Options{Storage: storage, MaxBlobBytes: 2 << 30}))
	s.closes = append(s.closes, server.Close, func() { _ = storage.Close() })
	return strings.TrimPrefix(server.URL, "http://"), nil
}

func (s *streams) repository(name string) (*ocistore.Repository, error) {
	host, err := s.host(name)
	if err != nil {
		return nil, err
	}
	return ocistore.InRepository(registry.NewClient(registry.Options{}), host+"/"+name)
}

// load pulls a package of so many megabytes into files.
func (s *streams) load(ctx context.Context, megabytes int) (figures, error) {
	host, err := s.host("source")
	if err != nil {
		return nil, err
	}
	files, err := packagetypes.NewFiles(packageset.Bulk(megabytes).Files, wide())
	if err != nil {
		return nil, err
	}
	image, err := packagebuilder.Image(ctx, files, packagebuilder.ImageOptions{Limits: wide()})
	if err != nil {
		return nil, err
	}
	manifest, err := image.Manifest()
	if err != nil {
		return nil, err
	}
	size := files.Size()
	for _, layer := range manifest.Layers {
		size += layer.Size
	}
	digest, err := packagebuilder.Push(ctx, image, []string{host + "/source:v1"}, registry.Options{})
	if err != nil {
		return nil, err
	}
	files, image = nil, nil
	var loaded *packageloader.Content
	peak, err := peakOf(func() (err error) {
		loaded, err = packageloader.FromRegistry(host+"/source@"+digest, registry.Options{}).Open(ctx, wide())
		return err
	})
	if err != nil {
		return nil, err
	}
	return figures{"peak": peak, "bytes": size, "files": int64(loaded.Files.Len())}, nil
}

// pattern is content that takes no memory.
type pattern struct{ left, at int64 }

func (p *pattern) Read(buffer []byte) (int, error) {
	if p.left == 0 {
		return 0, io.EOF
	}
	count := int(min(int64(len(buffer)), p.left))
	for i := range buffer[:count] {
		buffer[i] = byte((p.at + int64(i)) * 2654435761 >> 16)
	}
	p.left -= int64(count)
	p.at += int64(count)
	return count, nil
}

func (p *pattern) Close() error { return nil }

// pushPattern pushes an image with one layer of a size.
func pushPattern(ctx context.Context, to ocistore.Writer, size int64) (*registry.Manifest, error) {
	hash := sha256.New()
	if _, err := io.Copy(hash, &pattern{left: size}); err != nil {
		return nil, err
	}
	layer := v1.Descriptor{MediaType: types.OCILayer, Size: size, Digest: v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(hash.Sum(nil))}}
	if err := to.PushBlob(ctx, layer, func() (io.ReadCloser, error) { return &pattern{left: size}, nil }, nil); err != nil {
		return nil, err
	}
	config := []byte(`{"os":"linux"}`)
	described := v1.Descriptor{MediaType: types.OCIConfigJSON, Size: int64(len(config)), Digest: sha256Of(config)}
	if err := to.PushBlob(ctx, described, func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(config)), nil }, nil); err != nil {
		return nil, err
	}
	raw, err := json.Marshal(v1.Manifest{SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Config: described, Layers: []v1.Descriptor{layer}})
	if err != nil {
		return nil, err
	}
	manifest := &registry.Manifest{Raw: raw, Descriptor: v1.Descriptor{MediaType: types.OCIManifestSchema1, Size: int64(len(raw)), Digest: sha256Of(raw)}}
	return manifest, to.PushManifest(ctx, "v1", manifest)
}

func sha256Of(content []byte) v1.Hash {
	sum := sha256.Sum256(content)
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum[:])}
}

func copyImage(ctx context.Context, from ocistore.Reader, root *registry.Manifest, to ocistore.Writer) error {
	plan, err := ocistore.NewPlan(ctx, []ocistore.Item{{From: from, Root: root, To: to, Names: []string{"v2"}}}, ocistore.Options{})
	if err != nil {
		return err
	}
	_, _, err = plan.Run(ctx)
	return err
}

func copyToLayout(ctx context.Context, from ocistore.Reader, root *registry.Manifest, path string) error {
	layout, err := ocistore.WriteLayout(path)
	if err != nil {
		return err
	}
	if err := copyImage(ctx, from, root, layout); err != nil {
		return err
	}
	return layout.Commit(ctx)
}

func copyFromLayout(ctx context.Context, path string, root *registry.Manifest, to ocistore.Writer) (err error) {
	layout, err := ocistore.OpenLayout(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, layout.Close()) }()
	return copyImage(ctx, layout, root, to)
}
