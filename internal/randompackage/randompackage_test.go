package randompackage_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/randompackage"
)

// One seed is one package.
func TestGenerateIsAFunction(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		require.Equal(t, randompackage.Generate(seed), randompackage.Generate(seed))
		require.NotEqual(t, randompackage.Generate(seed).Files, randompackage.Generate(seed+1).Files)
	}
}

// What the format has comes up, in a hundred packages and not once only.
func TestGenerateUsesTheFormat(t *testing.T) {
	t.Parallel()
	const packages, least = 100, 3
	wanted := []string{
		"components: {}", "kind: PackageManifestLock", "x-kubernetes-validations", "x-kubernetes-list-type", "default:", "hosted-cluster",
		"availabilityProbes", "conditions:", "paths:", "package-operator.run/condition: ", "condition-map", "collision-protection", "generateName",
		"kind: List", ": &a", "<<: *a", "\r\n", "# a comment", ": |2", ": >-", "%YAML 1.1", "\uFEFF", "--- # next", "...\n---", "9223372036854775807", "0644", ": yes",
		"{{- define", "include ", "{{ template", "getFile ", "getFileGlob", "cel ", "{{- $_ := set", "mergeOverwrite", "merge .package", "unset", "deepCopy",
		"fromYAML", "b64decMap", ".images ", "{{ break }}", ".yml", "ä/",
		"matchExpressions", "fieldValue", "dependencies:", "oneOf", "multipleOf", "x-packstage-sensitive", "sha512:", "single/", "- - a", "<<: [*", "UPPER.YAML",
		"creationTimestamp: null", "manifest.lock.yml", "below/manifest.yaml", "mustMerge ", "{{- block", "all.yaml", "empty.yaml",
	}
	counts := map[string]int{}
	broken := map[string]bool{}
	for seed := range uint64(packages) {
		pkg := randompackage.Generate(seed)
		broken[pkg.Broken] = true
		var all strings.Builder
		for path, content := range pkg.Files {
			all.WriteString(path + "\n" + string(content))
		}
		for _, text := range wanted {
			if strings.Contains(all.String(), text) {
				counts[text]++
			}
		}
	}
	for _, text := range wanted {
		require.GreaterOrEqual(t, counts[text], least, "%q", text)
	}
	require.GreaterOrEqual(t, len(broken), 3)
}
