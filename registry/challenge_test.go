package registry

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseChallenges(t *testing.T) {
	t.Parallel()
	bearer := challenge{"bearer", map[string]string{"realm": "https://auth.example.com/token", "service": "registry", "scope": "repository:a/b:pull,push"}}
	for name, test := range map[string]struct {
		headers []string
		want    []challenge
	}{
		"none":         {nil, nil},
		"empty":        {[]string{""}, nil},
		"basic":        {[]string{`Basic realm="x"`}, []challenge{{"basic", map[string]string{"realm": "x"}}}},
		"bare":         {[]string{`Basic`}, []challenge{{"basic", map[string]string{}}}},
		"bearer":       {[]string{`Bearer realm="https://auth.example.com/token",service="registry",scope="repository:a/b:pull,push"`}, []challenge{bearer}},
		"spaces":       {[]string{`bearer  realm = "https://auth.example.com/token" , service=registry,  scope="repository:a/b:pull,push"`}, []challenge{bearer}},
		"two in one":   {[]string{`Negotiate, Basic realm="x", charset="UTF-8"`}, []challenge{{"negotiate", map[string]string{}}, {"basic", map[string]string{"realm": "x", "charset": "UTF-8"}}}},
		"two headers":  {[]string{`Negotiate`, `Basic realm="x"`}, []challenge{{"negotiate", map[string]string{}}, {"basic", map[string]string{"realm": "x"}}}},
		"quoted quote": {[]string{`Basic realm="a \"b\", c=d"`}, []challenge{{"basic", map[string]string{"realm": `a "b", c=d`}}}},
		"no end":       {[]string{`Basic realm="x`}, []challenge{{"basic", map[string]string{"realm": "x"}}}},
		"first wins":   {[]string{`Bearer realm="a",realm="b"`}, []challenge{{"bearer", map[string]string{"realm": "a"}}}},
		"rubbish":      {[]string{`"x" = y`}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, parseChallenges(test.headers))
		})
	}
}

func TestPickChallenge(t *testing.T) {
	t.Parallel()
	require.Nil(t, pickChallenge(parseChallenges([]string{`Negotiate`, `Bearer service="no realm"`})))
	require.Equal(t, "basic", pickChallenge(parseChallenges([]string{`Negotiate, Basic realm="x"`})).scheme)
}

func FuzzParseChallenges(f *testing.F) {
	for _, seed := range []string{`Basic realm="x"`, `Bearer realm="https://a/b",scope="x:y:z"`, `a=b`, `"`, `,,,`, `A b="\`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		for _, one := range parseChallenges([]string{header}) {
			if one.scheme == "" {
				t.Fatal("a challenge without a scheme")
			}
		}
	})
}
