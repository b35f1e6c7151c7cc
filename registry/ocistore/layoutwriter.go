package ocistore

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/packstage/packstage/internal/atomicfile"
	"github.com/packstage/packstage/internal/filelock"
	"github.com/packstage/packstage/registry"
)

const filePermissions = 0o644

var layoutMarker = []byte(`{"imageLayoutVersion":"1.0.0"}`)

// LayoutWriter extends an OCI image layout in a folder. Blobs are written
// atomically and in any order; index.json is written once, by [LayoutWriter.Commit],
// so that at any time the layout is a whole one. Several may extend one layout at
// the same time, in several processes too: each adds its own entries.
type LayoutWriter struct {
	path string
	// fresh drops the entries that index.json has.
	fresh bool

	prepare sync.Once
	err     error

	mutex   sync.Mutex
	pending []v1.Descriptor
	marks   map[v1.Hash]map[string]string
	used    map[v1.Hash]int64
}

// WriteLayout returns a writer for the layout at path. Where there is nothing, or an
// empty folder, a layout is made with the first blob; anything else is an error.
func WriteLayout(path string) (*LayoutWriter, error) {
	entries, err := os.ReadDir(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, fmt.Errorf("write image layout: %w", err)
	case slices.ContainsFunc(entries, func(entry fs.DirEntry) bool { return entry.Name() == ocispec.ImageLayoutFile }):
	case slices.ContainsFunc(entries, func(entry fs.DirEntry) bool { return !madeBeforeMarker(entry.Name()) }):
		return nil, fmt.Errorf("write image layout: the folder %s holds something that is no image layout", path)
	}
	return newLayoutWriter(path, false), nil
}

// madeBeforeMarker says whether a writer makes an entry of this name before the marker
// of a layout, which comes last. A folder with only these is a layout that another
// writer is making right now, or one whose writer was stopped: both may go on.
func madeBeforeMarker(name string) bool {
	return name == "blobs" || name == ocispec.ImageIndexFile ||
		strings.HasPrefix(name, ".packstage-") && strings.HasSuffix(name, ".tmp")
}

func newLayoutWriter(path string, fresh bool) *LayoutWriter {
	return &LayoutWriter{path: path, fresh: fresh, marks: map[v1.Hash]map[string]string{}, used: map[v1.Hash]int64{}}
}

// String returns the path.
func (w *LayoutWriter) String() string { return w.path }

// Mark gives the entries of a digest more annotations, and puts them before all
// others.
func (w *LayoutWriter) Mark(digest v1.Hash, annotations map[string]string) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.marks[digest] = annotations
}

// ready makes the folder.
func (w *LayoutWriter) ready() error {
	w.prepare.Do(func() { w.err = w.makeFolder() })
	return w.err
}

func (w *LayoutWriter) makeFolder() error {
	if err := os.MkdirAll(filepath.Join(w.path, "blobs", "sha256"), 0o755); err != nil {
		return fmt.Errorf("write image layout: %w", err)
	}
	// Another writer may do the same: the content is the same, too.
	index, err := json.Marshal(emptyIndex())
	if err != nil {
		return err
	}
	for _, file := range []struct {
		name    string
		content []byte
	}{{ocispec.ImageIndexFile, index}, {ocispec.ImageLayoutFile, layoutMarker}} {
		if err := writeMissing(filepath.Join(w.path, file.name), file.content); err != nil {
			return err
		}
	}
	return nil
}

// writeMissing writes a file that is not there, and never takes the place of one:
// another writer may already have gone on.
func writeMissing(path string, content []byte) error {
	if _, err := os.Lstat(path); err == nil {
		return nil
	}
	temporary, err := os.MkdirTemp(filepath.Dir(path), ".packstage-*.tmp")
	if err != nil {
		return fmt.Errorf("write image layout: %w", err)
	}
	defer os.RemoveAll(temporary)
	file := filepath.Join(temporary, filepath.Base(path))
	if err := writeFile(file, content); err != nil {
		return err
	}
	err = os.Link(file, path) // fails where something is there
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return writeFile(path, content) // a file system without links
	}
	return nil
}

func emptyIndex() *v1.IndexManifest {
	return &v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: []v1.Descriptor{}}
}

func writeFile(path string, content []byte) error {
	return atomicfile.WriteFile(path, filePermissions, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// Resolve implements [Lookup]. A manifest that is there counts; that all it points
// at is there too is for HasBlob to say.
func (w *LayoutWriter) Resolve(ctx context.Context, nameOrDigest string) (v1.Hash, bool, error) {
	if w.fresh && !strings.Contains(nameOrDigest, "sha256:") {
		return v1.Hash{}, false, nil
	}
	if _, err := os.Stat(filepath.Join(w.path, ocispec.ImageIndexFile)); errors.Is(err, fs.ErrNotExist) {
		return v1.Hash{}, false, nil
	}
	layout, err := OpenLayout(w.path)
	if err != nil {
		return v1.Hash{}, false, err
	}
	defer layout.Close()
	digest, found, err := layout.Resolve(ctx, nameOrDigest)
	if err == nil && found {
		w.use(v1.Descriptor{Digest: digest})
	}
	return digest, found, err
}

// HasBlob implements [Lookup].
func (w *LayoutWriter) HasBlob(_ context.Context, blob v1.Descriptor) (bool, error) {
	if err := checkDigest(blob.Digest); err != nil {
		return false, err
	}
	info, err := os.Lstat(w.blobPath(blob.Digest))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("write image layout: %w", err)
	}
	w.use(blob)
	// Blobs are written atomically, so one of this size is whole; whoever reads it
	// verifies it anyway.
	return err == nil && info.Mode().IsRegular() && info.Size() == blob.Size, nil
}

func (w *LayoutWriter) use(blob v1.Descriptor) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.used[blob.Digest] = blob.Size
}

