package packagebuilder_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/crane"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/pinnedgzip"
	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/registryserver"
)

// The sizes of the benchmarks in MB. PACKSTAGE_BENCH_LARGE adds 100.
func benchSizes() []int {
	if os.Getenv("PACKSTAGE_BENCH_LARGE") != "" {
		return []int{1, 10, 100}
	}
	return []int{1, 10}
}

// benchFiles are files of 32 KiB each.
func benchFiles(b *testing.B, megabytes int) *packagetypes.Files {
	b.Helper()
	const size = 32 << 10
	text := generated(1 << 20)
	contents := map[string][]byte{}
	for i := range megabytes << 20 / size {
		at := i * 7919 % (len(text) - size)
		contents[fmt.Sprintf("folder-%d/file-%d.yaml", i%10, i)] = []byte(text[at : at+size])
	}
	files, err := packagetypes.NewFiles(contents, packagetypes.Limits{})
	require.NoError(b, err)
	return files
}

func benchTar(b *testing.B, files *packagetypes.Files) []byte {
	b.Helper()
	layers, err := build(b, files, packagebuilder.ImageOptions{}).Layers()
	require.NoError(b, err)
	reader, err := layers[0].Uncompressed()
	require.NoError(b, err)
	content, err := io.ReadAll(reader)
	require.NoError(b, err)
	return content
}

// The budget of Build is 1.15 of Baseline: sha256 and the pinned gzip over the
// same bytes.
func BenchmarkBuild(b *testing.B) {
	for _, size := range benchSizes() {
		files := benchFiles(b, size)
		b.Run(fmt.Sprintf("%dMB/Build", size), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(files.Size())
			for b.Loop() {
				build(b, files, packagebuilder.ImageOptions{})
			}
		})
		layer := benchTar(b, files)
		b.Run(fmt.Sprintf("%dMB/Baseline", size), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(files.Size())
			for b.Loop() {
				sha256.Sum256(layer)
				var buffer bytes.Buffer
				compressor := pinnedgzip.NewWriter(&buffer)
				_, err := compressor.Write(layer)
				require.NoError(b, err)
				require.NoError(b, compressor.Close())
			}
		})
	}
}

func startRegistry(b *testing.B) string {
	b.Helper()
	server := httptest.NewServer(registryserver.New(registryserver.Options{}))
	b.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func benchOptions() registry.Options { return registry.Options{Keychain: authn.NewMultiKeychain()} }

// The budget of BuildAndPush is 0.5 of CraneAppend with the same uncompressed tar.
func BenchmarkBuildAndPush(b *testing.B) {
	for _, size := range benchSizes() {
		files := benchFiles(b, size)
		b.Run(fmt.Sprintf("%dMB/BuildAndPush", size), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				host := startRegistry(b)
				b.StartTimer()
				image := build(b, files, packagebuilder.ImageOptions{})
				_, err := packagebuilder.Push(context.Background(), image, []string{host + "/a:v1"}, benchOptions())
				require.NoError(b, err)
			}
		})
		path := filepath.Join(b.TempDir(), "layer.tar")
		require.NoError(b, os.WriteFile(path, benchTar(b, files), 0o600))
		b.Run(fmt.Sprintf("%dMB/CraneAppend", size), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				host := startRegistry(b)
				b.StartTimer()
				image, err := crane.Append(empty.Image, path)
				require.NoError(b, err)
				require.NoError(b, crane.Push(image, host+"/a:v1"))
			}
		})
	}
}

// The budget of Pull is 0.9 of GoContainerRegistry: the same image into the
// same files without a check beyond that library's own.
func BenchmarkPull(b *testing.B) {
	for _, size := range benchSizes() {
		host := startRegistry(b)
		image := build(b, benchFiles(b, size), packagebuilder.ImageOptions{})
		reference := host + "/a:v1"
		_, err := packagebuilder.Push(context.Background(), image, []string{reference}, benchOptions())
		require.NoError(b, err)
		b.Run(fmt.Sprintf("%dMB/Pull", size), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, err := packageloader.FromRegistry(reference, benchOptions()).Open(context.Background(), packagetypes.Limits{})
				require.NoError(b, err)
			}
		})
		tag, err := name.NewTag(reference)
		require.NoError(b, err)
		b.Run(fmt.Sprintf("%dMB/GoContainerRegistry", size), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				image, err := remote.Image(tag)
				require.NoError(b, err)
				layers, err := image.Layers()
				require.NoError(b, err)
				files := map[string][]byte{}
				for _, layer := range layers {
					reader, err := layer.Uncompressed()
					require.NoError(b, err)
					archive := tar.NewReader(reader)
					for {
						header, err := archive.Next()
						if errors.Is(err, io.EOF) {
							break
						}
						require.NoError(b, err)
						files[header.Name], err = io.ReadAll(archive)
						require.NoError(b, err)
					}
					require.NoError(b, reader.Close())
				}
			}
		})
	}
}
