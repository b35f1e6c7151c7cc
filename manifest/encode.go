package manifest

import (
	"bytes"
	"encoding/json"
)

// Document is a document of the format that has a version and a kind.
type Document interface {
	PackageManifest | PackageManifestLock | Repository | RepositoryEntry
}

// EncodeJSON writes a document as JSON on one line, with the fields in the order
// of their types and the keys of maps sorted. Version and kind are written
// whatever the document's own say; the document is not changed. Unknown fields of
// a file that was decoded are lost: [CanonicalJSON] keeps them.
func EncodeJSON[T Document](document *T) ([]byte, error) {
	typed := *document
	switch typed := any(&typed).(type) {
	case *PackageManifest:
		typed.TypeMeta = TypeMeta{APIVersion, PackageManifestKind}
	case *PackageManifestLock:
		typed.TypeMeta = TypeMeta{APIVersion, PackageManifestLockKind}
	case *Repository:
		typed.TypeMeta = TypeMeta{APIVersion, RepositoryKind}
	case *RepositoryEntry:
		typed.TypeMeta = TypeMeta{APIVersion, RepositoryEntryKind}
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(typed); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// EncodeYAML is [EncodeJSON] as YAML for people, which every YAML reader of
// Kubernetes reads as the same values: texts that could be read as something else
// are quoted. No line ends in "---", where Package Operator cuts an index.
func EncodeYAML[T Document](document *T) ([]byte, error) {
	encoded, err := EncodeJSON(document)
	if err != nil {
		return nil, err
	}
	w := yamlWriter{tokens: json.NewDecoder(bytes.NewReader(encoded))}
	w.tokens.UseNumber()
	if err := w.value(0, atStart); err != nil {
		return nil, err
	}
	return w.out.Bytes(), nil
}