// checkDigest keeps what is no digest out of paths.
func checkDigest(digest v1.Hash) error {
	if parsed, err := v1.NewHash(digest.String()); err != nil || parsed.Algorithm != "sha256" {
		return invalid(digest.String(), "is no sha256 digest")
	}
	return nil
}

func (w *LayoutWriter) blobPath(digest v1.Hash) string {
	return filepath.Join(w.path, "blobs", "sha256", digest.Hex)
}

// PushBlob implements [Writer].
func (w *LayoutWriter) PushBlob(ctx context.Context, blob v1.Descriptor, open func() (io.ReadCloser, error), _ Reader) error {
	if err := w.ready(); err != nil {
		return err
	}
	if there, err := w.HasBlob(ctx, blob); there || err != nil {
		return err
	}
	source, err := open()
	if err != nil {
		return err
	}
	defer source.Close()
	return atomicfile.WriteFile(w.blobPath(blob.Digest), filePermissions, func(file io.Writer) error {
		return copyVerified(ctx, file, source, blob)
	})
}

// PushManifest implements [Writer]. It is in index.json after the next
// [LayoutWriter.Commit].
func (w *LayoutWriter) PushManifest(ctx context.Context, name string, manifest *registry.Manifest) error {
	if err := w.store(ctx, manifest); err != nil {
		return err
	}
	entry := manifest.Descriptor
	entry.Annotations = named(name)
	w.add(entry)
	return nil
}

func (w *LayoutWriter) store(ctx context.Context, manifest *registry.Manifest) error {
	return w.PushBlob(ctx, manifest.Descriptor, func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(manifest.Raw)), nil
	}, nil)
}

// NoteReferrers implements [Writer]: referrers are entries of index.json.
func (w *LayoutWriter) NoteReferrers(_ context.Context, _ v1.Hash, referrers []v1.Descriptor) error {
	for _, referrer := range referrers {
		w.add(v1.Descriptor{
			MediaType: referrer.MediaType, Size: referrer.Size, Digest: referrer.Digest, ArtifactType: referrer.ArtifactType,
		})
	}
	return nil
}

func (w *LayoutWriter) add(entry v1.Descriptor) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.pending = append(w.pending, entry)
}

// Commit writes index.json. An entry of the same name is replaced, and one of the
// same digest that has no name.
func (w *LayoutWriter) Commit(ctx context.Context) error {
	if err := w.ready(); err != nil {
		return err
	}
	unlock, err := filelock.Lock(ctx, filepath.Join(w.path, ocispec.ImageLayoutFile))
	if err != nil {
		return fmt.Errorf("write image layout: %w", err)
	}
	defer unlock()
	return w.writeIndex()
}

func (w *LayoutWriter) writeIndex() error {
	path := filepath.Join(w.path, ocispec.ImageIndexFile)
	index := emptyIndex()
	if !w.fresh {
		raw, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("write image layout: %w", err)
		}
		if index, err = parseIndex(w.path, raw); err != nil {
			return err
		}
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	for _, entry := range w.pending {
		index.Manifests = w.merge(index.Manifests, entry)
	}
	// In the order of their names, whatever the order in which they were pushed.
	slices.SortStableFunc(index.Manifests, w.compare)
	raw, err := json.Marshal(index)
	if err != nil {
		return fmt.Errorf("encode index of the image layout: %w", err)
	}
	return writeFile(path, raw)
}

func (w *LayoutWriter) merge(entries []v1.Descriptor, entry v1.Descriptor) []v1.Descriptor {
	if mark := w.marks[entry.Digest]; mark != nil {
		annotations := maps.Clone(mark)
		maps.Copy(annotations, entry.Annotations)
		entry.Annotations = annotations
	}
	name := NameOf(entry)
	if name == "" && slices.ContainsFunc(entries, func(old v1.Descriptor) bool { return old.Digest == entry.Digest && NameOf(old) != "" }) {
		return entries
	}
	entries = slices.DeleteFunc(entries, func(old v1.Descriptor) bool {
		return NameOf(old) == name && (name != "" || old.Digest == entry.Digest) || NameOf(old) == "" && old.Digest == entry.Digest
	})
	return append(entries, entry)
}

// compare sorts what is marked first, then what has names, then the rest. Entries
// that were there before and are not ours keep their order among each other only
// as far as names allow.
func (w *LayoutWriter) compare(a, b v1.Descriptor) int {
	rank := func(entry v1.Descriptor) int {
		switch {
		case w.marks[entry.Digest] != nil:
			return 0
		case NameOf(entry) != "":
			return 1
		default:
			return 2
		}
	}
	if ranks := rank(a) - rank(b); ranks != 0 {
		return ranks
	}
	if names := strings.Compare(NameOf(a), NameOf(b)); names != 0 {
		return names
	}
	return strings.Compare(a.Digest.String(), b.Digest.String())
}
