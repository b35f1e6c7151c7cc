package diagnostic_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/packstage/packstage/diagnostic"
)

func TestSuggest(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("name-", 80)
	for name, test := range map[string]struct {
		name  string
		known []string
		want  string
	}{
		"a letter missing":                {"replcas", []string{"image", "replicas"}, "replicas"},
		"a letter too many":               {"scopess", []string{"scopes"}, "scopes"},
		"a letter wrong":                  {"phasas", []string{"phases"}, "phases"},
		"neighbours swapped":              {"pahses", []string{"phases"}, "phases"},
		"only case":                       {"apiversion", []string{"apiVersion"}, "apiVersion"},
		"only separators":                 {"max_surge", []string{"max-surge", "maxsurge2"}, "max-surge"},
		"nearest, not first":              {"image", []string{"imagess", "images"}, "images"},
		"a tie goes to the first by name": {"port1", []string{"port3", "port2"}, "port2"},
		"too far":                         {"replicas", []string{"image"}, ""},
		"two of five letters":             {"abcde", []string{"abcxy"}, ""},
		"itself is no suggestion":         {"image", []string{"image"}, ""},
		"nothing known":                   {"image", nil, ""},
		"no name":                         {"", []string{"a", "image"}, ""},
		"an empty candidate":              {"a", []string{"", "ab"}, "ab"},
		"nothing in common":               {"a", []string{"b"}, ""},
		"something in common":             {"ip", []string{"ips"}, "ips"},
		"a long name and a short one":     {long, []string{"image"}, ""},
		"long names":                      {long + "x", []string{long}, ""},
		"long names that differ in case":  {strings.ToUpper(long), []string{long}, long},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := diagnostic.Suggest(test.name, test.known)
			assert.Equal(t, test.want, got)
			assert.Equal(t, test.want != "", ok)
		})
	}
}

func TestDidYouMean(t *testing.T) {
	t.Parallel()
	many := strings.Split("a1 b2 c3 d4 e5 f6 g7 h8 i9 j10 k11 l12 m13", " ")
	for name, test := range map[string]struct {
		name  string
		known []string
		want  string
	}{
		"near":          {"replcas", []string{"replicas"}, `did you mean "replicas"?`},
		"far, few":      {"colour", []string{"size", "image"}, "known: image, size"},
		"far, twelve":   {"colour", many[:12], "known: a1, b2, c3, d4, e5, f6, g7, h8, i9, j10, k11, l12"},
		"far, many":     {"colour", many, ""},
		"nothing known": {"colour", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, diagnostic.DidYouMean(test.name, test.known))
		})
	}
}
