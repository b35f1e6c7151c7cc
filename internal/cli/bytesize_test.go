package cli

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestParseSize(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"0": 0, "1048576": 1 << 20, "500MiB": 500 << 20, "2gib": 2 << 30, "1.5 GB": 1_500_000_000, "10k": 10 << 10, "3B": 3,
	} {
		got, err := parseSize(text)
		assert.NoError(t, err, text)
		assert.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "MiB", "-1", "1e3", "5 parsecs", "9999999999TiB", "1..5", "0x10", "NaN", "inf"} {
		_, err := parseSize(text)
		assert.Error(t, err, text)
	}
}

func TestParseAge(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"30d": 720 * time.Hour, "2w": 336 * time.Hour, "12h": 12 * time.Hour, "1h30m": 90 * time.Minute, "0s": 0,
	} {
		got, err := parseAge(text)
		assert.NoError(t, err, text)
		assert.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "d", "30", "-1h", "-1d", "1.5d", "99999999d", "yesterday"} {
		_, err := parseAge(text)
		assert.Error(t, err, text)
	}
}
