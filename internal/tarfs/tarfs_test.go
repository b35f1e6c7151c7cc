package tarfs_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/tarfs"
)

func tarOf(t testing.TB, headers ...tar.Header) []byte {
	t.Helper()
	var buffer bytes.Buffer
	archive := tar.NewWriter(&buffer)
	for _, header := range headers {
		content := header.Uname // stands for the content of a file
		header.Uname, header.Size = "", int64(len(content))
		require.NoError(t, archive.WriteHeader(&header))
		_, err := archive.Write([]byte(content))
		require.NoError(t, err)
	}
	require.NoError(t, archive.Close())
	return buffer.Bytes()
}

func file(name, content string) tar.Header {
	return tar.Header{Typeflag: tar.TypeReg, Name: name, Uname: content}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	raw := tarOf(t,
		tar.Header{Typeflag: tar.TypeDir, Name: "./"},
		file("./a/b", "content of b"), file("c", strings.Repeat("c", 2000)), file("empty", ""),
		file(strings.Repeat("long/", 50)+"x", "x"),
		tar.Header{Typeflag: tar.TypeSymlink, Name: "links/soft", Linkname: "../a/b"},
		tar.Header{Typeflag: tar.TypeLink, Name: "links/hard", Linkname: "c"},
		tar.Header{Typeflag: tar.TypeSymlink, Name: "links/twice", Linkname: "soft"},
		tar.Header{Typeflag: tar.TypeSymlink, Name: "links/outside", Linkname: "../../../etc/passwd"},
	)
	files, err := tarfs.New(bytes.NewReader(raw), int64(len(raw)))
	require.NoError(t, err)
	for name, want := range map[string]string{
		"a/b": "content of b", "c": strings.Repeat("c", 2000), "empty": "", strings.Repeat("long/", 50) + "x": "x",
		"links/soft": "content of b", "links/hard": strings.Repeat("c", 2000),
	} {
		opened, err := files.Open(name)
		require.NoError(t, err, name)
		info, err := opened.Stat()
		require.NoError(t, err)
		require.EqualValues(t, len(want), info.Size())
		require.NoError(t, iotest.TestReader(opened, []byte(want)))
		require.NoError(t, opened.Close())
	}
	for _, name := range []string{"nothing", "links/outside", "links/twice", "a"} {
		_, err := files.Open(name)
		require.ErrorIs(t, err, fs.ErrNotExist, name)
	}
	_, err = files.Open("../c")
	require.ErrorIs(t, err, fs.ErrInvalid)
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	long := tarOf(t, file("a", strings.Repeat("x", 5000)))
	for name, raw := range map[string][]byte{
		"absolute":  tarOf(t, file("/a", "")),
		"parent":    tarOf(t, file("a/../../b", "")),
		"duplicate": tarOf(t, file("a", ""), file("./a", "")),
		"truncated": long[:2000],
		"garbage":   bytes.Repeat([]byte("garbage "), 200),
	} {
		_, err := tarfs.New(bytes.NewReader(raw), int64(len(raw)))
		require.Error(t, err, name)
	}
	_, err := tarfs.New(brokenReader{}, 1000)
	require.ErrorIs(t, err, errBroken)
}

var errBroken = errors.New("broken")

type brokenReader struct{}

func (brokenReader) ReadAt([]byte, int64) (int, error) { return 0, errBroken }
