package packageloader_test

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/benchmark/packageset"
	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// BenchmarkOpen goes from an image in memory to verified files, beside what
// go-containerregistry and archive/tar need to verify the compressed layer and to
// read each entry.
func BenchmarkOpen(b *testing.B) {
	for _, name := range packageset.Names() {
		b.Run(name+"/packstage", func(b *testing.B) {
			image, files := builtImage(b, name)
			b.ReportAllocs()
			for b.Loop() {
				content, err := packageloader.FromImage(image).Open(context.Background(), packagetypes.Limits{})
				require.NoError(b, err)
				require.Equal(b, files, content.Files.Len())
			}
		})
		b.Run(name+"/remote", func(b *testing.B) {
			image, files := builtImage(b, name)
			b.ReportAllocs()
			for b.Loop() {
				require.Equal(b, files, readEachEntry(b, image))
			}
		})
	}
}

// builtImage returns the image of a set, and how many files are in it.
func builtImage(b *testing.B, name string) (image v1.Image, files int) {
	b.Helper()
	set, ok := packageset.Generate(name)
	require.True(b, ok)
	image, _, err := packagebuilder.Build(context.Background(), packageloader.FromFiles(set.Files),
		packagebuilder.BuildOptions{SkipValidation: true})
	require.NoError(b, err)
	return image, len(set.Files)
}

// hashedLayer is a layer that can be had compressed only, and is hashed while it is
// read, as that of a registry.
type hashedLayer struct{ partial.CompressedLayer }

func (l hashedLayer) Compressed() (io.ReadCloser, error) {
	stream, err := l.CompressedLayer.Compressed()
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{io.TeeReader(stream, sha256.New()), stream}, nil
}

// readEachEntry returns the number of entries that it read.
func readEachEntry(b *testing.B, image v1.Image) int {
	b.Helper()
	layers, err := image.Layers()
	require.NoError(b, err)
	entries := 0
	for _, stored := range layers {
		layer, err := partial.CompressedToLayer(hashedLayer{stored})
		require.NoError(b, err)
		stream, err := layer.Uncompressed()
		require.NoError(b, err)
		archive := tar.NewReader(stream)
		for {
			_, err := archive.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(b, err)
			_, err = io.ReadAll(archive)
			require.NoError(b, err)
			entries++
		}
		require.NoError(b, stream.Close())
	}
	return entries
}
