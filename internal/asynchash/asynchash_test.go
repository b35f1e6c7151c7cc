package asynchash_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/asynchash"
)

// numbers are bytes of which no two blocks are alike.
func numbers(size int) []byte {
	content := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(content)
	return content
}

var sizes = []int{0, 1, 511, 512, 4095, 4096, 4097, 64<<10 - 1, 64 << 10, 64<<10 + 1, 128 << 10, 1 << 20, 3<<20 + 77}

// However a stream is cut, and however it is read, bytes and hash are those of the
// stream.
func TestReader(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for _, size := range sizes {
		content := numbers(size)
		want := sha256.Sum256(content)
		for name, stream := range map[string]io.Reader{
			"whole":          bytes.NewReader(content),
			"halves":         iotest.HalfReader(bytes.NewReader(content)),
			"data with EOF":  iotest.DataErrReader(bytes.NewReader(content)),
			"empty and then": io.MultiReader(bytes.NewReader(nil), bytes.NewReader(content)),
		} {
			reader := asynchash.NewReader(stream, sha256.New())
			var got []byte
			for {
				var err error
				if got, err = readSome(reader, random, got); errors.Is(err, io.EOF) {
					break
				}
				require.NoError(t, err, name)
			}
			require.True(t, bytes.Equal(content, got), "%s of %d", name, size)
			require.Equal(t, want[:], reader.Sum(), "%s of %d", name, size)
			require.Equal(t, want[:], reader.Sum(), "again")
			_, err := reader.Peek()
			require.ErrorIs(t, err, io.ErrClosedPipe)
		}
	}
}

// readSome appends what the reader has next, got in one of the ways there are.
func readSome(reader *asynchash.Reader, random *rand.Rand, got []byte) ([]byte, error) {
	if random.IntN(2) == 0 {
		buffer := make([]byte, 1+random.IntN(100_000))
		count, err := reader.Read(buffer)
		return append(got, buffer[:count]...), err
	}
	block, err := reader.Peek()
	if err != nil {
		return got, err
	}
	block = block[:1+random.IntN(len(block))]
	reader.Skip(len(block))
	return append(got, block...), nil
}

// A header of a tar is never in two blocks.
func TestBlocksAreAligned(t *testing.T) {
	t.Parallel()
	reader := asynchash.NewReader(iotest.HalfReader(bytes.NewReader(numbers(1<<20))), sha256.New())
	for left := 1 << 20; left > 0; {
		block, err := reader.Peek()
		require.NoError(t, err)
		require.Zero(t, len(block)%512)
		reader.Skip(len(block))
		left -= len(block)
	}
	reader.Close()
}

func TestDiscard(t *testing.T) {
	t.Parallel()
	content := numbers(1 << 20)
	reader := asynchash.NewReader(bytes.NewReader(content), sha256.New())
	count, err := reader.Discard(1<<20 - 10)
	require.NoError(t, err)
	require.EqualValues(t, 1<<20-10, count)
	block, err := reader.Peek()
	require.NoError(t, err)
	require.Equal(t, content[1<<20-10:], block)
	count, err = reader.Discard(11)
	require.Equal(t, io.EOF, err)
	require.EqualValues(t, 10, count)
	want := sha256.Sum256(content)
	require.Equal(t, want[:], reader.Sum())
}

// What came before an error is read before it.
func TestError(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for _, size := range sizes {
		reader := asynchash.NewReader(io.MultiReader(bytes.NewReader(numbers(size)), iotest.ErrReader(broken)), sha256.New())
		got, err := io.ReadAll(reader)
		require.ErrorIs(t, err, broken)
		require.Len(t, got, size)
		reader.Close()
	}
}

func TestCloseWithoutReading(t *testing.T) {
	t.Parallel()
	reader := asynchash.NewReader(bytes.NewReader(numbers(10<<20)), sha256.New())
	_, err := reader.Discard(1 << 20)
	require.NoError(t, err)
	reader.Close()
	reader.Close()
}
