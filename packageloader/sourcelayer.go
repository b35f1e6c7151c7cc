package packageloader

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/asynchash"
	"github.com/packstage/packstage/packagetypes"
)

// layer is what one layer says about the files below ImageFolder, or all files
// where its rules say so; paths are relative to that folder, and "" is the folder
// itself.
type layer struct {
	files   map[string][]byte
	folders []string
	// removed are the paths that whiteouts take from lower layers; emptied are
	// folders that lose what lower layers put into them.
	removed, emptied []string
	// manifestAtRoot is set where manifest.yaml lies beside ImageFolder.
	manifestAtRoot bool
	// leftOut are the paths of entries that are no regular files, where the rules
	// leave those out.
	leftOut []string
}

// layerRules say what of a layer is taken. The zero value takes the files of a
// package, those below ImageFolder, and refuses what a package cannot hold.
type layerRules struct {
	// everything takes all files of the layer, hidden ones too; paths are relative
	// to its root.
	everything bool
	// archive is a tar that is no layer of an image: nobody stated its digest, and
	// whiteouts are files like any other.
	archive bool
	// leaveOut leaves out what is not a regular file, or has a name that cannot
	// stand in a set of files, instead of refusing the layer.
	leaveOut bool
}

// Names of the OCI image format for what an upper layer takes away.
const (
	whiteoutPrefix = ".wh."
	opaqueWhiteout = ".wh..wh..opq"
	whiteoutMeta   = ".wh..wh."
)

// readLayer reads a layer wholly, verifies it, and then unpacks it.
func readLayer(ctx context.Context, blob storedBlob, used *budget) (*layer, error) {
	stored, err := readBlob(ctx, blob)
	if err != nil {
		return nil, err
	}
	return unpackLayer(ctx, blob, stored, used)
}

func unpackLayer(ctx context.Context, blob storedBlob, stored []byte, used *budget) (*layer, error) {
	position := diagnostic.Position{File: blob.image}
	stream, err := newLayerStream(ctx, position, stored, used)
	if err != nil {
		return nil, layerFault(ctx, blob, err)
	}
	defer stream.close()
	hashed := asynchash.NewReader(stream, sha256.New())
	defer hashed.Close()
	reader := layerReader{
		blob: blob, used: used, stream: hashed, layer: &layer{files: map[string][]byte{}},
	}
	if err := reader.read(); err != nil {
		return nil, layerFault(ctx, blob, err)
	}
	if !blob.rules.archive {
		want, err := blob.diffID()
		if err != nil {
			return nil, err
		}
		if got := "sha256:" + hex.EncodeToString(hashed.Sum()); got != want.String() {
			return nil, imageFault(blob.image, diagnostic.ImageDigestMismatch,
				"%s unpacks to a tar with the digest %s, the configuration says %s", blob.name, got, want)
		}
	}
	return reader.layer, reader.found.Err()
}

// layerFault makes a finding of whatever went wrong while unpacking: the bytes
// are in memory, so nothing but them can be at fault.
func layerFault(ctx context.Context, blob storedBlob, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if found, ok := diagnostic.From(err); ok {
		return found
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return imageFault(blob.image, diagnostic.ArchiveInvalid, "%s ends in the middle", blob.name)
	}
	return imageFault(blob.image, diagnostic.ArchiveInvalid, "%s is no valid archive: %v", blob.name, err)
}

// layerReader collects the entries of one layer.
type layerReader struct {
	blob   storedBlob
	used   *budget
	stream *asynchash.Reader
	layer  *layer
	// refused are the paths that were there and are not among the files.
	refused map[string]bool
	found   diagnostic.Diagnostics
}

// mostFindings keeps the report of a hostile layer short.
const mostFindings = 100

func (r *layerReader) read() error {
	archive := &tarReader{stream: r.stream}
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if err := r.entry(header, archive); err != nil {
			return err
		}
		if len(r.found) >= mostFindings {
			return r.found
		}
	}
	r.checkFolders()
	return r.trailer()
}

