package cli

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/packstage/packstage/registry"
)

func TestProgressLine(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	line := newProgressLine(&out, 0)
	line.update(registry.Progress{Direction: registry.Push, Digest: "sha256:a", Complete: 512, Total: 2048})
	assert.Equal(t, "\rpush: 0 of 1 blobs, 512 B of 2 KiB\x1b[K", out.String())
	// Drawn too recently to be drawn again, but counted.
	line.update(registry.Progress{Direction: registry.Push, Digest: "sha256:b", Complete: 10, Total: 10, Skipped: true})
	assert.Equal(t, "push: 1 of 2 blobs, 522 B of 2 KiB", line.text(registry.Push))
	line.clear()
	assert.Equal(t, "\r\x1b[K", out.String()[len(out.String())-4:])
	before := out.Len()
	line.clear()
	assert.Equal(t, before, out.Len())
}

func TestByteSize(t *testing.T) {
	t.Parallel()
	for size, want := range map[int64]string{
		0: "0 B", 1023: "1023 B", 1024: "1 KiB", 1536: "1.5 KiB", 4 << 20: "4 MiB", 5 << 40: "5 TiB", 1<<63 - 1: "8 EiB",
	} {
		assert.Equal(t, want, byteSize(size))
	}
}

func TestPrintable(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "grün 日本", printable("grün 日本"))
	assert.Equal(t, `\u001b[31mred\u000a\u202eback`, printable("\x1b[31mred\n\u202eback"))
}

func TestWithoutCredentials(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://user:secret@git.example.com/a.git": "https://git.example.com/a.git",
		"https://git.example.com/a.git":             "https://git.example.com/a.git",
		"git@git.example.com:a/b.git":               "git@git.example.com:a/b.git",
		"ssh://git@git.example.com/a.git":           "ssh://git.example.com/a.git",
	} {
		assert.Equal(t, want, withoutCredentials(address))
	}
}
