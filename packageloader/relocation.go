package packageloader

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/validate"
)

const (
	// RelocationType is the type of the artifact that records where the images of a
	// package went, and of its one blob: a [packagetypes.Relocation] as JSON.
	RelocationType = "application/vnd.packstage.relocation.v1+json"
	// RelocationSuffix ends the tag under which the record of a package is, after
	// the digest of its image manifest: "sha256-<hex>.relocation". It is also a
	// referrer of the package; the tag finds it with one request in every registry.
	RelocationSuffix = "relocation"
	// MaxRelocationBytes bounds a record.
	MaxRelocationBytes = 4 << 20
)

// DecodeRelocation decodes a relocation record; file names it in findings. The error
// is a [diagnostic.Diagnostics] with code RelocationInvalid.
func DecodeRelocation(file string, data []byte) (*packagetypes.Relocation, error) {
	fault := func(format string, arguments ...any) error {
		return relocationFault(diagnostic.RelocationInvalid, file, "", format, arguments...)
	}
	if len(data) > MaxRelocationBytes {
		return nil, fault("the record has more than %d bytes", MaxRelocationBytes)
	}
	var record packagetypes.Relocation
	decoder := json.NewDecoder(bytes.NewReader(data))
	if err := decoder.Decode(&record); err != nil {
		return nil, fault("the record does not parse: %v", err)
	}
	if decoder.More() {
		return nil, fault("something follows the record")
	}
	if record.SchemaVersion != 1 {
		return nil, fault("the record has the schemaVersion %d, this program knows 1", record.SchemaVersion)
	}
	if digest, err := v1.NewHash(record.Package); err != nil || digest.Algorithm != "sha256" {
		return nil, fault("package %q is not a sha256 digest", record.Package)
	}
	type key struct{ image, digest string }
	seen := map[key]bool{}
	for i, image := range record.Images {
		field := diagnostic.FieldPath("images", i)
		problem := ""
		switch _, err := v1.NewHash(image.Digest); {
		case image.Image == "":
			problem = "the image is missing"
		case err != nil:
			problem = fmt.Sprintf("%q is not a digest", image.Digest)
		case seen[key{image.Image, image.Digest}]:
			problem = fmt.Sprintf("image %q is there twice", image.Image)
		case !isRepository(image.To):
			problem = fmt.Sprintf("%q is neither %q nor a repository with its host", image.To, packagetypes.HerePlace)
		}
		if problem != "" {
			return nil, relocationFault(diagnostic.RelocationInvalid, file, field, "%s", problem)
		}
		seen[key{image.Image, image.Digest}] = true
	}
	return &record, nil
}

func isRepository(place string) bool {
	if place == packagetypes.HerePlace {
		return true
	}
	_, err := name.NewRepository(place, name.StrictValidation)
	return err == nil
}

func relocationFault(code diagnostic.Code, file, field, format string, arguments ...any) error {
	return diagnostic.Diagnostics{{
		Code: code, Field: field, Position: diagnostic.Position{File: file}, Message: fmt.Sprintf(format, arguments...),
		Hint: "digests come from the package's lock alone; copy the package again with its images, or load it with --no-relocation",
	}}
}

// relocationFinder looks for the record of a package where its image came from. It
// returns nil where there is none, and what [packagetypes.HerePlace] means: a
// repository, or "" for a file.
type relocationFinder func(ctx context.Context) (record *packagetypes.Relocation, here string, err error)

// FindRelocation returns the relocation record of a package that a source read, as
// it was found, or nil where there is none. Here is the repository that it was found
// in; it is empty in layouts and tars.
func (c *Content) FindRelocation(ctx context.Context) (record *packagetypes.Relocation, here string, err error) {
	if c.relocation == nil {
		return nil, "", nil
	}
	return c.relocation(ctx)
}