// checkFolders finds names that are a file and a folder in the same layer: which
// of the two wins would depend on who reads it.
func (r *layerReader) checkFolders() {
	checked := map[string]bool{}
	check := func(folder string) {
		for ; folder != "" && folder != "." && !checked[folder]; folder = path.Dir(folder) {
			checked[folder] = true
			if _, ok := r.layer.files[folder]; ok {
				r.fault(folder, diagnostic.ArchiveDuplicateEntry, "is a file and a folder in one layer")
			}
		}
	}
	for file := range r.layer.files {
		check(path.Dir(file))
	}
	for _, folder := range r.layer.folders {
		check(folder)
	}
}

// trailer reads on to the end of the stream, so that its digest is known. After
// a tar stand zeros; anything else is something that other tools could take for
// more entries.
func (r *layerReader) trailer() error {
	for {
		block, err := r.stream.Peek()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if !allZero(block) {
			return errors.New("there is something after the end of its tar")
		}
		r.stream.Skip(len(block))
	}
}

func (r *layerReader) entry(header *tar.Header, archive *tarReader) error {
	if header.Typeflag == tar.TypeXGlobalHeader {
		return nil
	}
	// What cannot fit anyhow is not read to see it.
	if maximum := r.used.limits.UncompressedImage; header.Size > maximum {
		return diagnostic.Diagnostics{packagetypes.LimitDiagnostic(
			diagnostic.Position{File: r.blob.image}, "UncompressedImage", header.Size, maximum)}
	}
	name, problem := cleanEntryName(header.Name)
	if problem != "" {
		r.fault(header.Name, diagnostic.ArchiveUnsafeEntry, problem)
		return nil
	}
	rules := r.blob.rules
	folder, base := path.Split(name)
	if after, ok := strings.CutPrefix(base, whiteoutPrefix); ok && !rules.archive {
		return r.whiteout(strings.TrimSuffix(folder, "/"), base, after)
	}
	relative, wanted := r.wanted(name, header.Typeflag == tar.TypeDir)
	if !wanted {
		return nil
	}
	if err := packagetypes.ValidatePath(relative, r.used.limits); err != nil {
		switch {
		case header.Typeflag == tar.TypeDir: // no file can be in a folder of such a name
		case rules.leaveOut && errors.Is(err, diagnostic.FilesInvalidPath):
			return r.leaveOut(relative)
		default:
			found, _ := diagnostic.From(err)
			r.found = append(r.found, found...)
		}
		return nil
	}
	if header.Typeflag == tar.TypeDir {
		r.layer.folders = append(r.layer.folders, relative)
		return r.count(len(r.layer.folders))
	}
	if _, ok := r.layer.files[relative]; ok || r.refused[relative] {
		r.fault(relative, diagnostic.ArchiveDuplicateEntry, "is in one layer twice")
		return nil
	}
	if problem := entryTypeProblem(header); problem != "" {
		r.refuse(relative)
		if rules.leaveOut {
			return r.leaveOut(relative)
		}
		r.fault(relative, diagnostic.ArchiveUnsafeEntry, problem)
		return nil
	}
	return r.file(relative, header.Size, archive)
}

// wanted returns the path of an entry relative to the folder whose files are
// taken, or false where it is none of them.
func (r *layerReader) wanted(name string, isFolder bool) (string, bool) {
	root := ImageFolder
	if r.blob.rules.everything {
		root = ""
	}
	if name == root {
		if !isFolder {
			r.fault(name, diagnostic.ArchiveUnsafeEntry, "is not a folder")
		}
		return "", false
	}
	if r.blob.rules.everything {
		return name, true
	}
	relative, inside := strings.CutPrefix(name, ImageFolder+"/")
	if !inside {
		r.layer.manifestAtRoot = r.layer.manifestAtRoot || name == "manifest.yaml" || name == "manifest.yml"
		return "", false
	}
	return relative, !isHidden(relative)
}

// refuse notes that a path must not come again.
func (r *layerReader) refuse(relative string) {
	if r.refused == nil {
		r.refused = map[string]bool{}
	}
	r.refused[relative] = true
}

// leaveOut notes an entry that is not taken. It hides a file of a lower layer
// all the same.
func (r *layerReader) leaveOut(relative string) error {
	r.layer.leftOut = append(r.layer.leftOut, relative)
	r.layer.removed = append(r.layer.removed, relative)
	return r.count(len(r.layer.removed))
}

