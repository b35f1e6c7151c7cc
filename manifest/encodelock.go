package manifest

import (
	"bytes"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// lockFile is a lock in the order and form in which it is written.
type lockFile struct {
	APIVersion string           `yaml:"apiVersion"`
	Kind       string           `yaml:"kind"`
	Metadata   *lockMetadata    `yaml:"metadata,omitempty"`
	Spec       lockSpecDocument `yaml:"spec"`
}

type lockMetadata struct {
	Name        string            `yaml:"name,omitempty"`
	Labels      map[string]string `yaml:"labels,omitempty"`
	Annotations map[string]string `yaml:"annotations,omitempty"`
}

type lockSpecDocument struct {
	Images       []lockEntry `yaml:"images,omitempty"`
	Dependencies []lockEntry `yaml:"dependencies,omitempty"`
}

type lockEntry struct {
	Name    string `yaml:"name"`
	Image   string `yaml:"image"`
	Digest  string `yaml:"digest"`
	Version string `yaml:"version,omitempty"`
}

// EncodeLock writes a lock as YAML, in the form in which locks are written
// everywhere: lists at the indentation of their key, versions and digests without
// quotes, and quotes where YAML would read something else than a text. The entries
// keep their order. [DecodeLock] and Package Operator read it; version and kind
// are those of the format, whatever the lock says.
//
// The error is about a text that YAML cannot hold.
func EncodeLock(lock *PackageManifestLock) ([]byte, error) {
	file := lockFile{APIVersion: APIVersion, Kind: PackageManifestLockKind}
	if m := lock.Metadata; m.Name != "" || len(m.Labels) > 0 || len(m.Annotations) > 0 {
		file.Metadata = &lockMetadata{m.Name, m.Labels, m.Annotations}
	}
	for _, image := range lock.Spec.Images {
		file.Spec.Images = append(file.Spec.Images, lockEntry{Name: image.Name, Image: image.Image, Digest: image.Digest})
	}
	for _, dependency := range lock.Spec.Dependencies {
		file.Spec.Dependencies = append(file.Spec.Dependencies, lockEntry(dependency))
	}
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	const indent = 2
	encoder.SetIndent(indent)
	encoder.CompactSeqIndent()
	if err := encoder.Encode(file); err != nil {
		return nil, fmt.Errorf("encode the lock: %w", err)
	}
	if err := encoder.Close(); err != nil {
		return nil, fmt.Errorf("encode the lock: %w", err)
	}
	return out.Bytes(), nil
}
