package ocistore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/tarfs"
	"github.com/packstage/packstage/registry"
)

// containerdName is where containerd looks for the full name of an image.
const containerdName = "io.containerd.image.name"

// maxReferrers bounds the manifests that are read to find those that refer to
// others.
const maxReferrers = 10_000

// Layout is an OCI image layout that is read: a folder or a tar. Names are those of
// its index.json, by the annotation org.opencontainers.image.ref.name or
// io.containerd.image.name; a tag alone stands for a name that ends in ":" and the
// tag. It is safe for concurrent use.
type Layout struct {
	path   string
	files  fs.FS
	closer io.Closer
	index  *v1.IndexManifest

	mutex sync.Mutex
	// referrers are nil until they are read.
	referrers map[v1.Hash][]v1.Descriptor
}

// OpenLayout opens an image layout in a folder. The caller closes it. Where the
// folder is none, the error is a [diagnostic.Diagnostics] with code ImageInvalid.
func OpenLayout(path string) (*Layout, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("open image layout: %w", err)
	}
	return newLayout(path, root.FS(), root)
}

// OpenTar opens an image layout in a tar that is not compressed as a whole. Errors
// are as those of [OpenLayout].
func OpenTar(path string) (*Layout, error) {
	info, err := os.Stat(path) // opening a pipe would wait for whoever writes to it
	if err != nil {
		return nil, fmt.Errorf("open image tar: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, invalid(path, "is not a regular file, so not an image tar")
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open image tar: %w", err)
	}
	files, err := tarfs.New(file, info.Size())
	if err != nil {
		_ = file.Close()
		return nil, invalid(path, "is no tar that can be read file by file (one that is compressed as a whole has to be unpacked first): %v", err)
	}
	return newLayout(path, files, file)
}

func newLayout(path string, files fs.FS, closer io.Closer) (*Layout, error) {
	layout := &Layout{path: path, files: files, closer: closer}
	raw, err := layout.readFile(ocispec.ImageIndexFile, registry.MaxManifestBytes)
	if errors.Is(err, fs.ErrNotExist) {
		err = invalid(path, "there is no index.json, so this is no OCI image layout")
	}
	if err == nil {
		layout.index, err = parseIndex(path, raw)
	}
	if err != nil {
		_ = closer.Close()
		return nil, err
	}
	return layout, nil
}

func parseIndex(path string, raw []byte) (*v1.IndexManifest, error) {
	var index v1.IndexManifest
	if err := json.Unmarshal(raw, &index); err != nil {
		return nil, invalid(path, "index.json does not parse: %v", err)
	}
	return &index, nil
}

// Close closes the files.
func (l *Layout) Close() error { return l.closer.Close() }

// String returns the path.
func (l *Layout) String() string { return l.path }

// Entries are the images, indexes and artifacts of index.json in their order.
func (l *Layout) Entries() []v1.Descriptor {
	return append([]v1.Descriptor{}, l.index.Manifests...)
}

// NameOf returns the name of an entry, or "".
func NameOf(entry v1.Descriptor) string { return entry.Annotations[ocispec.AnnotationRefName] }

// find returns the entry that a name means.
func find(entries []v1.Descriptor, wanted string) (v1.Descriptor, bool) {
	if wanted == "" {
		return v1.Descriptor{}, false
	}
	for _, fits := range []func(name string) bool{
		func(name string) bool { return name == wanted },
		func(name string) bool { return strings.HasSuffix(name, ":"+wanted) },
	} {
		for _, entry := range entries {
			if fits(NameOf(entry)) || fits(entry.Annotations[containerdName]) {
				return entry, true
			}
		}
	}
	return v1.Descriptor{}, false
}

// Manifest implements [Reader].
func (l *Layout) Manifest(ctx context.Context, nameOrDigest string) (*registry.Manifest, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if entry, ok := find(l.index.Manifests, nameOrDigest); ok {
		return l.manifest(entry)
	}
	digest, err := v1.NewHash(nameOrDigest)
	if err != nil {
		return nil, fmt.Errorf("%s in %s: %w", nameOrDigest, l.path, registry.ErrNotFound)
	}
	entry := v1.Descriptor{Digest: digest, Size: -1}
	for _, listed := range l.index.Manifests {
		if listed.Digest == digest {
			entry = listed
		}
	}
	return l.manifest(entry)
}

// manifest reads a manifest of a size that is not known where it is negative.
func (l *Layout) manifest(entry v1.Descriptor) (*registry.Manifest, error) {
	if entry.Digest.Algorithm != "sha256" {
		return nil, invalid(l.path, "manifest %s has a digest other than sha256", entry.Digest)
	}
	raw, err := l.readFile(blobPath(entry.Digest), registry.MaxManifestBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("manifest %s in %s: %w", entry.Digest, l.path, registry.ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	if got := digestOf(raw); got != entry.Digest {
		return nil, diagnostic.Diagnostics{{
			Code: diagnostic.ImageDigestMismatch, Position: diagnostic.Position{File: l.path},
			Message: fmt.Sprintf("manifest %s has the digest %s", entry.Digest, got),
		}}
	}
	return &registry.Manifest{Raw: raw, Descriptor: v1.Descriptor{
		MediaType: statedType(raw, entry.MediaType), Size: int64(len(raw)), Digest: entry.Digest,
	}}, nil
}

// statedType believes the manifest before its descriptor: only the manifest is
// covered by its digest. Where both say nothing, its form tells.
func statedType(raw []byte, described types.MediaType) types.MediaType {
	var stated struct {
		MediaType types.MediaType  `json:"mediaType"`
		Manifests *json.RawMessage `json:"manifests"`
		Config    *json.RawMessage `json:"config"`
	}
	switch err := json.Unmarshal(raw, &stated); {
	case err == nil && stated.MediaType != "":
		return stated.MediaType
	case described != "":
		return described
	case err == nil && stated.Manifests != nil && stated.Config == nil:
		return types.OCIImageIndex
	default:
		return types.OCIManifestSchema1
	}
}

// Blob implements [Reader].
func (l *Layout) Blob(_ context.Context, blob v1.Descriptor) (io.ReadCloser, error) {
	file, err := l.openFile(blobPath(blob.Digest))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("blob %s in %s: %w", blob.Digest, l.path, registry.ErrNotFound)
	}
	return file, err
}

// Resolve implements [Lookup].
func (l *Layout) Resolve(ctx context.Context, nameOrDigest string) (v1.Hash, bool, error) {
	manifest, err := l.Manifest(ctx, nameOrDigest)
	if errors.Is(err, registry.ErrNotFound) {
		return v1.Hash{}, false, nil
	}
	if err != nil {
		return v1.Hash{}, false, err
	}
	return manifest.Descriptor.Digest, true, nil
}

// HasBlob implements [Lookup].
func (l *Layout) HasBlob(_ context.Context, blob v1.Descriptor) (bool, error) {
	info, err := fs.Stat(l.files, blobPath(blob.Digest))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && info.Mode().IsRegular() && info.Size() == blob.Size, err
}

// Referrers implements [Reader]: those that are listed in index.json, or in an index
// there that has the name of the tag scheme, "sha256-<hex>".
func (l *Layout) Referrers(ctx context.Context, subject v1.Hash) ([]v1.Descriptor, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.referrers == nil {
		read, err := l.readReferrers(ctx)
		if err != nil { // not kept: it may be the end of one caller's context
			return nil, err
		}
		l.referrers = read
	}
	return l.referrers[subject], nil
}

func (l *Layout) readReferrers(ctx context.Context) (map[v1.Hash][]v1.Descriptor, error) {
	entries := l.Entries()
	for _, entry := range l.index.Manifests {
		if !strings.HasPrefix(NameOf(entry), "sha256-") || !entry.MediaType.IsIndex() {
			continue
		}
		if manifest, err := l.manifest(entry); err == nil {
			if index, err := parseIndex(l.path, manifest.Raw); err == nil {
				entries = append(entries, index.Manifests...)
			}
		}
	}
	found := map[v1.Hash][]v1.Descriptor{}
	seen := map[v1.Hash]bool{}
	for _, entry := range entries {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if seen[entry.Digest] {
			continue
		}
		if seen[entry.Digest] = true; len(seen) > maxReferrers {
			return nil, invalid(l.path, "index.json lists more than %d manifests", maxReferrers)
		}
		manifest, err := l.manifest(entry)
		if err != nil {
			continue // what does not read refers to nothing; whoever needs it is told
		}
		parsed, err := parse(manifest)
		if err != nil || parsed.Subject == nil {
			continue
		}
		found[parsed.Subject.Digest] = append(found[parsed.Subject.Digest], parsed.referrer(manifest))
	}
	return found, nil
}

// openFile opens a regular file.
func (l *Layout) openFile(name string) (fs.File, error) {
	info, err := fs.Stat(l.files, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, invalid(l.path, "%s is not a regular file", name)
	}
	return l.files.Open(name)
}

func (l *Layout) readFile(name string, most int64) ([]byte, error) {
	file, err := l.openFile(name)
	if err != nil {
		return nil, fmt.Errorf("read %s of %s: %w", name, l.path, err)
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, most+1))
	if err != nil {
		return nil, fmt.Errorf("read %s of %s: %w", name, l.path, err)
	}
	if int64(len(content)) > most {
		return nil, invalid(l.path, "%s has more than %d bytes", name, most)
	}
	return content, nil
}

func blobPath(digest v1.Hash) string { return "blobs/" + digest.Algorithm + "/" + digest.Hex }

func digestOf(content []byte) v1.Hash {
	sum := sha256.Sum256(content)
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum[:])}
}

func invalid(file, format string, arguments ...any) error {
	return diagnostic.Diagnostics{{
		Code: diagnostic.ImageInvalid, Position: diagnostic.Position{File: file}, Message: fmt.Sprintf(format, arguments...),
	}}
}

// FullName is the name of a reference with its host, where Docker Hub is docker.io,
// as clusters call it.
func FullName(reference name.Reference) string {
	full := reference.Name()
	if rest, ok := strings.CutPrefix(full, name.DefaultRegistry+"/"); ok {
		return "docker.io/" + rest
	}
	return full
}

// named returns the annotations of an entry with a name. A full name is also one
// for containerd.
func named(reference string) map[string]string {
	if reference == "" {
		return nil
	}
	annotations := map[string]string{ocispec.AnnotationRefName: reference}
	if full, err := name.ParseReference(reference, name.StrictValidation); err == nil {
		annotations[containerdName] = FullName(full)
	}
	return annotations
}
