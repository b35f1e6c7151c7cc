package plain_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/installer/internal/plain"
)

func TestLine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                       "",
		"as it is":               "as it is",
		"  a \t\r\n b\u00a0c  ":  "a b c",
		"a\x1b[31mb":             "a [31mb",
		"a\u202eb\u0085c":        "a b c",
		"\xff\xfea":              "a",
		"0123456789":             "0123456789",
		"0123456789a":            "0123456789…",
		"012345678é":             "012345678…",
		strings.Repeat(" ", 100): "…",
	} {
		require.Equal(t, want, plain.Line(text, 10), "%q", text)
	}
}
