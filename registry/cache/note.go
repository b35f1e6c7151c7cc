package cache

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// MaxNoteBytes bounds the value of a note.
const MaxNoteBytes = 1 << 20

// mostNameBytes bounds the kind and the key of a note.
const mostNameBytes = 4 << 10

// A note is a line with the sha256 of the rest, a line that says what it is about,
// and the value.
type noteHeader struct {
	Kind string `json:"kind"`
	Key  string `json:"key"`
}

// Note returns the fact of that kind that was noted about a key, such as a digest,
// and counts as a use. It is what somebody who can write to the folder noted, and
// unlike content it is not bound to anything: use it for what is checked later, or
// harmless. A note that was changed or cut short is removed and not found.
func (c *Cache) Note(kind, key string) (value []byte, found bool) {
	name := noteName(kind, key)
	file, info, err := c.openRegular(name)
	if err != nil {
		return nil, false
	}
	defer file.Close()
	const most = 65 + 2*6*mostNameBytes + MaxNoteBytes // every character may be escaped
	if info.Size() > most {
		return nil, false
	}
	content, err := io.ReadAll(io.LimitReader(file, most))
	if err != nil {
		return nil, false
	}
	value, err = decodeNote(content, noteHeader{Kind: kind, Key: key})
	if err != nil {
		_ = file.Close() // some systems remove nothing that is open
		_ = c.miss(name, info, err)
		return nil, false
	}
	c.touch(name)
	return value, true
}

// SetNote notes a fact of a kind about a key, in the place of what was noted before.
// Notes are evicted as content is, so they hold nothing that cannot be found out
// again. Kind and key must not be empty.
//
// The error matches [ErrReadOnly], or [ErrTooLarge] for a value of more than
// [MaxNoteBytes]; otherwise it is that of the file system.
func (c *Cache) SetNote(kind, key string, value []byte) error {
	what := fmt.Sprintf("write %s note", kind)
	switch {
	case kind == "" || key == "":
		return c.failed(what, errors.New("kind or key is empty"))
	case len(kind)+len(key) > mostNameBytes:
		return c.failed(what, fmt.Errorf("%w: kind and key have %d bytes, at most %d are allowed", ErrTooLarge, len(kind)+len(key), mostNameBytes))
	case len(value) > MaxNoteBytes:
		return c.failed(what, fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrTooLarge, len(value), MaxNoteBytes))
	}
	content, err := encodeNote(noteHeader{Kind: kind, Key: key}, value)
	if err != nil {
		return c.failed(what, err)
	}
	if err := c.checkSize(int64(len(content))); err != nil {
		return c.failed(what, err)
	}
	file, temporary, err := c.createTemporary()
	if err != nil {
		return c.failed(what, err)
	}
	if _, err := file.Write(content); err != nil {
		c.dropTemporary(file, temporary)
		return c.failed(what, withoutPath(err))
	}
	if err := c.publish(file, temporary, noteName(kind, key), int64(len(content))); err != nil {
		return c.failed(what, err)
	}
	c.keepBound(context.Background()) // bounded by its own patience
	return nil
}

// noteName hashes kind and key, the first with its length, so that no two pairs are
// one.
func noteName(kind, key string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s %s", len(kind), kind, key))
	return hashedName(noteFolder, hex.EncodeToString(sum[:]))
}

func encodeNote(header noteHeader, value []byte) ([]byte, error) {
	about, err := json.Marshal(header)
	if err != nil {
		return nil, err
	}
	rest := append(append(about, '\n'), value...)
	sum := sha256.Sum256(rest)
	return append(append([]byte(hex.EncodeToString(sum[:])), '\n'), rest...), nil
}

func decodeNote(content []byte, want noteHeader) ([]byte, error) {
	sum, rest, _ := strings.Cut(string(content), "\n")
	if got := sha256.Sum256([]byte(rest)); hex.EncodeToString(got[:]) != sum {
		return nil, errors.New("the note does not have its digest")
	}
	about, value, _ := strings.Cut(rest, "\n")
	if header, err := json.Marshal(want); err != nil || about != string(header) {
		return nil, errors.New("the note is about something else")
	}
	return []byte(value), nil
}
