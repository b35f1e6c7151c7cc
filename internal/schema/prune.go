package schema

import (
	"maps"
	"slices"
)

// Unknown is a key that the schema does not have.
type Unknown struct {
	// Path of the key.
	Path *Path
	// Key itself, and the keys that the schema has in its place.
	Key   string
	Known []string
}

// Prune removes the keys that the schema does not have from a plain value, and
// returns them in a fixed order. A nil schema has no keys.
//
// As in Kubernetes, x-kubernetes-preserve-unknown-fields keeps unknown keys of
// its own level and below (while known properties below are pruned by their own
// schemas), apiVersion, kind and metadata of an embedded resource are kept, and
// "additionalProperties: true" describes no keys of nested objects.
func (s *Schema) Prune(value any, at *Path) []Unknown {
	p := &pruner{}
	p.prune(value, s, at)
	return p.unknown
}

type pruner struct{ unknown []Unknown }

func (p *pruner) prune(value any, s *Schema, at *Path) {
	if s != nil && s.PreserveUnknownFields {
		p.preserve(value, s, at)
		return
	}
	switch v := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if s != nil && s.EmbeddedResource && isMetaField(key) {
				p.metaField(key, v[key], at)
				continue
			}
			if s.describes(key) {
				p.prune(v[key], s.Property(key), at.Child(key))
				continue
			}
			p.unknown = append(p.unknown, Unknown{Path: at.Child(key), Key: key, Known: s.known()})
			delete(v, key)
		}
	case []any:
		for i, item := range v {
			p.prune(item, s.items(), at.Index(i))
		}
	}
}

// preserve prunes only what the schema describes.
func (p *pruner) preserve(value any, s *Schema, at *Path) {
	switch v := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			switch {
			case s != nil && s.EmbeddedResource && isMetaField(key):
				p.metaField(key, v[key], at)
			case s.describes(key):
				p.prune(v[key], s.Property(key), at.Child(key))
			}
		}
	case []any:
		for i, item := range v {
			p.preserve(item, s.items(), at.Index(i))
		}
	}
}

// metaField prunes the metadata of an embedded resource; apiVersion and kind have
// nothing to prune.
func (p *pruner) metaField(key string, value any, at *Path) {
	if key == "metadata" {
		p.pruneMetadata(value, at.Child(key))
	}
}

// describes reports whether the schema has the key.
func (s *Schema) describes(key string) bool {
	if s == nil {
		return false
	}
	_, ok := s.Properties[key]
	return ok || s.AdditionalProperties != nil
}

func (s *Schema) known() []string {
	if s == nil {
		return nil
	}
	return s.names
}

func (s *Schema) items() *Schema {
	if s == nil {
		return nil
	}
	return s.Items
}

// isMetaField reports whether a key is one that every Kubernetes object has.
func isMetaField(key string) bool {
	return key == "apiVersion" || key == "kind" || key == "metadata"
}
