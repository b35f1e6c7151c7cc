// Package builtin holds the kinds that Kubernetes itself serves, in each of its
// newest minors, and their schemas. They ship with the program, packed; nothing is
// unpacked before it is asked for.
//
// The data is made by "make schemas" from the OpenAPI documents of Kubernetes.
// docs/kubernetes-schemas.md says which releases there are.
package builtin

import (
	_ "embed"
	"fmt"
	"sync"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/validate/kubernetes"
)

var (
	//go:embed kinds.flate
	kinds []byte
	//go:embed definitions.flate
	definitions []byte
)

// catalog is made once: it is immutable, and the same whoever asks.
var catalog = sync.OnceValue(func() *kubernetes.Catalog {
	opened, err := kubernetes.OpenCatalog(kinds, definitions)
	if err != nil {
		panic(fmt.Sprintf("the data in the program is broken: %v", err)) // a test unpacks it
	}
	return opened
})

// Catalog returns the catalog, for a kubernetes.Checker.
func Catalog() *kubernetes.Catalog { return catalog() }

// Versions returns the releases that there are, one for each minor, the oldest
// first: "1.28.2".
func Versions() []string { return catalog().Versions() }

// Kinds returns the kinds that a version of Kubernetes serves and that can be
// created, by group, version and kind. Any form of the version will do, such as
// "v1.36" or "1.36.2"; its minor counts. It returns nil for a minor that is not
// there.
func Kinds(version string) []kubernetes.Kind { return catalog().Kinds(version) }

// Lookup returns what is known of a kind of Kubernetes, in whichever release.
func Lookup(gvk schema.GroupVersionKind) (kubernetes.Kind, bool) { return catalog().Lookup(gvk) }

// Namespaced tells whether objects of a kind live in a namespace; known is false
// where the kind is none of Kubernetes.
func Namespaced(gvk schema.GroupVersionKind) (namespaced, known bool) {
	kind, known := catalog().Lookup(gvk)
	return kind.Namespaced, known
}

// ServedBy returns the releases that serve a kind, the oldest first. A kind that
// the last ones do not serve was removed.
func ServedBy(gvk schema.GroupVersionKind) []string { return catalog().ServedBy(gvk) }
