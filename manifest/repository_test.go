package manifest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
)

const (
	repositoryHeader = "apiVersion: manifests.package-operator.run/v1alpha1\nkind: Repository\nmetadata:\n  name: demo\n"
	entryHeader      = "---\napiVersion: manifests.package-operator.run/v1alpha1\nkind: RepositoryEntry\n"
)

var (
	digestA = strings.Repeat("a1", 32)
	digestB = strings.Repeat("b2", 32)
)

func entryYAML(name, digest string, versions ...string) string {
	return fmt.Sprintf("%sdata:\n  name: %s\n  image: registry.example.com/%[2]s\n  digest: %q\n  versions: [%s]\n",
		entryHeader, name, digest, strings.Join(versions, ", "))
}

// written is an index as Package Operator writes it: with timestamps, fields in
// the order of the alphabet, and a document marker in front.
const written = `---
apiVersion: manifests.package-operator.run/v1alpha1
kind: Repository
metadata:
  creationTimestamp: "2026-01-02T03:04:05Z"
  name: demo
---
apiVersion: manifests.package-operator.run/v1alpha1
data:
  constraints:
  - platform:
    - OpenShift
    platformVersion:
      name: OpenShift
      range: '>=4.12'
  digest: 199355dc900272b86ec5fb691bd20bea44a5dfb6a376aafb3f8beac035fc4cea
  image: registry.example.com/shop
  name: shop
  versions:
  - v1.11.0
  - v1.10.0
kind: RepositoryEntry
metadata:
  creationTimestamp: null
  name: shop.199355dc900272b86ec5fb691bd20bea44a5dfb6a376aafb3f8beac035fc4cea
`

func TestDecodeRepository(t *testing.T) {
	t.Parallel()
	index, found := manifest.DecodeRepository("index.yaml", []byte(written), manifest.RepositoryLimits{})
	require.Empty(t, found)
	assert.Equal(t, "demo", index.Repository.Metadata.Name)
	assert.Equal(t, "2026-01-02T03:04:05Z", index.Repository.Metadata.CreationTimestamp)
	require.Len(t, index.Entries, 1)
	assert.Equal(t, manifest.RepositoryEntryData{
		Name: "shop", Image: "registry.example.com/shop",
		Digest:   "199355dc900272b86ec5fb691bd20bea44a5dfb6a376aafb3f8beac035fc4cea",
		Versions: []string{"v1.11.0", "v1.10.0"},
		Constraints: []manifest.Constraint{{
			Platform:        []manifest.Platform{manifest.PlatformOpenShift},
			PlatformVersion: &manifest.PlatformVersion{Name: manifest.PlatformOpenShift, Range: ">=4.12"},
		}},
	}, index.Entries[0].Data)
}

func TestDecodeRepositoryFindings(t *testing.T) {
	t.Parallel()
	good := entryYAML("shop", digestA, "v1.0.0")
	for name, test := range map[string]struct {
		input string
		want  []string
	}{
		"empty":                   {"", []string{"i.yaml:1 error apiVersion [manifest-unknown-version]"}},
		"no repository":           {good, []string{"i.yaml:3:7 error kind [manifest-unknown-version]"}},
		"two repositories":        {repositoryHeader + "---\n" + repositoryHeader, []string{"i.yaml:7:7 error kind [manifest-unknown-version]"}},
		"no name":                 {strings.Replace(repositoryHeader, "demo", `""`, 1), []string{"i.yaml:4:9 error metadata.name [manifest-required]"}},
		"nothing in it":           {repositoryHeader + entryHeader, []string{"i.yaml:6 error data.name [manifest-required]", "i.yaml:6 error data.image [manifest-required]", "i.yaml:6 error data.digest [manifest-required]", "i.yaml:6 error data.versions [manifest-required]"}},
		"unknown field":           {repositoryHeader + good + "  vesrions: []\n", []string{"i.yaml:13:3 warning data.vesrions [manifest-unknown-field]"}},
		"wrong type":              {repositoryHeader + strings.Replace(good, "[v1.0.0]", "v1.0.0", 1), []string{"i.yaml:12:13 error data.versions [manifest-wrong-type]"}},
		"short digest":            {repositoryHeader + entryYAML("shop", "12345", "v1.0.0"), []string{"i.yaml:11:11 error data.digest [manifest-invalid-value]"}},
		"digest in the image":     {repositoryHeader + strings.Replace(good, "com/shop", "com/shop@sha256:"+digestA, 1), []string{"i.yaml:10:10 error data.image [manifest-invalid-value]"}},
		"half a version":          {repositoryHeader + entryYAML("shop", digestA, "v1.0.0", `"1.0"`), []string{"i.yaml:12:22 error data.versions[1] [manifest-invalid-value]"}},
		"a version twice":         {repositoryHeader + good + entryYAML("shop", digestB, "1.0.0"), []string{"i.yaml:20:14 error data.versions[0] [manifest-duplicate-name]"}},
		"an image twice":          {repositoryHeader + good + entryYAML("shop", "sha256:"+digestA, "1.0.0"), nil},
		"broken YAML":             {repositoryHeader + entryHeader + "data: [\n", []string{"i.yaml:8:1 error  [yaml-invalid]"}},
		"empty documents between": {repositoryHeader + "---\n# nothing\n" + good + "---\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			index, found := manifest.DecodeRepository("i.yaml", []byte(test.input), manifest.RepositoryLimits{})
			require.Equal(t, found.HasErrors(), index == nil)
			var got []string
			for _, d := range found {
				got = append(got, fmt.Sprintf("%s %s %s [%s]", d.Position, d.Severity, d.Field, d.Code))
			}
			assert.ElementsMatch(t, test.want, got)
		})
	}
}

