package openapischema_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/openapischema"
)

func releases() []openapischema.Release {
	pod := openapischema.Kind{Version: "v1", Kind: "Pod", Resource: "pods", Namespaced: true, Definition: "Pod"}
	node := openapischema.Kind{Group: "example.com", Version: "v1", Kind: "Node", Resource: "nodes", Definition: "Node"}
	text := &openapischema.Node{Type: "string", Enum: []string{"a", "b"}}
	return []openapischema.Release{
		{Version: "1.1.0", Kinds: []openapischema.Kind{pod, node}, Definitions: map[string]*openapischema.Node{
			"Pod": {Type: "object", Properties: map[string]*openapischema.Node{"a": text}}, "Node": {Type: "object"},
		}},
		{Version: "1.2.0", Kinds: []openapischema.Kind{pod}, Definitions: map[string]*openapischema.Node{
			"Pod": {Type: "object", Properties: map[string]*openapischema.Node{"a": text, "b": {Ref: "Pod"}}}, "Node": {Type: "object"},
		}},
	}
}

func TestPack(t *testing.T) {
	t.Parallel()
	kinds, definitions, err := openapischema.Pack(releases())
	require.NoError(t, err)
	require.Equal(t, "1.1.0 1.2.0\n3  v1 Pod pods + Pod\n1 example.com v1 Node nodes - Node\n", string(kinds))
	require.Equal(t, 4, strings.Count(string(definitions), "\n"), "what is the same is there once:\n%s", definitions)

	versions, unpacked, err := openapischema.UnpackKinds(kinds)
	require.NoError(t, err)
	require.Equal(t, []string{"1.1.0", "1.2.0"}, versions)
	require.Equal(t, releases()[0].Kinds[0], unpacked[0].Kind)
	require.Equal(t, 2, unpacked[0].Releases.Count())
	require.False(t, unpacked[1].Releases.Has(1))

	byName, err := openapischema.UnpackDefinitions(definitions)
	require.NoError(t, err)
	for i, release := range releases() {
		for name, want := range release.Definitions {
			for _, packed := range byName[name] {
				if packed.Releases.Has(i) {
					node, err := packed.Node()
					require.NoError(t, err)
					require.Equal(t, want, node, "%s %s", release.Version, name)
				}
			}
		}
	}
}

func TestUnpackRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                    "no line of versions",
		"1.1.0\nx v1 Pod\n":   "line 2",
		"1.1.0\n1 v1 Pod\n":   "a kind has 6 fields, not 2",
		"1.1.0\n\n":           "line 2",
		"1.1.0\n-1 a b c d\n": "line 2",
	} {
		_, _, err := openapischema.UnpackKinds([]byte(text))
		require.ErrorContains(t, err, want, "%q", text)
	}
	_, err := openapischema.UnpackDefinitions([]byte("1.1.0\n1 Pod\n"))
	require.ErrorContains(t, err, `the definition "Pod" has no content`)
	broken, err := openapischema.UnpackDefinitions([]byte("1.1.0\n1 Pod {\n"))
	require.NoError(t, err)
	_, err = broken["Pod"][0].Node()
	require.ErrorContains(t, err, "decode a definition")
	_, _, err = openapischema.Pack(make([]openapischema.Release, openapischema.MaxReleases+1))
	require.ErrorContains(t, err, "there is room for 64")
}
