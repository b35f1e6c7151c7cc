// Package objectyaml writes plain values as the YAML that people and the readers
// of Kubernetes take for the same values.
package objectyaml

import (
	"bytes"
	"slices"

	"go.yaml.in/yaml/v2"
)

// Marshal writes what the YAML readers of Kubernetes read as the same value: block
// style, with sorted keys. The library leaves the key "<<" without quotes, which
// then means a merge: it is written under another name first.
//
// The error is about a value that YAML cannot hold.
func Marshal(content map[string]any) ([]byte, error) {
	written, err := yaml.Marshal(content)
	if err != nil || !hasMergeKey(content) {
		return written, err
	}
	name := "merge-key"
	for bytes.Contains(written, []byte(name)) {
		name += "-"
	}
	if written, err = yaml.Marshal(renameMergeKey(content, name)); err != nil {
		return nil, err
	}
	return bytes.ReplaceAll(written, []byte(name+":"), []byte(mergeKeyQuoted+":")), nil
}

const (
	mergeKey       = "<<"
	mergeKeyQuoted = `"<<"`
)

func hasMergeKey(value any) bool {
	switch value := value.(type) {
	case map[string]any:
		for key, child := range value {
			if key == mergeKey || hasMergeKey(child) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(value, hasMergeKey)
	}
	return false
}

func renameMergeKey(value any, name string) any {
	switch value := value.(type) {
	case map[string]any:
		renamed := make(map[string]any, len(value))
		for key, child := range value {
			if key == mergeKey {
				key = name
			}
			renamed[key] = renameMergeKey(child, name)
		}
		return renamed
	case []any:
		renamed := make([]any, len(value))
		for i, child := range value {
			renamed[i] = renameMergeKey(child, name)
		}
		return renamed
	default:
		return value
	}
}
