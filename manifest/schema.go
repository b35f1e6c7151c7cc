package manifest

import (
	"embed"
	"fmt"
)

//go:generate go test . -run TestSchemas -update

//go:embed schemas/*.json
var schemas embed.FS

// JSONSchema returns the JSON Schema (draft 7) of a kind of document, for editors
// and for checks without this library: [PackageManifestKind],
// [PackageManifestLockKind], [RepositoryKind] or [RepositoryEntryKind].
//
// It is made from the types of this package and says what [Decode] and the
// functions beside it take, with one difference: where a text is wanted, they also
// take a number or a boolean, as Kubernetes does, and the schema does not. What
// only makes sense as a whole, such as names that must be unique, is not in it.
// The error is that of an unknown kind.
func JSONSchema(kind string) ([]byte, error) {
	schema, err := schemas.ReadFile("schemas/" + kind + ".json")
	if err != nil {
		return nil, fmt.Errorf("there is no JSON Schema of kind %q, only of %s, %s, %s and %s", kind,
			PackageManifestKind, PackageManifestLockKind, RepositoryKind, RepositoryEntryKind)
	}
	return schema, nil
}
