package casecollision_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/casecollision"
)

func TestFind(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ paths, want []string }{
		"none":                    {[]string{"a", "b/a", "b/c"}, nil},
		"files":                   {[]string{"A", "a"}, []string{"a"}},
		"three files":             {[]string{"AA", "Aa", "aa"}, []string{"Aa", "aa"}},
		"in folders":              {[]string{"X/a", "x/A"}, []string{"x/A"}},
		"folders that merge":      {[]string{"X/a", "x/b"}, nil},
		"a folder after its file": {[]string{"X", "x/b", "x/c"}, []string{"x", "x"}},
		"a file after its folder": {[]string{"X/b", "x"}, []string{"x"}},
		"other letters":           {[]string{"Ärger", "ärger"}, []string{"ärger"}},
		"the Kelvin sign":         {[]string{"k", "\u212a"}, []string{"\u212a"}},
		"final sigma":             {[]string{"σ", "ς"}, []string{"ς"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, finding := range casecollision.Find(test.paths, diagnostic.Warning) {
				require.Equal(t, diagnostic.Warning, finding.Severity)
				got = append(got, finding.Position.File)
			}
			require.Equal(t, test.want, got)
		})
	}
}