// Relocate gives packages of a content what is known of the places of their images:
// what the options say, or what is recorded where the content came from. Packages
// that lock none make no request. [Load] and [LoadAll] have done it.
//
// A record that does not fit is a [diagnostic.Diagnostics] with code
// RelocationInvalid or RelocationMismatch.
func Relocate(ctx context.Context, content *Content, options LoadOptions, packages ...*packagetypes.Package) error {
	if options.NoRelocation {
		return nil
	}
	locks := false
	for _, pkg := range packages {
		locks = locks || len(lockedReferences(pkg.Lock)) > 0
	}
	if !locks {
		return nil
	}
	record, here := options.Relocation, ""
	file := cmp.Or(options.RelocationName, "relocation record")
	if record == nil {
		var err error
		if record, here, err = content.FindRelocation(ctx); err != nil || record == nil {
			return err
		}
		file = "relocation record of " + content.Reference
	}
	if content.ImageDigest != "" && record.Package != content.ImageDigest {
		return relocationFault(diagnostic.RelocationMismatch, file, "package",
			"the record is about the package %s, this one is %s", record.Package, content.ImageDigest)
	}
	var found diagnostic.Diagnostics
	for _, pkg := range packages {
		resolved, faults := resolveRelocation(record, here, file, pkg)
		found = append(found, faults...)
		pkg.Relocation = resolved
	}
	return found.Sorted().Err()
}

type lockedReference struct{ image, digest string }

// lockedReferences are the images and dependencies of a lock.
func lockedReferences(lock *manifest.PackageManifestLock) []lockedReference {
	if lock == nil {
		return nil
	}
	var all []lockedReference
	for _, image := range lock.Spec.Images {
		all = append(all, lockedReference{image.Image, image.Digest})
	}
	for _, dependency := range lock.Spec.Dependencies {
		all = append(all, lockedReference{dependency.Image, dependency.Digest})
	}
	return all
}

// resolveRelocation returns what a record says about one package, which must be
// about each image that the package locks.
func resolveRelocation(record *packagetypes.Relocation, here, file string, pkg *packagetypes.Package) (*packagetypes.Relocation, diagnostic.Diagnostics) {
	byImage := map[string]string{}
	for _, image := range record.Images {
		byImage[image.Image] = image.Digest
	}
	resolved := &packagetypes.Relocation{SchemaVersion: record.SchemaVersion, Package: record.Package}
	var found diagnostic.Diagnostics
	for _, locked := range lockedReferences(pkg.Lock) {
		to, ok := record.Place(locked.image, locked.digest)
		if !ok {
			message := fmt.Sprintf("the record does not say where image %q is", locked.image)
			if other := byImage[locked.image]; other != "" {
				message = fmt.Sprintf("the record has the digest %s for image %q, the lock has %s", other, locked.image, locked.digest)
			}
			faults, _ := diagnostic.From(relocationFault(diagnostic.RelocationMismatch, file, "images", "%s", message))
			faults[0].Component = pkg.Component
			found = append(found, faults...)
			continue
		}
		if to == packagetypes.HerePlace {
			to = here
		}
		if to != "" { // what is in a file has no other name than its own
			resolved.Images = append(resolved.Images, packagetypes.RelocatedImage{Image: locked.image, Digest: locked.digest, To: to})
		}
	}
	return resolved, found
}

// LockedImages returns, by name, the images and dependencies that the package locks
// as templates see them: repository@digest, in the places where they are now. The
// lock must have passed [validate.PackageRules].
func LockedImages(pkg *packagetypes.Package) (images, dependencies map[string]string) {
	images, dependencies = validate.LockedImages(pkg.Lock)
	if pkg.Relocation == nil || pkg.Lock == nil {
		return images, dependencies
	}
	move := func(into map[string]string, name, image, digest string) {
		if to, ok := pkg.Relocation.Place(image, digest); ok {
			into[name] = to + "@" + digest
		}
	}
	for _, locked := range pkg.Lock.Spec.Images {
		move(images, locked.Name, locked.Image, locked.Digest)
	}
	for _, locked := range pkg.Lock.Spec.Dependencies {
		move(dependencies, locked.Name, locked.Image, locked.Digest)
	}
	return images, dependencies
}

// relocationTag is the name of the record of an image.
func relocationTag(image string) string {
	digest, err := v1.NewHash(image)
	if err != nil {
		return ""
	}
	return digest.Algorithm + "-" + digest.Hex + "." + RelocationSuffix
}