// count bounds entries of one kind.
func (r *layerReader) count(entries int) error {
	if maximum := r.used.limits.Files; int64(entries) > maximum {
		return diagnostic.Diagnostics{packagetypes.LimitDiagnostic(
			diagnostic.Position{File: r.blob.image}, "Files", int64(entries), maximum)}
	}
	return nil
}

func (r *layerReader) file(relative string, size int64, archive *tarReader) error {
	limits := r.used.limits
	if size > limits.File {
		r.refuse(relative)
		r.found = append(r.found, packagetypes.LimitDiagnostic(diagnostic.Position{File: relative}, "File", size, limits.File))
		return nil
	}
	if err := r.count(len(r.layer.files) + 1); err != nil {
		return err
	}
	position := diagnostic.Position{File: r.blob.image}
	if total := r.used.content.Add(size); total > limits.UncompressedImage {
		return diagnostic.Diagnostics{packagetypes.LimitDiagnostic(position, "UncompressedImage", total, limits.UncompressedImage)}
	}
	content, err := archive.Content(size)
	if err != nil {
		return err
	}
	r.layer.files[relative] = content
	return nil
}

// whiteout notes what an upper layer takes away in folder, a path from the
// image's root.
func (r *layerReader) whiteout(folder, base, name string) error {
	switch {
	case base == opaqueWhiteout:
		if relative, ok := r.scope(folder); ok {
			r.layer.emptied = append(r.layer.emptied, relative)
		}
	case strings.HasPrefix(base, whiteoutMeta), name == "":
		// Bookkeeping of a union file system that means nothing here.
	default:
		if relative, ok := r.scope(path.Join(folder, name)); ok {
			r.layer.removed = append(r.layer.removed, relative)
		}
	}
	return r.count(max(len(r.layer.removed), len(r.layer.emptied)))
}

// scope makes a path from the image's root relative to the folder whose files are
// taken. The root itself counts as that folder: what empties it empties both.
func (r *layerReader) scope(name string) (string, bool) {
	if r.blob.rules.everything {
		return name, true
	}
	if name == "" || name == ImageFolder {
		return "", true
	}
	return strings.CutPrefix(name, ImageFolder+"/")
}

func (r *layerReader) fault(path string, code diagnostic.Code, problem string) {
	const longest = 128
	if len(path) > longest {
		path = path[:longest] + "…"
	}
	r.found = append(r.found, diagnostic.Diagnostic{
		Code:     code,
		Position: diagnostic.Position{File: path},
		Message:  fmt.Sprintf("%s (%s)", problem, r.blob.name),
	})
}

// cleanEntryName returns the slash path of an entry from the root of the image,
// or what makes its name unsafe. Backslashes are refused where they could name
// a file of the package; base images have them elsewhere.
func cleanEntryName(name string) (clean, problem string) {
	switch {
	case strings.ContainsRune(name, 0):
		return "", "has a name with a NUL byte"
	case strings.HasPrefix(name, "/"):
		return "", "has an absolute path"
	}
	for element := range strings.SplitSeq(name, "/") {
		if element == ".." {
			return "", `has ".." in its path`
		}
	}
	clean = path.Clean(name)
	if clean == "." {
		return "", ""
	}
	if rest, ok := strings.CutPrefix(clean, ImageFolder); ok && strings.ContainsRune(rest, '\\') && (rest[0] == '/' || rest[0] == '\\') {
		return "", "has a backslash in its path"
	}
	return clean, ""
}

func entryTypeProblem(header *tar.Header) string {
	switch header.Typeflag {
	case tar.TypeReg:
		for key := range header.PAXRecords {
			if strings.HasPrefix(key, "GNU.sparse.") {
				return "is a sparse file"
			}
		}
		return ""
	case tar.TypeSymlink:
		return "is a symbolic link"
	case tar.TypeLink:
		return "is a hard link"
	case tar.TypeChar, tar.TypeBlock, tar.TypeFifo:
		return "is a device"
	case tar.TypeGNUSparse:
		return "is a sparse file"
	default:
		return fmt.Sprintf("has the unknown type %q", header.Typeflag)
	}
}
