package packagetypes_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
)

func TestFilesFS(t *testing.T) {
	t.Parallel()
	files, err := packagetypes.NewFiles(map[string][]byte{
		"manifest.yaml": []byte("x"), "a/b/c.yaml": []byte("c"), "a/b/d.yaml": []byte("d"), "a-b.yaml": nil, "a/é é.txt": []byte("e"),
	}, packagetypes.Limits{})
	require.NoError(t, err)
	require.NoError(t, fstest.TestFS(files.FS(), files.Paths()...))
	require.Equal(t, []string{"a/b/c.yaml", "a/b/d.yaml", "a/é é.txt", "a-b.yaml", "manifest.yaml"}, files.Paths())
	require.Equal(t, []string{"b/c.yaml", "b/d.yaml", "é é.txt"}, files.Sub("a").Paths())
	require.Equal(t, []string{"a-b.yaml", "manifest.yaml"}, files.Without("a").Paths())
}

// What one reader of a file appends to it, no other sees.
func TestReadLeavesNoRoomBehindAFile(t *testing.T) {
	t.Parallel()
	files, err := packagetypes.NewFiles(map[string][]byte{"a": append(make([]byte, 0, 16), 'x'), "b": nil}, packagetypes.Limits{})
	require.NoError(t, err)
	content, ok := files.Read("a")
	require.True(t, ok)
	first, second := append(content, '1'), append(content, '2')
	require.Equal(t, "x1", string(first))
	require.Equal(t, "x2", string(second))
	content, ok = files.Read("b")
	require.True(t, ok)
	require.Nil(t, content)
}

func TestNewFilesRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		path string
		code diagnostic.Code
	}{
		"absolute":      {"/etc/passwd", diagnostic.FilesInvalidPath},
		"parent":        {"../x", diagnostic.FilesInvalidPath},
		"inner parent":  {"a/../x", diagnostic.FilesInvalidPath},
		"backslash":     {`a\b`, diagnostic.FilesInvalidPath},
		"NUL":           {"a\x00b", diagnostic.FilesInvalidPath},
		"line break":    {"a\nb", diagnostic.FilesInvalidPath},
		"no UTF-8":      {"a\xff", diagnostic.FilesInvalidPath},
		"empty":         {"", diagnostic.FilesInvalidPath},
		"dot":           {".", diagnostic.FilesInvalidPath},
		"too long":      {strings.Repeat("a", 513), diagnostic.LimitExceeded},
		"too deep":      {strings.Repeat("a/", 32) + "a", diagnostic.LimitExceeded},
		"trailing":      {"a/", diagnostic.FilesInvalidPath},
		"double slash":  {"a//b", diagnostic.FilesInvalidPath},
		"delete":        {"a\x7fb", diagnostic.FilesInvalidPath},
		"next line":     {"a\u0085b", diagnostic.FilesInvalidPath},
		"accents":       {"é/ü.yaml", ""},
		"leading space": {"ok/ fine", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := packagetypes.NewFiles(map[string][]byte{test.path: nil}, packagetypes.Limits{})
			if test.code == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, test.code)
		})
	}
}

func TestFileAndFolderOfOneName(t *testing.T) {
	t.Parallel()
	_, err := packagetypes.NewFiles(map[string][]byte{"a": nil, "a/b": nil}, packagetypes.Limits{})
	require.ErrorIs(t, err, diagnostic.FilesInvalidPath)
}

func TestLimitErrorsNameLimitAndValue(t *testing.T) {
	t.Parallel()
	_, err := packagetypes.NewFiles(map[string][]byte{"a": []byte("12345"), "b": nil}, packagetypes.Limits{File: 4, Files: 1})
	var limit *packagetypes.LimitError
	require.ErrorAs(t, err, &limit)
	require.Equal(t, packagetypes.LimitError{Limit: "Files", Value: 2, Max: 1}, *limit)
	found, ok := diagnostic.From(err)
	require.True(t, ok)
	require.Len(t, found, 2)
	require.Equal(t, "a", found[1].Position.File)
}

func TestComparePathsIsAnOrder(t *testing.T) {
	t.Parallel()
	paths := []string{"", "a", "a/b", "a-b", "a/b/c", "ab", "b", "a.b"}
	for length := 7; length < 20; length++ { // around eight bytes and twice that
		folder := strings.Repeat("x", length)
		paths = append(paths, folder, folder+"/y", folder+"-y", folder+"y", folder+"/y/zzzzzzzz", folder+"/y-zzzzzzz")
	}
	for _, a := range paths {
		for _, b := range paths {
			require.Equal(t, a == b, packagetypes.ComparePaths(a, b) == 0)
			require.Equal(t, packagetypes.ComparePaths(a, b) < 0, packagetypes.ComparePaths(b, a) > 0)
			want := strings.Compare(strings.ReplaceAll(a, "/", "\x00"), strings.ReplaceAll(b, "/", "\x00"))
			require.Equal(t, want < 0, packagetypes.ComparePaths(a, b) < 0, "%q %q", a, b)
		}
	}
}

// The digest must stay the one that the shell command in its doc prints.
func TestDigestIsThatOfSha256sum(t *testing.T) {
	t.Parallel()
	files, err := packagetypes.NewFiles(map[string][]byte{"b": []byte("b\n"), "a/x": []byte("x\n"), "a-b": nil}, packagetypes.Limits{})
	require.NoError(t, err)
	require.Equal(t, "sha256:"+shellDigest, files.Digest())
}

// Printed by the shell command in the doc of Digest for the three files above.
const shellDigest = "9818e3c1040f23fa96ac2411cb567f21044ecf80320d06619f7563e38c2ba664"
