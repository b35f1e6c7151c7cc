package manifest_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/manifest"
)

// hard are texts that readers of YAML take for something else.
var hard = []string{
	"", "y", "No", "NULL", "~", "1", "1.0", "1e3", "0x1f", "0644", "1:30", "2026-01-02", ".inf", "-", "- a", "a: b", "a:", "a #b",
	"<<", "*a", "&a", "!a", "%a", "@a", "`a", "a---", "---", "a\n---\nb", "a\nb", "a\nb\n", "a\nb\n\n", "\na\nb", " a\nb", "a \nb", "a\n\nb", "a\n\n",
	"a\r\nb", "a\tb\nc", "tab\t", "\u0085", "\u00a0", "\u2028", "\ufeff", "\U0001F600", "\u007f", "\\", `"`, "'", "=", "é", "a\n b\n  c",
}

func TestEncodeYAMLIsReadAsTheSame(t *testing.T) {
	t.Parallel()
	document := &manifest.PackageManifest{
		Metadata: manifest.Metadata{Name: "shop", Annotations: map[string]string{}},
		Spec: manifest.PackageManifestSpec{
			Scopes:     []manifest.Scope{manifest.ScopeCluster},
			Phases:     []manifest.Phase{{Name: "deploy"}},
			Components: &manifest.Components{},
			Config: manifest.Config{OpenAPIV3Schema: map[string]any{
				"type": "object", "x": []any{[]any{int64(1), 2.5, nil, true}, []any{}, map[string]any{}, map[string]any{"a": "b", "c": "d"}},
			}},
		},
	}
	for _, text := range hard {
		document.Metadata.Annotations[text] = text
		document.Spec.Phases = append(document.Spec.Phases, manifest.Phase{Name: text})
	}
	encoded, err := manifest.EncodeYAML(document)
	require.NoError(t, err)
	asJSON, err := manifest.EncodeJSON(document)
	require.NoError(t, err)

	decoded, found := manifest.Decode("m.yaml", encoded)
	require.Empty(t, found, "%s", encoded)
	document.TypeMeta = manifest.TypeMeta{APIVersion: manifest.APIVersion, Kind: manifest.PackageManifestKind}
	assert.Equal(t, document, decoded)

	kubectl, err := yaml.YAMLToJSONStrict(encoded)
	require.NoError(t, err, "%s", encoded)
	assert.JSONEq(t, string(asJSON), string(kubectl))
}

func TestEncodeJSONNamesTheKind(t *testing.T) {
	t.Parallel()
	lock := &manifest.PackageManifestLock{}
	encoded, err := manifest.EncodeJSON(lock)
	require.NoError(t, err)
	assert.Equal(t, `{"apiVersion":"manifests.package-operator.run/v1alpha1","kind":"PackageManifestLock","spec":{}}`, string(encoded))
	assert.Empty(t, lock.Kind, "the caller's document stays as it was")
}

func FuzzEncodeYAML(f *testing.F) {
	for _, text := range hard {
		f.Add(text, text)
	}
	f.Fuzz(func(t *testing.T, key, value string) {
		document := &manifest.RepositoryEntry{Data: manifest.RepositoryEntryData{Image: value, Versions: []string{value, key}}}
		document.Metadata.Labels = map[string]string{key: value, "z": ""}
		want, err := manifest.EncodeJSON(document)
		require.NoError(t, err)
		encoded, err := manifest.EncodeYAML(document)
		if err != nil {
			return // a key that is too long
		}
		got, err := yaml.YAMLToJSONStrict(encoded)
		require.NoError(t, err, "%s", encoded)
		var wanted, gotten any
		require.NoError(t, json.Unmarshal(want, &wanted))
		require.NoError(t, json.Unmarshal(got, &gotten))
		require.Equal(t, wanted, gotten, "%s", encoded)
	})
}
