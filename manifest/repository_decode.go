package manifest

import (
	"fmt"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/yamldoc"
)

// DecodeRepository decodes an index: a file of YAML documents, first the
// Repository, then its entries. The file name is only used in positions.
//
// Unknown fields are findings of severity Warning, as in [Decode]. Errors are
// broken YAML, other documents, values of a wrong type, and entries that cannot be
// used: without name, image, digest or versions, with a digest that is none or
// versions that are not semantic ones, and one version of a package in two
// entries with different digests (ManifestDuplicateName). All are found at once,
// and the index is nil then. The time is linear in the size of the file.
func DecodeRepository(file string, data []byte, limits RepositoryLimits) (*RepositoryIndex, diagnostic.Diagnostics) {
	limits = limits.WithDefaults()
	if size := int64(len(data)); size > limits.Bytes {
		return nil, tooMuch(file, fmt.Sprintf("the index has %d bytes, at most %d are allowed", size, limits.Bytes))
	}
	documents, found := repositoryDocuments(file, data, limits)
	if found.HasErrors() {
		return nil, found
	}
	index := &RepositoryIndex{Entries: make([]RepositoryEntry, 0, max(len(documents)-1, 0))}
	var check repositoryCheck
	for n, document := range documents {
		if n == 0 {
			repository, faults := decodePart[Repository](file, document, RepositoryKind)
			check.found = append(check.found, faults...)
			if repository != nil {
				index.Repository = *repository
				check.at(newLocator(file, document)).repository(repository)
			}
			continue
		}
		entry, faults := decodePart[RepositoryEntry](file, document, RepositoryEntryKind)
		check.found = append(check.found, faults...)
		if entry != nil {
			index.Entries = append(index.Entries, *entry)
			check.at(newLocator(file, document)).entry(&entry.Data)
		}
	}
	found = check.found.Sorted()
	if found.HasErrors() {
		return nil, found
	}
	return index, found
}

// repositoryDocuments returns the documents that are not empty; a file without
// any counts as one empty document.
func repositoryDocuments(file string, data []byte, limits RepositoryLimits) ([]yamldoc.Document, diagnostic.Diagnostics) {
	var full []yamldoc.Document
	for _, document := range yamldoc.Split(data) {
		if document.Empty() {
			continue
		}
		if int64(len(full)) > limits.Entries {
			return nil, tooMuch(file, fmt.Sprintf("the index has more than %d entries", limits.Entries))
		}
		full = append(full, document)
	}
	if len(full) == 0 {
		full = append(full, yamldoc.Document{Number: 1, Line: 1, FirstLine: 1})
	}
	return full, nil
}

func tooMuch(file, message string) diagnostic.Diagnostics {
	return diagnostic.Diagnostics{{
		Code: diagnostic.LimitExceeded, Position: diagnostic.Position{File: file}, Message: message,
		Hint: "split the index, or raise the limit where it is read",
	}}
}

func decodePart[T any](file string, document yamldoc.Document, kind string) (*T, diagnostic.Diagnostics) {
	fields, found := decodeFields(file, document)
	if found.HasErrors() {
		return nil, found
	}
	if found := checkType(file, document, fields, kind); found.HasErrors() {
		return nil, found
	}
	return decodeInto[T](file, document, fields)
}
