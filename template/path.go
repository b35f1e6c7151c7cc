package template

import (
	"slices"
	"strings"
)

// AnyElement stands in a [Path] for every element of a list, or for every value
// of a map: where the templates choose one by something that is not known before
// they run.
const AnyElement = "*"

// Path is a place in the root context of templates, as the keys that lead to it:
// "config", "tls", "enabled". The empty path is the whole context.
type Path []string

// String returns the path as people write it: config.tls.enabled,
// config.ports[*].name, config["a.b"].
func (p Path) String() string {
	var text strings.Builder
	for i, key := range p {
		switch {
		case key == AnyElement:
			text.WriteString("[*]")
		case !isPlainKey(key):
			text.WriteString("[" + quoted(key) + "]")
		case i > 0:
			text.WriteString("." + key)
		default:
			text.WriteString(key)
		}
	}
	return text.String()
}

func isPlainKey(key string) bool {
	return key != "" && wordLength(key) == len(key)
}

// Contains reports whether other is p or lies below it. [AnyElement] is any key,
// on both sides.
func (p Path) Contains(other Path) bool {
	if len(p) > len(other) {
		return false
	}
	for i, key := range p {
		if key != other[i] && key != AnyElement && other[i] != AnyElement {
			return false
		}
	}
	return true
}

// Compare orders paths by their keys.
func (p Path) Compare(other Path) int { return slices.Compare(p, other) }
