package yamldoc_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/internal/yamldoc"
)

func TestQuote(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"yes": `"yes"`, `a "b" <c>`: `"a \"b\" <c>"`, "two\nlines\t": `"two\nlines\t"`, "ä € 漢": `"ä € 漢"`,
		"\u0085\ufeff\u2028\x7f": `"\u0085\ufeff\u2028\u007f"`, "\U000e0001": `"\U000e0001"`,
	} {
		require.Equal(t, want, yamldoc.Quote(text))
		var back string
		require.NoError(t, yaml.Unmarshal([]byte(yamldoc.Quote(text)), &back))
		require.Equal(t, text, back)
	}
}