func TestRepositoryLimits(t *testing.T) {
	t.Parallel()
	input := []byte(repositoryHeader + entryYAML("a", digestA, "v1.0.0") + entryYAML("b", digestA, "v1.0.0"))
	for name, limits := range map[string]manifest.RepositoryLimits{
		"bytes": {Bytes: int64(len(input)) - 1}, "entries": {Entries: 1},
	} {
		index, found := manifest.DecodeRepository("i.yaml", input, limits)
		assert.Nil(t, index, name)
		assert.ErrorIs(t, found, diagnostic.LimitExceeded, name)
	}
	index, found := manifest.DecodeRepository("i.yaml", input, manifest.RepositoryLimits{Bytes: int64(len(input)), Entries: 2})
	assert.Empty(t, found)
	assert.Len(t, index.Entries, 2)
}

func TestRepositoryRoundTrip(t *testing.T) {
	t.Parallel()
	index, found := manifest.DecodeRepository("index.yaml", []byte(written), manifest.RepositoryLimits{})
	require.Empty(t, found)
	encoded, err := manifest.EncodeRepository(index)
	require.NoError(t, err)
	assert.Equal(t, `---
apiVersion: manifests.package-operator.run/v1alpha1
kind: Repository
metadata:
  name: demo
  creationTimestamp: "2026-01-02T03:04:05Z"
---
apiVersion: manifests.package-operator.run/v1alpha1
kind: RepositoryEntry
metadata:
  name: shop.199355dc900272b86ec5fb691bd20bea44a5dfb6a376aafb3f8beac035fc4cea
data:
  image: registry.example.com/shop
  digest: "199355dc900272b86ec5fb691bd20bea44a5dfb6a376aafb3f8beac035fc4cea"
  versions:
    - v1.11.0
    - v1.10.0
  constraints:
    - platform:
        - OpenShift
      platformVersion:
        name: OpenShift
        range: ">=4.12"
  name: shop
`, string(encoded))
	again, found := manifest.DecodeRepository("index.yaml", encoded, manifest.RepositoryLimits{})
	require.Empty(t, found)
	assert.Equal(t, index, again)

	// As Package Operator cuts the file, every piece is one document.
	pieces := strings.Split(string(encoded), "---\n")
	require.Len(t, pieces, 3)
	for _, piece := range pieces[1:] {
		var object map[string]any
		require.NoError(t, yaml.UnmarshalStrict([]byte(piece), &object))
		assert.Equal(t, manifest.APIVersion, object["apiVersion"])
	}
}

func TestEncodeRepositoryRefusesWhatPackageOperatorDoesNotRead(t *testing.T) {
	t.Parallel()
	index := &manifest.RepositoryIndex{Entries: []manifest.RepositoryEntry{{}}}
	index.Entries[0].Metadata.Name = "shop.x"
	for n := range 10_000 {
		index.Entries[0].Data.Versions = append(index.Entries[0].Data.Versions, fmt.Sprintf("v1.%d.0", n))
	}
	_, err := manifest.EncodeRepository(index)
	assert.ErrorContains(t, err, "encode the entry shop.x: it takes ")
}

// FuzzDecodeRepository: what is read can be written, and is then read as the same.
func FuzzDecodeRepository(f *testing.F) {
	f.Add([]byte(written))
	f.Add([]byte(repositoryHeader + entryYAML("shop", digestA, "v1.0.0", "2.0.0-rc.1+b")))
	f.Add([]byte(repositoryHeader + "  annotations: {a: \"x---\\n---\\n\", y: ' ', \"<<\": \"a\\n\\nb\"}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		index, found := manifest.DecodeRepository("i.yaml", data, manifest.RepositoryLimits{Entries: 100})
		require.Equal(t, found.HasErrors(), index == nil)
		if index == nil {
			return
		}
		encoded, err := manifest.EncodeRepository(index)
		if err != nil {
			return // too long
		}
		again, found := manifest.DecodeRepository("i.yaml", encoded, manifest.RepositoryLimits{})
		require.False(t, found.HasErrors(), "%v\n%s", found, encoded)
		once, err := manifest.EncodeRepository(again)
		require.NoError(t, err)
		require.Equal(t, string(encoded), string(once))
		require.Equal(t, len(index.Entries)+1, strings.Count(string(encoded), "---\n"))
	})
}

func BenchmarkDecodeRepository(b *testing.B) {
	for _, entries := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(entries), func(b *testing.B) {
			var file strings.Builder
			file.WriteString(repositoryHeader)
			for n := range entries {
				file.WriteString(entryYAML(fmt.Sprintf("package-%d", n/10), fmt.Sprintf("%064x", n), fmt.Sprintf("v1.%d.0", n)))
			}
			data := []byte(file.String())
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				index, found := manifest.DecodeRepository("index.yaml", data, manifest.RepositoryLimits{})
				if index == nil || len(index.Entries) != entries {
					b.Fatal(found)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(entries), "µs/entry")
		})
	}
}
