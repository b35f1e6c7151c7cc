package template

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The expectations are those of github.com/spf13/cast v1.7.0, which Package Operator
// links; v1.10.0 reads some of them otherwise.
func TestWholeNumber(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"": 0, "7": 7, "-7": -7, "+1": 1, "010": 8, "0x10": 16, "0b11": 3, "0o17": 15, "1_000": 1000, "08": 0, "1e3": 0, " 1": 0, "true": 0,
		"1.0": 1, "12.000": 12, "0.0": 0, "010.0": 8, "0x1F.0": 31, "00_1.0": 1, "001.0.": 1,
		"1.5": 0, "-1.5": 0, "1.": 0, ".5": 0, ".0": 0, "1.05": 0, "1.0.5": 0,
		"9223372036854775807": 9223372036854775807, "9223372036854775808": 0, "9223372036854775808.0": 0,
	} {
		require.Equal(t, want, wholeNumber(text), "%q", text)
	}
	for _, v := range []any{nil, true, 1, int8(3), uint64(5), 1.5, float32(2.5)} {
		require.Equal(t, v, wholeNumber(v))
	}
	require.Nil(t, wholeNumber([]any{1}))
}
