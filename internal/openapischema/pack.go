package openapischema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

// MaxReleases is how many releases one pack can hold.
const MaxReleases = 64

// Kind is a kind of object that can be created.
type Kind struct {
	Group, Version, Kind string
	// Resource is its plural name in the paths of the API.
	Resource   string
	Namespaced bool
	// Definition is the name of its schema.
	Definition string
}

// Release is what one release of Kubernetes serves.
type Release struct {
	// Version is "1.37.1".
	Version     string
	Kinds       []Kind
	Definitions map[string]*Node
}

// Pack writes releases as text, each kind and each definition once for all
// releases in which it is the same: a line with the versions, and lines that
// begin with a number whose bits are the releases. The text is the same for the
// same releases.
func Pack(releases []Release) (kinds, definitions []byte, err error) {
	if len(releases) > MaxReleases {
		return nil, nil, fmt.Errorf("pack %d releases: there is room for %d", len(releases), MaxReleases)
	}
	kindBits, definitionBits := map[string]uint64{}, map[string]uint64{}
	var versions []string
	for i, release := range releases {
		versions = append(versions, release.Version)
		for _, k := range release.Kinds {
			scope := "-"
			if k.Namespaced {
				scope = "+"
			}
			kindBits[strings.Join([]string{k.Group, k.Version, k.Kind, k.Resource, scope, k.Definition}, " ")] |= 1 << i
		}
		for name, node := range release.Definitions {
			content, err := json.Marshal(node)
			if err != nil {
				return nil, nil, fmt.Errorf("pack the definition %s: %w", name, err)
			}
			definitionBits[name+" "+string(content)] |= 1 << i
		}
	}
	return packLines(versions, kindBits), packLines(versions, definitionBits), nil
}

func packLines(versions []string, lines map[string]uint64) []byte {
	var b bytes.Buffer
	b.WriteString(strings.Join(versions, " ") + "\n")
	var texts []string
	for text := range lines {
		texts = append(texts, text)
	}
	slices.Sort(texts)
	for _, text := range texts {
		b.WriteString(strconv.FormatUint(lines[text], 16) + " " + text + "\n")
	}
	return b.Bytes()
}

// Releases is a set of releases, one bit for each.
type Releases uint64

// Has tells whether the release with an index is in the set.
func (r Releases) Has(i int) bool { return i >= 0 && i < MaxReleases && r&(1<<i) != 0 }

// Count returns how many there are.
func (r Releases) Count() int { return bits.OnesCount64(uint64(r)) }

// PackedKind is a kind with the releases that serve it.
type PackedKind struct {
	Kind
	Releases Releases
}

// UnpackKinds reads the kinds that Pack wrote, and the versions of the releases.
func UnpackKinds(text []byte) (versions []string, kinds []PackedKind, err error) {
	versions, err = unpackLines(text, func(releases Releases, line string) error {
		fields := strings.Split(line, " ")
		if len(fields) != 6 {
			return fmt.Errorf("a kind has 6 fields, not %d", len(fields))
		}
		kinds = append(kinds, PackedKind{Releases: releases, Kind: Kind{
			Group: fields[0], Version: fields[1], Kind: fields[2], Resource: fields[3],
			Namespaced: fields[4] == "+", Definition: fields[5],
		}})
		return nil
	})
	return versions, kinds, err
}

// PackedDefinition is a definition with the releases in which it is the same.
type PackedDefinition struct {
	Releases Releases
	content  string
}

// Node decodes the definition.
func (d PackedDefinition) Node() (*Node, error) {
	node := &Node{}
	if err := json.Unmarshal([]byte(d.content), node); err != nil {
		return nil, fmt.Errorf("decode a definition: %w", err)
	}
	return node, nil
}

// UnpackDefinitions reads the definitions that Pack wrote by their names, each
// still to be decoded.
func UnpackDefinitions(text []byte) (map[string][]PackedDefinition, error) {
	definitions := map[string][]PackedDefinition{}
	_, err := unpackLines(text, func(releases Releases, line string) error {
		name, content, found := strings.Cut(line, " ")
		if !found {
			return fmt.Errorf("the definition %q has no content", name)
		}
		definitions[name] = append(definitions[name], PackedDefinition{releases, content})
		return nil
	})
	return definitions, err
}

func unpackLines(text []byte, each func(releases Releases, line string) error) (versions []string, err error) {
	first, rest, found := strings.Cut(string(text), "\n")
	if !found {
		return nil, fmt.Errorf("unpack: there is no line of versions")
	}
	number := 1
	for line := range strings.Lines(rest) {
		number++
		digits, content, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		releases, err := strconv.ParseUint(digits, 16, 64)
		if err == nil {
			err = each(Releases(releases), content)
		}
		if err != nil {
			return nil, fmt.Errorf("unpack line %d: %w", number, err)
		}
	}
	return strings.Fields(first), nil
}
