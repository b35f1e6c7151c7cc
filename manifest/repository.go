package manifest

// Kinds of the documents of a repository index.
const (
	RepositoryKind      = "Repository"
	RepositoryEntryKind = "RepositoryEntry"
)

// RepositoryMetadata is the part of Kubernetes' object metadata that an index
// uses.
type RepositoryMetadata struct {
	Metadata
	// CreationTimestamp is written by Package Operator, and kept. Nothing is made
	// of it.
	CreationTimestamp string `json:"creationTimestamp,omitempty"`
}

// Repository is the first document of an index: the name by which dependencies
// mean it.
type Repository struct {
	TypeMeta
	Metadata RepositoryMetadata `json:"metadata"`
}

// RepositoryEntry is one package image in an index, with all versions that it
// has.
type RepositoryEntry struct {
	TypeMeta
	// Metadata has the name "<package>.<digest>", which only makes it unique.
	Metadata RepositoryMetadata  `json:"metadata,omitzero"`
	Data     RepositoryEntryData `json:"data"`
}

// RepositoryEntryData says which image a version of a package is.
type RepositoryEntryData struct {
	// Image is the host and repository of the image, without tag and digest.
	Image string `json:"image"`
	// Digest of the image manifest. Package Operator writes the hexadecimal
	// digits of the SHA-256 alone; "sha256:<64 hex>" is read, too.
	Digest string `json:"digest"`
	// Versions are the semantic versions of the image; at least one. Each belongs
	// to one image of the package.
	Versions []string `json:"versions"`
	// Constraints are those of the package, so that a version can be chosen
	// without pulling the image.
	Constraints []Constraint `json:"constraints,omitempty"`
	// Name of the package.
	Name string `json:"name"`
}

// RepositoryIndex is what a file of an index holds: one Repository, and after it
// any number of RepositoryEntry documents.
type RepositoryIndex struct {
	Repository Repository
	Entries    []RepositoryEntry
}

// RepositoryLimits bounds an index. Zero fields are defaults.
type RepositoryLimits struct {
	// Bytes of the file. Default 128 MiB.
	Bytes int64
	// Entries is the number of RepositoryEntry documents. Default 200,000.
	Entries int64
}

// WithDefaults returns the limits with each zero field set to its default.
func (l RepositoryLimits) WithDefaults() RepositoryLimits {
	const bytes, entries = 128 << 20, 200_000
	if l.Bytes == 0 {
		l.Bytes = bytes
	}
	if l.Entries == 0 {
		l.Entries = entries
	}
	return l
}