// relocationIn finds a record in a repository.
func relocationIn(client *registry.Client, repository, image string) relocationFinder {
	return func(ctx context.Context) (*packagetypes.Relocation, string, error) {
		reference := repository + ":" + relocationTag(image)
		found, err := relocationManifest(ctx, client, repository, reference)
		if err != nil || found == nil {
			return nil, "", err
		}
		record, err := ReadRelocation(ctx, reference, image, found.Raw, func(ctx context.Context, blob v1.Descriptor) ([]byte, error) {
			return client.BlobBytes(ctx, repository, blob, MaxRelocationBytes)
		})
		return record, repository, err
	}
}

// relocationNote is the kind of the notes in a cache that say which record a
// package had: the digest of its manifest, or nothing where it had none.
const relocationNote = "relocation"

// relocationManifest asks the registry, since a record can come at any time. Where
// that cannot be asked, it is as it was the last time: what is in the cache can be
// used without a network.
func relocationManifest(ctx context.Context, client *registry.Client, repository, reference string) (*registry.Manifest, error) {
	found, err := client.Manifest(ctx, reference)
	store := client.Cache()
	if store == nil {
		if errors.Is(err, registry.ErrNotFound) {
			return nil, nil
		}
		return found, err
	}
	switch {
	case err == nil:
		_ = store.SetNote(relocationNote, reference, []byte(found.Descriptor.Digest.String()))
		return found, nil
	case errors.Is(err, registry.ErrNotFound):
		_ = store.SetNote(relocationNote, reference, nil)
		return nil, nil
	case !errors.Is(err, registry.ErrUnreachable) && !errors.Is(err, registry.ErrUnavailable):
		return nil, err
	}
	noted, ok := store.Note(relocationNote, reference)
	if !ok {
		return nil, err
	}
	if len(noted) == 0 {
		return nil, nil
	}
	// What is noted is compared with the lock, as all records are.
	return client.Manifest(ctx, repository+"@"+string(noted))
}

// relocationInArchive finds a record in a layout or a tar, which it opens again.
func relocationInArchive(open func(context.Context) (imageArchive, func(), error), image string) relocationFinder {
	return func(ctx context.Context) (*packagetypes.Relocation, string, error) {
		archive, done, err := open(ctx)
		if err != nil {
			return nil, "", err
		}
		defer done()
		content := archiveSignatures{archive}
		raw, err := content.Manifest(ctx, relocationTag(image))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, "", nil
		}
		if err != nil {
			return nil, "", err
		}
		record, err := ReadRelocation(ctx, archive.name+":"+relocationTag(image), image, raw, func(ctx context.Context, blob v1.Descriptor) ([]byte, error) {
			return content.Blob(ctx, blob, MaxRelocationBytes)
		})
		return record, "", err
	}
}

// ReadRelocation reads the record of the package with the digest of an image manifest
// from the manifest that was found under its tag; read gives a blob, whole and
// verified. The error is that of read, or a [diagnostic.Diagnostics] with code
// RelocationInvalid.
func ReadRelocation(
	ctx context.Context, file, image string, raw []byte, read func(context.Context, v1.Descriptor) ([]byte, error),
) (*packagetypes.Relocation, error) {
	fault := func(message string) error {
		return relocationFault(diagnostic.RelocationInvalid, file, "", "%s", message)
	}
	var artifact struct {
		Layers  []v1.Descriptor `json:"layers"`
		Subject *v1.Descriptor  `json:"subject"`
	}
	switch err := json.Unmarshal(raw, &artifact); {
	case err != nil:
		return nil, fault("the manifest under this tag does not parse")
	case artifact.Subject == nil || artifact.Subject.Digest.String() != image:
		return nil, fault("the manifest under this tag does not belong to the package")
	case len(artifact.Layers) != 1 || artifact.Layers[0].MediaType != types.MediaType(RelocationType):
		return nil, fault("the manifest under this tag is no relocation record")
	}
	data, err := read(ctx, artifact.Layers[0])
	if err != nil {
		return nil, err
	}
	return DecodeRelocation(file, data)
}
