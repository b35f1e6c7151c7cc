package packageloader_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// makeFolder writes files, and links where the content begins with "-> ".
func makeFolder(t *testing.T, folder string, files map[string]string) string {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(folder, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		if target, ok := strings.CutPrefix(content, "-> "); ok {
			require.NoError(t, os.Symlink(filepath.FromSlash(target), path))
			continue
		}
		require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
	}
	return folder
}

func TestFolder(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("links need privileges on Windows")
	}
	outside := makeFolder(t, t.TempDir(), map[string]string{"secret": "secret", "folder/x": "x"})
	for name, test := range map[string]struct {
		files map[string]string
		// want is what the files are; follow what they are with FollowLinks.
		want, follow         map[string]string
		code, followCode     diagnostic.Code
		codeFile, followFile string
	}{
		"plain": {
			files: map[string]string{"manifest.yaml": "m", "a/b": "b", ".hidden": "x", ".git/x": "x", "a/.b/c": "x"},
			want:  map[string]string{"manifest.yaml": "m", "a/b": "b"},
		},
		"empty": {files: map[string]string{}, want: map[string]string{}},
		"link to a file inside": {
			files: map[string]string{"a/b": "b", "c/link": "-> ../a/b"},
			want:  map[string]string{"a/b": "b", "c/link": "b"},
		},
		"link to a folder inside": {
			files: map[string]string{"a/b": "b", "link": "-> a"},
			want:  map[string]string{"a/b": "b", "link/b": "b"},
		},
		"link to a hidden file": {
			files: map[string]string{".a": "b", "link": "-> .a"},
			want:  map[string]string{"link": "b"},
		},
		"link through a link": {
			files: map[string]string{"a/b/c": "c", "l1": "-> a/b", "l2": "-> l1/../b/c"},
			want:  map[string]string{"a/b/c": "c", "l1/c": "c", "l2": "c"},
		},
		"absolute link inside": {
			files: map[string]string{"a": "a", "link": "-> {root}/a"},
			want:  map[string]string{"a": "a", "link": "a"},
		},
		"link outside": {
			files: map[string]string{"a": "a", "link": "-> {outside}/secret"},
			code:  diagnostic.FilesLinkOutside, codeFile: "link",
			follow: map[string]string{"a": "a", "link": "secret"},
		},
		"relative link outside": {
			files: map[string]string{"a/link": "-> ../../x"},
			code:  diagnostic.FilesLinkOutside, codeFile: "a/link",
			followCode: diagnostic.FilesUnsupportedType, followFile: "a/link",
		},
		"link to a folder outside": {
			files: map[string]string{"a": "a", "link": "-> {outside}/folder"},
			code:  diagnostic.FilesLinkOutside, codeFile: "link",
			follow: map[string]string{"a": "a", "link/x": "x"},
		},
		"link outside and in again": {
			files: map[string]string{"a": "a", "link": "-> ../{base}/a"},
			code:  diagnostic.FilesLinkOutside, codeFile: "link",
			follow: map[string]string{"a": "a", "link": "a"},
		},
		"link through a link outside": {
			files: map[string]string{".out": "-> {outside}", "link": "-> .out/secret"},
			code:  diagnostic.FilesLinkOutside, codeFile: "link",
			follow: map[string]string{"link": "secret"},
		},
		"dangling link": {
			files: map[string]string{"link": "-> nothing"},
			code:  diagnostic.FilesUnsupportedType, codeFile: "link",
			followCode: diagnostic.FilesUnsupportedType, followFile: "link",
		},
		"link to itself": {
			files: map[string]string{"link": "-> link"},
			code:  diagnostic.FilesUnsupportedType, codeFile: "link",
			followCode: diagnostic.FilesUnsupportedType, followFile: "link",
		},
		"link to a folder above": {
			files: map[string]string{"a/b/link": "-> ../../a", "a/c": "c"},
			code:  diagnostic.FilesUnsupportedType, codeFile: "a/b/link",
			followCode: diagnostic.FilesUnsupportedType, followFile: "a/b/link",
		},
		"backslash": {
			files: map[string]string{`a\b`: "x"},
			code:  diagnostic.FilesInvalidPath, followCode: diagnostic.FilesInvalidPath,
		},
		"no UTF-8": {
			files: map[string]string{"a\xffb": "x"},
			code:  diagnostic.FilesInvalidPath, followCode: diagnostic.FilesInvalidPath,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			files := map[string]string{}
			for name, content := range test.files {
				for _, pair := range [][2]string{{"{root}", folder}, {"{outside}", outside}, {"{base}", filepath.Base(folder)}} {
					content = strings.ReplaceAll(content, pair[0], pair[1])
				}
				files[name] = content
			}
			makeFolder(t, folder, files)
			check := func(options packageloader.FolderOptions, want map[string]string, code diagnostic.Code, file string) {
				content, err := packageloader.FromFolder(folder, options).Open(context.Background(), packagetypes.Limits{})
				if code != "" {
					require.ErrorIs(t, err, code)
					found, _ := diagnostic.From(err)
					require.Len(t, found, 1)
					require.Equal(t, file, found[0].Position.File)
					return
				}
				require.NoError(t, err)
				require.Equal(t, want, contentsOf(content))
			}
			check(packageloader.FolderOptions{}, test.want, test.code, test.codeFile)
			if test.follow == nil && test.followCode == "" {
				test.follow = test.want
			}
			check(packageloader.FolderOptions{FollowLinks: true}, test.follow, test.followCode, test.followFile)
		})
	}
}

