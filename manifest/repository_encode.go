package manifest

import (
	"bytes"
	"fmt"
)

// maxRepositoryDocument is the longest document that Package Operator reads: a
// longer one ends its reading, without an error.
const maxRepositoryDocument = 64_000

// EncodeRepository writes an index as [DecodeRepository] and Package Operator
// read it: each document after a line "---", in the order of the entries. The
// same index gives the same bytes.
//
// The error says which entry is too long for Package Operator.
func EncodeRepository(index *RepositoryIndex) ([]byte, error) {
	var out bytes.Buffer
	if err := appendPart(&out, &index.Repository, "the Repository"); err != nil {
		return nil, err
	}
	for n := range index.Entries {
		entry := &index.Entries[n]
		if err := appendPart(&out, entry, "the entry "+entry.Metadata.Name); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}

func appendPart[T Document](out *bytes.Buffer, document *T, what string) error {
	encoded, err := EncodeYAML(document)
	if err != nil {
		return fmt.Errorf("encode %s: %w", what, err)
	}
	if len(encoded) > maxRepositoryDocument {
		return fmt.Errorf("encode %s: it takes %d bytes, and Package Operator reads at most %d", what, len(encoded), maxRepositoryDocument)
	}
	out.WriteString("---\n")
	out.Write(encoded)
	return nil
}
