package packageloader

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/asynchash"
)

// readEntry is what a reader of a tar says of an entry.
type readEntry struct {
	name, content string
	kind          byte
	size          int64
	records       int
}

// readEntries reads a tar, of every third entry nothing but the header, until the
// error that is returned.
func readEntries(next func() (*tar.Header, error), content func(int64) ([]byte, error)) (entries []readEntry, err error) {
	for i := 0; ; i++ {
		header, err := next()
		if err != nil {
			return entries, err
		}
		entry := readEntry{name: header.Name, kind: header.Typeflag, size: header.Size, records: len(header.PAXRecords)}
		if header.Typeflag == tar.TypeReg && header.Size < 1<<20 && i%3 != 2 {
			read, err := content(header.Size)
			if err != nil {
				return entries, err
			}
			entry.content = string(read)
		}
		entries = append(entries, entry)
	}
}

// requireSameEntries reads a tar with archive/tar too, and returns how many entries
// it has.
func requireSameEntries(t *testing.T, archive []byte) int {
	t.Helper()
	stream := asynchash.NewReader(bytes.NewReader(archive), sha256.New())
	defer stream.Close()
	ours := &tarReader{stream: stream}
	got, gotErr := readEntries(ours.Next, ours.Content)
	source := bytes.NewReader(archive)
	theirs := tar.NewReader(source)
	want, wantErr := readEntries(theirs.Next, func(size int64) ([]byte, error) {
		content := make([]byte, size)
		_, err := io.ReadFull(theirs, content)
		return content, unexpected(err)
	})
	require.Equal(t, want, got)
	require.Equal(t, wantErr, gotErr)
	if errors.Is(wantErr, io.EOF) {
		rest, err := io.ReadAll(stream)
		require.NoError(t, err)
		require.Len(t, rest, source.Len(), "what stands after the end")
	}
	return len(want)
}

// tarOfAll has entries of all kinds and forms, and a file of a size, in a tar with
// something after its end.
func tarOfAll(t testing.TB, size int64) []byte {
	t.Helper()
	var buffer bytes.Buffer
	archive := tar.NewWriter(&buffer)
	long := strings.Repeat("folder/", 20) + "file"
	for i, header := range []*tar.Header{
		{Name: "plain/", Typeflag: tar.TypeDir, Mode: 0o755},
		{Name: "plain/empty", Typeflag: tar.TypeReg},
		{Name: "plain/small", Typeflag: tar.TypeReg, Size: 5, Mode: 0o644, Uid: 1000, Gid: 0o7777777},
		{Name: "plain/block", Typeflag: tar.TypeReg, Size: 512},
		{Name: long, Typeflag: tar.TypeReg, Size: 1, Format: tar.FormatUSTAR},
		{Name: "plain/large", Typeflag: tar.TypeReg, Size: size},
		{Name: "link", Linkname: "plain/small", Typeflag: tar.TypeSymlink},
		{Name: "after", Typeflag: tar.TypeReg, Size: 3},
		{Name: "ü", Typeflag: tar.TypeReg, Size: 3, Format: tar.FormatPAX},
		{Name: long + "2", Typeflag: tar.TypeReg, Size: 3, Format: tar.FormatGNU},
		{Name: "last", Typeflag: tar.TypeReg, Size: 3},
	} {
		require.NoError(t, archive.WriteHeader(header))
		_, err := archive.Write(bytes.Repeat([]byte{byte('a' + i)}, int(header.Size)))
		require.NoError(t, err)
	}
	require.NoError(t, archive.Close())
	buffer.WriteString("after the end")
	return buffer.Bytes()
}

func TestTarReader(t *testing.T) {
	t.Parallel()
	archive := tarOfAll(t, 200_000)
	require.Equal(t, 11, requireSameEntries(t, archive))
	// Cut off anywhere, at the ends of blocks and beside them.
	for end := 0; end <= len(archive); end += 512 {
		for _, cut := range []int{end - 1, end, end + 1, end + 100} {
			requireSameEntries(t, archive[:max(0, min(cut, len(archive)))])
		}
	}
	// The headers in front are read without archive/tar, long names too.
	stream := asynchash.NewReader(bytes.NewReader(archive), sha256.New())
	defer stream.Close()
	reader := &tarReader{stream: stream}
	for range 6 {
		_, err := reader.Next()
		require.NoError(t, err)
		require.Nil(t, reader.others)
	}
	_, err := reader.Next()
	require.NoError(t, err)
	require.NotNil(t, reader.others, "a link")
}

// A header of which any byte is another one, with and without a sum that fits, is
// what archive/tar says it is.
func TestTarReaderHeaders(t *testing.T) {
	t.Parallel()
	archive := tarOfAll(t, 600)
	const header = 2 * 512 // of plain/small
	for position := range 512 {
		for _, value := range []byte{0, ' ', '/', '0', '1', '5', '7', '8', 'x', 0x7f, 0x80, 0xff} {
			changed := bytes.Clone(archive)
			changed[header+position] = value
			requireSameEntries(t, changed)
			writeSum(changed[header:])
			requireSameEntries(t, changed)
		}
	}
}

// writeSum writes the sum of a header into it.
func writeSum(header []byte) {
	copy(header[148:156], "        ")
	sum := 0
	for _, b := range header[:512] {
		sum += int(b)
	}
	copy(header[148:156], fmt.Sprintf("%06o\x00 ", sum))
}

func TestSumOfBytes(t *testing.T) {
	t.Parallel()
	require.EqualValues(t, 512*255, sumOfBytes(bytes.Repeat([]byte{255}, 512)))
	random := rand.New(rand.NewPCG(3, 4))
	block := make([]byte, 512)
	for range 100 {
		want := 0
		for i := range block {
			block[i] = byte(random.Uint32())
			want += int(block[i])
		}
		require.EqualValues(t, want, sumOfBytes(block))
	}
}

// Any bytes in any header are what archive/tar says they are.
func FuzzTarReader(f *testing.F) {
	f.Add(0, 156, []byte{tar.TypeXHeader})
	f.Add(2, 124, []byte("77777777777\x00"))
	f.Add(3, 345, []byte("folder"))
	f.Add(1, 257, []byte("ustar  \x00"))
	f.Add(2, 508, []byte("tar\x00"))
	f.Fuzz(func(t *testing.T, block, position int, change []byte) {
		changed := tarOfAll(t, 600)
		if block < 0 || block >= len(changed)/512 || position < 0 || position > 512 {
			return
		}
		header := changed[block*512:][:512]
		copy(header[position:], change)
		requireSameEntries(t, changed)
		writeSum(header)
		requireSameEntries(t, changed)
	})
}
