package yamldoc

import (
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

func TestReadOnlyHoldsTheTextOnce(t *testing.T) {
	t.Parallel()
	data := []byte("kind: Service\n")
	value, err := Decode(Document{Number: 1, Line: 1, FirstLine: 1, Data: data}, Options{ReadOnly: true})
	require.NoError(t, err)
	kind := value.(map[string]any)["kind"].(string)
	require.Same(t, &data[len("kind: ")], unsafe.StringData(kind))
}

func TestReadOnlyReadsTheSame(t *testing.T) {
	t.Parallel()
	for _, lineEnd := range []string{"\n", "\r\n"} {
		data := []byte("kind: Service" + lineEnd + "name: \"shop\"" + lineEnd)
		want := map[string]any{"kind": "Service", "name": "shop"}
		for _, readOnly := range []bool{false, true} {
			value, err := Decode(Document{Number: 1, Line: 1, FirstLine: 1, Data: data}, Options{ReadOnly: readOnly})
			require.NoError(t, err)
			require.Equal(t, want, value)
		}
	}
}

// Whoever does not say that its bytes are read-only may use them again.
func TestWithoutReadOnlyTheBytesAreFree(t *testing.T) {
	t.Parallel()
	data := []byte("kind: Service\nname: \"shop\"\n")
	value, err := Decode(Document{Number: 1, Line: 1, FirstLine: 1, Data: data}, Options{})
	require.NoError(t, err)
	clear(data)
	require.Equal(t, map[string]any{"kind": "Service", "name": "shop"}, value)
}
