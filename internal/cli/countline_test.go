package cli

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestTestProgress(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	short := testProgress{countLine{w: &out, begun: time.Now().Add(time.Hour)}} // younger than a moment, on any machine
	short.update(1, 2)
	short.clear()
	assert.Empty(t, out.String())

	long := testProgress{countLine{w: &out, begun: time.Now().Add(-time.Hour)}}
	long.update(3, 40)
	assert.Equal(t, "\r3 of 40 cases\x1b[K", out.String())
	long.clear()
	assert.Equal(t, "\r3 of 40 cases\x1b[K\r\x1b[K", out.String())
	(&testProgress{}).update(1, 2) // no terminal
}
