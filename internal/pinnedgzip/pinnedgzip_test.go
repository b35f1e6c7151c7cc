package pinnedgzip_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/pinnedgzip"
)

func text(size int) []byte {
	random := rand.New(rand.NewPCG(3, 4))
	var b bytes.Buffer
	for b.Len() < size {
		fmt.Fprintf(&b, "key-%d: value-%d\n", random.IntN(50), random.IntN(5000))
	}
	return b.Bytes()[:size]
}

func compress(t *testing.T, content []byte, piece int) []byte {
	t.Helper()
	var buffer bytes.Buffer
	writer := pinnedgzip.NewWriter(&buffer)
	for len(content) > 0 {
		count, err := writer.Write(content[:min(piece, len(content))])
		require.NoError(t, err)
		content = content[count:]
	}
	require.NoError(t, writer.Close())
	return buffer.Bytes()
}

// However it is cut into writes, the same content gives the same bytes, and
// those of this test are part of the image format.
func TestPinned(t *testing.T) {
	t.Parallel()
	content := text(1 << 20)
	want := compress(t, content, len(content))
	for _, piece := range []int{1 << 10, 4096, 65_535, 65_536, 65_537, 300_000} {
		require.True(t, bytes.Equal(want, compress(t, content, piece)), piece)
	}
	sum := sha256.Sum256(want)
	require.Equal(t, pinned, hex.EncodeToString(sum[:]))
	reader, err := gzip.NewReader(bytes.NewReader(want))
	require.NoError(t, err)
	require.Equal(t, gzip.Header{OS: 255}, reader.Header)
	got, err := io.ReadAll(reader)
	require.NoError(t, err)
	require.True(t, bytes.Equal(content, got))
}

const pinned = "f49b704e97cbb73f535b598f56e6bb2024d42823b35f8181e95b709324a1d946"

// A compressor that was used before writes what a new one writes: after content of
// any size, and after one that was given up in the middle.
func TestCompressDependsOnNothingBefore(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 6))
	content := text(1 << 20)
	for round := range 200 {
		size := random.IntN(1 << (1 + round%20))
		at := random.IntN(len(content) - size)
		part := content[at : at+size]
		if round%3 == 0 {
			failure := errors.New("given up")
			err := pinnedgzip.Compress(io.Discard, func(w io.Writer) error {
				_, _ = w.Write(content[random.IntN(1000):])
				return failure
			})
			require.ErrorIs(t, err, failure)
		}
		var buffer bytes.Buffer
		require.NoError(t, pinnedgzip.Compress(&buffer, func(w io.Writer) error {
			_, err := w.Write(part)
			return err
		}))
		require.True(t, bytes.Equal(compress(t, part, max(1, size)), buffer.Bytes()), "round %d, %d bytes", round, size)
	}
	require.Error(t, pinnedgzip.Compress(failingWriter{}, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	}))
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errors.New("full") }
