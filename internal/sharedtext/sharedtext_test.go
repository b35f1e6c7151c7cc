package sharedtext_test

import (
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/sharedtext"
)

func TestOfSharesTheMemory(t *testing.T) {
	t.Parallel()
	data := []byte("kind: Service")
	text := sharedtext.Of(data[6:])
	require.Equal(t, "Service", text)
	require.Same(t, &data[6], unsafe.StringData(text))
}

func TestOfNothing(t *testing.T) {
	t.Parallel()
	require.Empty(t, sharedtext.Of(nil))
	require.Empty(t, sharedtext.Of([]byte{}))
}
