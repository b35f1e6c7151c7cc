package kubernetes

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/internal/openapischema"
)

// Kind is a kind of object that Kubernetes itself serves, and that can be created.
type Kind struct {
	schema.GroupVersionKind
	// Resource is the plural name in the paths of the API: "deployments".
	Resource string
	// Namespaced tells whether objects of the kind live in a namespace.
	Namespaced bool
}

// Catalog holds the kinds of several releases of Kubernetes and their schemas. It
// is immutable and safe for concurrent use. Schemas are unpacked when the first
// one is needed, and decoded one by one.
type Catalog struct {
	versions []string // oldest first
	kinds    []openapischema.PackedKind
	byKind   map[schema.GroupVersionKind][]openapischema.PackedKind

	unpack func() (map[string][]openapischema.PackedDefinition, error)
	mutex  sync.Mutex
	nodes  map[definitionKey]*openapischema.Node
}

// definitionKey is a definition in the releases in which it is the same.
type definitionKey struct {
	name     string
	releases openapischema.Releases
}

// maxUnpacked bounds what packed data may unpack to.
const maxUnpacked = 64 << 20

// OpenCatalog returns the catalog in packed data, as the generator of this module
// writes it: the kinds, and the definitions of their schemas.
func OpenCatalog(kinds, definitions []byte) (*Catalog, error) {
	text, err := inflate(kinds)
	if err != nil {
		return nil, fmt.Errorf("unpack the kinds of Kubernetes: %w", err)
	}
	c := &Catalog{byKind: map[schema.GroupVersionKind][]openapischema.PackedKind{}, nodes: map[definitionKey]*openapischema.Node{}}
	if c.versions, c.kinds, err = openapischema.UnpackKinds(text); err != nil {
		return nil, fmt.Errorf("unpack the kinds of Kubernetes: %w", err)
	}
	for _, kind := range c.kinds {
		gvk := groupVersionKind(kind.Kind)
		c.byKind[gvk] = append(c.byKind[gvk], kind)
	}
	c.unpack = sync.OnceValues(func() (map[string][]openapischema.PackedDefinition, error) {
		text, err := inflate(definitions)
		if err != nil {
			return nil, fmt.Errorf("unpack the schemas of Kubernetes: %w", err)
		}
		return openapischema.UnpackDefinitions(text)
	})
	return c, nil
}

func inflate(packed []byte) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), maxUnpacked))
	if err != nil {
		return nil, err
	}
	return text, nil
}

func groupVersionKind(k openapischema.Kind) schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: k.Group, Version: k.Version, Kind: k.Kind}
}

// Versions returns the releases that the catalog holds, one for each minor, the
// oldest first: "1.28.2".
func (c *Catalog) Versions() []string { return slices.Clone(c.versions) }

// Kinds returns the kinds of a release, by group, version and kind. The version
// is one of Kubernetes in any form, such as "v1.36" or "1.36.2", whose minor
// counts. It returns nil where the catalog does not hold the minor.
func (c *Catalog) Kinds(version string) []Kind {
	release, exact := c.release(version)
	if !exact {
		return nil
	}
	var kinds []Kind
	for _, kind := range c.kinds {
		if kind.Releases.Has(release) {
			kinds = append(kinds, Kind{groupVersionKind(kind.Kind), kind.Resource, kind.Namespaced})
		}
	}
	slices.SortFunc(kinds, func(a, b Kind) int { return strings.Compare(a.String(), b.String()) })
	return kinds
}

// Lookup returns what is known of a kind, in whichever release.
func (c *Catalog) Lookup(gvk schema.GroupVersionKind) (Kind, bool) {
	kinds := c.byKind[gvk]
	if len(kinds) == 0 {
		return Kind{}, false
	}
	return Kind{gvk, kinds[0].Resource, kinds[0].Namespaced}, true
}

// ServedBy returns the releases of the catalog that serve a kind, the oldest
// first.
func (c *Catalog) ServedBy(gvk schema.GroupVersionKind) []string {
	var versions []string
	for i, version := range c.versions {
		if _, served := c.definitionOf(i, gvk); served {
			versions = append(versions, version)
		}
	}
	return versions
}

// definitionOf returns the name of the definition of a kind in a release.
func (c *Catalog) definitionOf(release int, gvk schema.GroupVersionKind) (name string, served bool) {
	for _, kind := range c.byKind[gvk] {
		if kind.Releases.Has(release) {
			return kind.Definition, true
		}
	}
	return "", false
}

// definition returns a definition of a release, or nil where there is none.
func (c *Catalog) definition(release int, name string) (*openapischema.Node, error) {
	definitions, err := c.unpack()
	if err != nil {
		return nil, err
	}
	for _, packed := range definitions[name] {
		if !packed.Releases.Has(release) {
			continue
		}
		key := definitionKey{name, packed.Releases}
		c.mutex.Lock()
		defer c.mutex.Unlock()
		if node, ok := c.nodes[key]; ok {
			return node, nil
		}
		node, err := packed.Node()
		if err != nil {
			return nil, err
		}
		c.nodes[key] = node
		return node, nil
	}
	return nil, nil
}

// definitions are the definitions of one release, for one goroutine: those that were
// used are at hand without a lock.
type definitions struct {
	catalog *Catalog
	release int
	nodes   map[string]*openapischema.Node
}

func (c *Catalog) definitionsOf(release int) *definitions {
	return &definitions{catalog: c, release: release, nodes: map[string]*openapischema.Node{}}
}

// get returns a definition, or nil where there is none.
func (d *definitions) get(name string) (*openapischema.Node, error) {
	if node, known := d.nodes[name]; known {
		return node, nil
	}
	node, err := d.catalog.definition(d.release, name)
	if err == nil {
		d.nodes[name] = node
	}
	return node, err
}
