package asynchash_test

import (
	"bytes"
	"crypto/sha256"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/asynchash"
)

// However a stream is cut into writes, the hash is that of its bytes.
func TestSum(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{0, 1, 1 << 20, 1<<20 + 1, 3 << 20, 5<<20 + 77} {
		content := bytes.Repeat([]byte("0123456789abcdef"), size/16+1)[:size]
		for range 5 {
			hash := asynchash.New(sha256.New())
			for rest := content; len(rest) > 0; {
				count := min(len(rest), 1+random.IntN(300_000))
				written, err := hash.Write(rest[:count])
				require.NoError(t, err)
				require.Equal(t, count, written)
				rest = rest[count:]
			}
			want := sha256.Sum256(content)
			require.Equal(t, want[:], hash.Sum(), size)
			require.Equal(t, want[:], hash.Sum(), "again")
		}
	}
}

func TestCloseWithoutSum(t *testing.T) {
	t.Parallel()
	hash := asynchash.New(sha256.New())
	_, err := hash.Write(make([]byte, 10<<20))
	require.NoError(t, err)
	hash.Close()
	hash.Close()
}
