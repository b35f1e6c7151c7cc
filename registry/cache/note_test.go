package cache_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/registry/cache"
)

func TestNotes(t *testing.T) {
	t.Parallel()
	c := open(t, t.TempDir(), cache.Options{})
	_, found := c.Note("mediatype", "key")
	require.False(t, found)
	notes := []struct{ kind, key, value string }{
		{"mediatype", "sha256:aa", "application/json"},
		{"relocation", "sha256:aa", `{"to":"example.com"}`},
		{"a", "bc", "1"},
		{"ab", "c", "2"},
		{"kind", "empty", ""},
		{"kind", "lines\n\x00\xff<&", "a\nb\n"},
		{"kind", strings.Repeat("<", 4000), "long"},
		{"kind", "large", strings.Repeat("x", cache.MaxNoteBytes)},
	}
	for range 2 {
		for _, note := range notes {
			require.NoError(t, c.SetNote(note.kind, note.key, []byte(note.value)))
		}
	}
	for _, note := range notes {
		value, found := c.Note(note.kind, note.key)
		assert.True(t, found, note.key)
		assert.Equal(t, note.value, string(value))
	}
	require.NoError(t, c.SetNote("a", "bc", []byte("3")))
	value, _ := c.Note("a", "bc")
	assert.Equal(t, "3", string(value))
}

func TestNotesThatAreRefused(t *testing.T) {
	t.Parallel()
	c := open(t, t.TempDir(), cache.Options{MaxBytes: 3 << 20})
	require.Error(t, c.SetNote("", "key", nil))
	require.Error(t, c.SetNote("kind", "", nil))
	require.ErrorIs(t, c.SetNote("kind", strings.Repeat("x", 5000), nil), cache.ErrTooLarge)
	require.ErrorIs(t, c.SetNote("kind", "key", make([]byte, cache.MaxNoteBytes+1)), cache.ErrTooLarge)
	small := open(t, c.Folder(), cache.Options{MaxBytes: 8192})
	require.ErrorIs(t, small.SetNote("kind", "key", make([]byte, 9000)), cache.ErrTooLarge)
	closed := open(t, c.Folder(), cache.Options{ReadOnly: true})
	require.ErrorIs(t, closed.SetNote("kind", "key", nil), cache.ErrReadOnly)
	assert.Empty(t, files(t, c.Folder()))
}

func TestBrokenNotesAreNotFound(t *testing.T) {
	t.Parallel()
	for name, tamper := range map[string]func(raw []byte) []byte{
		"truncated": func(raw []byte) []byte { return raw[:len(raw)-1] },
		"changed":   func(raw []byte) []byte { raw[len(raw)-1]++; return raw },
		"empty":     func([]byte) []byte { return nil },
		"of another key": func([]byte) []byte {
			return nil // replaced below
		},
	} {
		c := open(t, t.TempDir(), cache.Options{})
		require.NoError(t, c.SetNote("kind", "key", []byte("value")))
		paths := files(t, c.Folder())
		require.Len(t, paths, 1)
		path := filepath.Join(c.Folder(), paths[0])
		raw, err := os.ReadFile(path)
		require.NoError(t, err)
		if name == "of another key" {
			other := open(t, t.TempDir(), cache.Options{})
			require.NoError(t, other.SetNote("kind", "other", []byte("value")))
			raw, err = os.ReadFile(filepath.Join(other.Folder(), files(t, other.Folder())[0]))
			require.NoError(t, err)
		} else {
			raw = tamper(raw)
		}
		require.NoError(t, os.WriteFile(path, raw, 0o600))
		_, found := c.Note("kind", "key")
		assert.False(t, found, name)
		assert.NoFileExists(t, path, name)
	}
}
