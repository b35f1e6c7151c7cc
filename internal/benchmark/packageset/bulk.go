package packageset

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// BulkSizes are the sizes in megabytes of the sets of [Bulk].
func BulkSizes() []int { return []int{1, 10, 100} }

// Bulk generates a package of static files of 32 KiB each, so many megabytes
// together, for what depends on bytes alone: building, pushing and pulling.
func Bulk(megabytes int) Set {
	const size = 32 << 10
	set := Set{
		Name:        fmt.Sprintf("%d MB", megabytes),
		Description: fmt.Sprintf("%d static files of 32 KiB", megabytes<<20/size),
		Files:       map[string][]byte{"manifest.yaml": []byte(bulkManifest)},
		config:      func(int) map[string]any { return nil },
	}
	text := bulkText(1 << 20)
	for i := range megabytes << 20 / size {
		at := i * 7919 % (len(text) - size)
		set.Files[fmt.Sprintf("folder-%d/file-%04d.yaml", i%10, i)] = []byte(text[at : at+size])
	}
	return set
}

const bulkManifest = `apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata:
  name: bulk
spec:
  scopes:
  - Namespaced
  phases:
  - name: all
`

// bulkText compresses about as well as manifests do.
func bulkText(size int) string {
	words := strings.Fields("apiVersion kind metadata name namespace labels spec containers image ports template replicas")
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // always the same
	var b strings.Builder
	for b.Len() < size {
		fmt.Fprintf(&b, "%s%s: %s-%d\n", strings.Repeat("  ", random.IntN(6)), words[random.IntN(len(words))], words[random.IntN(len(words))], random.IntN(1000))
	}
	return b.String()[:size]
}
