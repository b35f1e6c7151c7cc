package probe

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParsePath(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]step{
		".spec.replicas":             {{key: "spec"}, {key: "replicas"}},
		"spec.replicas":              {{key: "spec"}, {key: "replicas"}},
		".spec.replicas.":            {{key: "spec"}, {key: "replicas"}},
		".spec":                      {{key: "spec"}},
		".a[0]":                      {{key: "a"}, {index: 0, isIndex: true}},
		".a[12][3].b":                {{key: "a"}, {index: 12, isIndex: true}, {index: 3, isIndex: true}, {key: "b"}},
		"['a.b'].c":                  {{key: "a.b"}, {key: "c"}},
		`.a["b]c"]`:                  {{key: "a"}, {key: "b]c"}},
		".a['']":                     {{key: "a"}, {key: ""}},
		".a['1']":                    {{key: "a"}, {key: "1"}},
		".a.1":                       {{key: "a"}, {key: "1"}},
		".metadata.labels.my-app/é ": {{key: "metadata"}, {key: "labels"}, {key: "my-app/é "}},
	} {
		parsed, err := parsePath(text)
		require.NoError(t, err, text)
		require.Equal(t, want, parsed.steps, text)
		require.Equal(t, text, parsed.text)
	}
}

func TestParsePathErrors(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                            "names no field",
		".":                           "names no field",
		"..":                          "names no field",
		".a..b":                       "has a dot that no name follows",
		".a.[0]":                      "has a dot that no name follows",
		".a[0":                        `has a bracket that is not closed: "[0"`,
		".a[":                         `has a bracket that is not closed: "["`,
		".a['b":                       `has a bracket that is not closed: "['b"`,
		".a['b'":                      `has a bracket that is not closed: "['b'"`,
		".a['b\"]":                    `has a bracket that is not closed: "['b\"]"`,
		".a[]":                        `has "" in brackets: an index is a number from 0, a key stands in quotes`,
		".a[b]":                       `has "b" in brackets: an index is a number from 0, a key stands in quotes`,
		".a[-1]":                      `has "-1" in brackets: an index is a number from 0, a key stands in quotes`,
		".a[*]":                       `has "*" in brackets: an index is a number from 0, a key stands in quotes`,
		".a[99999999999999999999999]": `has "99999999999999999999999" in brackets: an index is a number from 0, a key stands in quotes`,
		".a[0]b":                      `has "b" after a bracket, where a dot or a bracket belongs`,
	} {
		_, err := parsePath(text)
		require.EqualError(t, err, want, text)
	}
}
