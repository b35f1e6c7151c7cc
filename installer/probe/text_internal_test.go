package probe

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReasonOr(t *testing.T) {
	t.Parallel()
	for reason, want := range map[string]string{
		"FailedCreate":            "FailedCreate",
		"Http2_Error:x,y-z":       "Http2_Error:x,y-z",
		"a09":                     "a09",
		strings.Repeat("a", 80):   strings.Repeat("a", 80),
		"":                        "Other",
		"9Lives":                  "Other",
		"_x":                      "Other",
		"two words":               "Other",
		"x\n":                     "Other",
		"schön":                   "Other",
		strings.Repeat("a", 81):   "Other",
		"x;":                      "Other",
		"x/":                      "Other",
		"Trailing.":               "Other",
		"A" + string(rune('0'-1)): "Other",
	} {
		require.Equal(t, want, reasonOr(reason, "Other"), "%q", reason)
	}
}