// Folders that link to one another multiply; the limits end it.
func TestFolderBomb(t *testing.T) {
	t.Parallel()
	files := map[string]string{"bottom/file": "x"}
	below := "bottom"
	for i := range 20 {
		name := string(rune('a' + i))
		files[name+"/1"], files[name+"/2"] = "-> ../"+below, "-> ../"+below
		below = name
	}
	folder := makeFolder(t, t.TempDir(), files)
	for _, follow := range []bool{false, true} {
		_, err := packageloader.FromFolder(folder, packageloader.FolderOptions{FollowLinks: follow}).Open(context.Background(), packagetypes.Limits{Files: 500})
		require.ErrorIs(t, err, diagnostic.LimitExceeded)
	}
}

func TestFolderLimits(t *testing.T) {
	t.Parallel()
	folder := makeFolder(t, t.TempDir(), map[string]string{"a": "12345", "b": "12345", "c": "1"})
	for limit, limits := range map[string]packagetypes.Limits{
		"File": {File: 4}, "Files": {Files: 2}, "UncompressedImage": {UncompressedImage: 8}, "PathDepth": {PathDepth: 1, Files: 100},
	} {
		if limit == "PathDepth" {
			makeFolder(t, folder, map[string]string{"d/e": "1"})
		}
		_, err := packageloader.FromFolder(folder, packageloader.FolderOptions{}).Open(context.Background(), limits)
		var found *packagetypes.LimitError
		require.ErrorAs(t, err, &found, limit)
	}
}

func TestMissingFolderIsNoFinding(t *testing.T) {
	t.Parallel()
	_, err := packageloader.FromFolder(filepath.Join(t.TempDir(), "nothing"), packageloader.FolderOptions{}).Open(context.Background(), packagetypes.Limits{})
	require.ErrorIs(t, err, os.ErrNotExist)
	_, isFinding := diagnostic.From(err)
	require.False(t, isFinding)
}

func TestFromFS(t *testing.T) {
	t.Parallel()
	content, err := packageloader.FromFS(fstest.MapFS{
		"manifest.yaml": {Data: []byte("m")}, "a/b": {Data: []byte("b")}, ".x": {Data: []byte("x")},
		"link": {Data: []byte("a"), Mode: os.ModeSymlink},
	}).Open(context.Background(), packagetypes.Limits{})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"manifest.yaml": "m", "a/b": "b", "link/b": "b"}, contentsOf(content))
	_, err = packageloader.FromFS(fstest.MapFS{"link": {Data: []byte("../x"), Mode: os.ModeSymlink}}).Open(context.Background(), packagetypes.Limits{})
	require.ErrorIs(t, err, diagnostic.FilesLinkOutside)
}

func TestFromFiles(t *testing.T) {
	t.Parallel()
	content, err := packageloader.FromFiles(map[string][]byte{"a": []byte("a"), ".b": nil, "c/.d/e": nil}).Open(context.Background(), packagetypes.Limits{})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"a": "a"}, contentsOf(content))
	_, err = packageloader.FromFiles(map[string][]byte{"../a": nil}).Open(context.Background(), packagetypes.Limits{})
	require.ErrorIs(t, err, diagnostic.FilesInvalidPath)
}
