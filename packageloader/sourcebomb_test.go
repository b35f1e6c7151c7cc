package packageloader_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// allocated returns the bytes that a call allocates. Tests that use it cannot
// run in parallel with others.
func allocated(call func()) uint64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	call()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// What a bomb costs is bounded by the limits, not by what it unpacks to.
//
//nolint:paralleltest // counts allocations
func TestBombs(t *testing.T) {
	for name, stored := range map[string][]byte{
		"one file of the package": bomb(t, "package/zeros", 1),
		"one file beside it":      bomb(t, "zeros", 1),
		"many files":              bomb(t, "package/zeros", 128),
	} {
		image := newImage()
		image.add(stored, nil)
		var err error
		start := time.Now()
		bytes := allocated(func() { _, err = image.open(packagetypes.Limits{}) })
		require.ErrorIs(t, err, diagnostic.LimitExceeded, name)
		t.Logf("%s: %v after %v", name, err, time.Since(start))
		require.Less(t, bytes, uint64(100<<20), name)
	}
	// The whole tar can be the bomb, too.
	stored := bomb(t, "oci-layout", 1)
	var err error
	bytes := allocated(func() {
		_, err = packageloader.FromTarReader(readerAt(stored), int64(len(stored)), "").Open(context.Background(), packagetypes.Limits{})
	})
	require.ErrorIs(t, err, diagnostic.LimitExceeded)
	require.Less(t, bytes, uint64(100<<20))
}

// The sizes that headers state cost nothing that is not there, whoever reads them.
//
//nolint:paralleltest // counts allocations
func TestStatedSizes(t *testing.T) {
	const mebibyte = 1 << 20
	zeros := entry{name: "package/zeros", content: string(make([]byte, 8*mebibyte))}
	for name, test := range map[string]struct {
		before []entry
		name   string
		size   int64
		code   diagnostic.Code
		most   uint64 // of memory
	}{
		"8 GiB":              {nil, "package/a", 1<<33 - 1, diagnostic.LimitExceeded, mebibyte},
		"8 GiB beside it":    {nil, "etc/a", 1<<33 - 1, diagnostic.LimitExceeded, mebibyte},
		"16 EiB":             {nil, "package/a", 1<<63 - 1, diagnostic.LimitExceeded, mebibyte},
		"more than is there": {nil, "package/a", 1000, diagnostic.ArchiveInvalid, mebibyte},
		"too large a file":   {nil, "package/a", 9 * mebibyte, diagnostic.ArchiveInvalid, mebibyte},
		"beside it":          {nil, "etc/a", 9 * mebibyte, diagnostic.ArchiveInvalid, mebibyte},
		// The layer and its first file.
		"more than is left": {[]entry{zeros}, "package/a", 8 * mebibyte, diagnostic.LimitExceeded, 20 * mebibyte},
	} {
		for _, format := range []tar.Format{tar.FormatUSTAR, tar.FormatPAX, tar.FormatGNU} {
			if format == tar.FormatUSTAR && test.size >= 1<<33 {
				continue
			}
			var buffer bytes.Buffer
			header := &tar.Header{Typeflag: tar.TypeReg, Name: test.name, Size: test.size, Format: format}
			require.NoError(t, tar.NewWriter(&buffer).WriteHeader(header))
			layer := buffer.Bytes()
			if test.before != nil {
				before := tarOf(t, test.before...)
				layer = append(before[:len(before)-1024], layer...) // without the zeros at its end
			}
			image := newImage(layer)
			var err error
			bytes := allocated(func() {
				_, err = image.open(packagetypes.Limits{File: 8 * mebibyte, UncompressedImage: 12 * mebibyte})
			})
			require.ErrorIs(t, err, test.code, "%s, %s", name, format)
			require.Less(t, bytes, test.most, "%s, %s", name, format)
		}
	}
}

func readerAt(content []byte) *bytes.Reader { return bytes.NewReader(content) }

func TestCompressionRatio(t *testing.T) {
	t.Parallel()
	layer := tarOf(t, entry{name: "package/a", content: string(make([]byte, 3<<20))})
	image := newImage()
	image.add(gzipOf(t, layer), layer)
	_, err := image.open(packagetypes.Limits{})
	var limit *packagetypes.LimitError
	require.ErrorAs(t, err, &limit)
	require.Equal(t, "CompressionRatio", limit.Limit)
	_, err = image.open(packagetypes.Limits{CompressionRatio: 2000})
	require.NoError(t, err)

	small := tarOf(t, entry{name: "package/a", content: string(make([]byte, 900<<10))})
	image = newImage()
	image.add(gzipOf(t, small), small)
	_, err = image.open(packagetypes.Limits{})
	require.NoError(t, err, "below 1 MiB any ratio is fine")
}

func TestCompressedImageLimit(t *testing.T) {
	t.Parallel()
	image := newImage(tarOf(t, manifestEntry), tarOf(t, entry{name: "package/b"}))
	_, err := image.open(packagetypes.Limits{CompressedImage: 3000})
	var limit *packagetypes.LimitError
	require.ErrorAs(t, err, &limit)
	require.Equal(t, "CompressedImage", limit.Limit)
}

// A layer of many headers with long names must not cost more than its bytes.
func TestManyEntriesOutside(t *testing.T) {
	t.Parallel()
	var buffer bytes.Buffer
	compressor := gzip.NewWriter(&buffer)
	archive := tar.NewWriter(compressor)
	for range 50_000 {
		require.NoError(t, archive.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: "outside/"}))
	}
	require.NoError(t, archive.Close())
	require.NoError(t, compressor.Close())
	image := newImage()
	image.add(buffer.Bytes(), nil)
	_, err := image.open(packagetypes.Limits{UncompressedImage: 1000, Files: 10, CompressionRatio: 1 << 20})
	require.ErrorIs(t, err, diagnostic.LimitExceeded)
}
