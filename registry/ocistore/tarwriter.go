package ocistore

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/atomicfile"
	"github.com/packstage/packstage/internal/filelock"
)

// TarWriter writes an OCI image layout as a tar. What is pushed is collected in a
// folder beside it, named as the tar with [PartialSuffix]; [TarWriter.Commit] makes
// the tar of it and removes the folder. After a failure the folder stays, and the
// next writer goes on with it. A tar that is there is replaced, as a whole.
//
// The bytes of the tar depend on what was pushed and its names alone.
type TarWriter struct {
	*LayoutWriter
	path   string
	unlock func()
}

// PartialSuffix ends the name of the folder in which a tar is collected.
const PartialSuffix = ".partial"

// ErrInUse means that another process writes the same tar.
var ErrInUse = errors.New("another copy is writing it")

// WriteTar returns a writer for the tar at path. The caller closes it.
func WriteTar(path string) (*TarWriter, error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("write image tar: %s is there and not a regular file", path)
	}
	folder := path + PartialSuffix
	if _, err := WriteLayout(folder); err != nil {
		return nil, err
	}
	return &TarWriter{LayoutWriter: newLayoutWriter(folder, true), path: path}, nil
}

// String returns the path of the tar.
func (w *TarWriter) String() string { return w.path }

// Lock claims the tar: two who write it would take away each other's folder. The
// error matches [ErrInUse].
func (w *TarWriter) Lock() error {
	if err := w.ready(); err != nil {
		return err
	}
	unlock, err := filelock.Try(filepath.Join(w.LayoutWriter.path, ocispec.ImageLayoutFile))
	if errors.Is(err, filelock.ErrLocked) {
		return fmt.Errorf("write image tar %s: %w", w.path, ErrInUse)
	}
	if err != nil {
		return fmt.Errorf("write image tar: %w", err)
	}
	w.unlock = unlock
	return nil
}

// Commit writes the tar.
func (w *TarWriter) Commit(ctx context.Context) error {
	if err := w.ready(); err != nil {
		return err
	}
	if err := w.writeIndex(); err != nil {
		return err
	}
	err := atomicfile.WriteFile(w.path, filePermissions, func(to io.Writer) error { return w.writeTar(ctx, to) })
	if err != nil {
		return err
	}
	if runtime.GOOS == "windows" && w.unlock != nil {
		w.unlock() // what is open cannot be removed there
	}
	return os.RemoveAll(w.LayoutWriter.path)
}

// Close lets go of the tar. What was collected for one that was not committed stays,
// and kept says where, unless there is nothing in it.
func (w *TarWriter) Close() (kept string, err error) {
	folder := w.LayoutWriter.path
	if w.unlock == nil {
		return "", nil // somebody else's, or none
	}
	defer w.unlock()
	blobs, err := os.ReadDir(filepath.Join(folder, "blobs", "sha256"))
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	if err == nil && len(blobs) == 0 {
		return "", os.RemoveAll(folder)
	}
	return folder, err
}

func (w *TarWriter) writeTar(ctx context.Context, to io.Writer) error {
	archive := tar.NewWriter(to)
	files := []string{ocispec.ImageLayoutFile, ocispec.ImageIndexFile}
	w.mutex.Lock()
	var blobs []v1.Hash
	for digest := range w.used {
		blobs = append(blobs, digest)
	}
	w.mutex.Unlock()
	slices.SortFunc(blobs, func(a, b v1.Hash) int { return strings.Compare(a.Hex, b.Hex) })
	for _, digest := range blobs {
		files = append(files, blobPath(digest))
	}
	for _, name := range files {
		if err := w.writeMember(ctx, archive, name); err != nil {
			return err
		}
	}
	return archive.Close()
}

func (w *TarWriter) writeMember(ctx context.Context, archive *tar.Writer, name string) error {
	file, err := os.Open(filepath.Join(w.LayoutWriter.path, filepath.FromSlash(name)))
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	header := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: info.Size(), Mode: 0o644, Format: tar.FormatUSTAR}
	const mostUSTAR = 8 << 30
	if info.Size() >= mostUSTAR {
		header.Format = tar.FormatPAX
	}
	if err := archive.WriteHeader(header); err != nil {
		return err
	}
	digest, isBlob := strings.CutPrefix(name, "blobs/sha256/")
	if isBlob {
		// It may have lain here since another run.
		err := copyVerified(ctx, archive, file, v1.Descriptor{Size: info.Size(), Digest: v1.Hash{Algorithm: "sha256", Hex: digest}})
		if _, ok := diagnostic.From(err); ok {
			_ = os.Remove(file.Name()) // so that the next run gets it anew
		}
		return err
	}
	_, err = io.Copy(archive, file)
	return err
}
