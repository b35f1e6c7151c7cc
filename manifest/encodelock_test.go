package manifest_test

import (
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/manifest"
)

func TestEncodeLock(t *testing.T) {
	t.Parallel()
	const digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	lock := &manifest.PackageManifestLock{
		Metadata: manifest.Metadata{Name: "shop", Annotations: map[string]string{"b": "yes", "a": "1.10"}},
		Spec: manifest.PackageManifestLockSpec{
			Images: []manifest.LockedImage{
				{Name: "web", Image: "registry.example.com/web:v1", Digest: digest},
				{Name: "on", Image: "registry.example.com:5000/on:1.10", Digest: digest},
			},
			Dependencies: []manifest.LockedDependency{{Name: "db", Image: "registry.example.com/db", Digest: digest, Version: "1.2.3"}},
		},
	}
	encoded, err := manifest.EncodeLock(lock)
	require.NoError(t, err)
	assert.Equal(t, `apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifestLock
metadata:
  name: shop
  annotations:
    a: "1.10"
    b: "yes"
spec:
  images:
  - name: web
    image: registry.example.com/web:v1
    digest: `+digest+`
  - name: "on"
    image: registry.example.com:5000/on:1.10
    digest: `+digest+`
  dependencies:
  - name: db
    image: registry.example.com/db
    digest: `+digest+`
    version: 1.2.3
`, string(encoded))

	empty, err := manifest.EncodeLock(&manifest.PackageManifestLock{})
	require.NoError(t, err)
	assert.Equal(t, "apiVersion: manifests.package-operator.run/v1alpha1\nkind: PackageManifestLock\nspec: {}\n", string(empty))
	decoded, found := manifest.DecodeLock("lock", empty)
	assert.Empty(t, found)
	assert.Empty(t, decoded.Spec.Images)
}

// Whatever the names are, they are read as they were written.
func FuzzEncodeLock(f *testing.F) {
	for _, text := range []string{"web", "yes", "0644", "1e3", "1:20", "null", "~", "2024-01-01", "<<", "=", "- a", "#", "a: b", "\n", "é", "a\u2028b", " x ", "---", "0x1F", ".5", "1_000", "Off"} {
		f.Add(text, text)
	}
	f.Fuzz(func(t *testing.T, name, value string) {
		if !utf8.ValidString(name) || !utf8.ValidString(value) || value == "" {
			return
		}
		lock := &manifest.PackageManifestLock{
			TypeMeta: manifest.TypeMeta{APIVersion: manifest.APIVersion, Kind: manifest.PackageManifestLockKind},
			Metadata: manifest.Metadata{Annotations: map[string]string{name: value}},
			Spec: manifest.PackageManifestLockSpec{
				Images:       []manifest.LockedImage{{Name: name, Image: value, Digest: value}},
				Dependencies: []manifest.LockedDependency{{Name: name, Image: value, Digest: name, Version: value}},
			},
		}
		encoded, err := manifest.EncodeLock(lock)
		if err != nil {
			return
		}
		decoded, found := manifest.DecodeLock("lock", encoded)
		if found.HasErrors() {
			t.Fatalf("%v\n%s", found, encoded)
		}
		assert.Equal(t, lock, decoded, "%s", encoded)
	})
}
