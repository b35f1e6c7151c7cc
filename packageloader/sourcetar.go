package packageloader

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/tarfs"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/verify"
)

// FromTar returns a source that reads an image from a tar file: an OCI image
// layout in a tar, or what "docker save" writes; plain, gzip or zstd. The
// selector chooses among several images: a reference name or tag, or a digest.
func FromTar(path, selector string) Source { return tarFileSource{path, selector} }

type tarFileSource struct{ path, selector string }

func (s tarFileSource) Open(ctx context.Context, limits packagetypes.Limits) (*Content, error) {
	return s.OpenVerified(ctx, limits, nil)
}

// OpenVerified implements [VerifiableSource]. Signatures are looked for in the
// tar.
func (s tarFileSource) OpenVerified(ctx context.Context, limits packagetypes.Limits, verifier verify.Verifier) (*Content, error) {
	archive, closer, err := s.archive(ctx, limits)
	if err != nil {
		return nil, err
	}
	defer closer.Close()
	content, err := readTar(ctx, archive, s.selector, limits, verifier)
	if err != nil || content.ImageDigest == "" {
		return content, err
	}
	content.relocation = relocationInArchive(func(ctx context.Context) (imageArchive, func(), error) {
		archive, closer, err := s.archive(ctx, limits)
		return archive, func() { _ = closer.Close() }, err
	}, content.ImageDigest)
	return content, nil
}

func (s tarFileSource) archive(ctx context.Context, limits packagetypes.Limits) (imageArchive, io.Closer, error) {
	// Before it is opened: opening a pipe would wait for whoever writes to it.
	info, err := os.Stat(s.path)
	if err != nil {
		return imageArchive{}, nil, fmt.Errorf("open image tar: %w", err)
	}
	if !info.Mode().IsRegular() {
		return imageArchive{}, nil, imageFault(s.path, diagnostic.ImageInvalid, "is not a regular file, so not an image tar")
	}
	file, err := os.Open(s.path)
	if err != nil {
		return imageArchive{}, nil, fmt.Errorf("open image tar: %w", err)
	}
	archive, err := tarArchive(ctx, s.path, file, info.Size(), limits)
	if err != nil {
		_ = file.Close()
		return imageArchive{}, nil, err
	}
	return archive, file, nil
}

// FromTarReader is [FromTar] for a tar that is in the first size bytes of
// reader. The source can be opened as often and as concurrently as the reader
// allows.
func FromTarReader(reader io.ReaderAt, size int64, selector string) Source {
	return tarReaderSource{reader, size, selector}
}

type tarReaderSource struct {
	reader   io.ReaderAt
	size     int64
	selector string
}

func (s tarReaderSource) Open(ctx context.Context, limits packagetypes.Limits) (*Content, error) {
	return s.OpenVerified(ctx, limits, nil)
}

// OpenVerified implements [VerifiableSource], as that of [FromTar].
func (s tarReaderSource) OpenVerified(ctx context.Context, limits packagetypes.Limits, verifier verify.Verifier) (*Content, error) {
	archive, err := s.archive(ctx, limits)
	if err != nil {
		return nil, err
	}
	content, err := readTar(ctx, archive, s.selector, limits, verifier)
	if err != nil || content.ImageDigest == "" {
		return content, err
	}
	content.relocation = relocationInArchive(func(context.Context) (imageArchive, func(), error) {
		return archive, func() {}, nil
	}, content.ImageDigest)
	return content, nil
}

func (s tarReaderSource) archive(ctx context.Context, limits packagetypes.Limits) (imageArchive, error) {
	return tarArchive(ctx, "image tar", s.reader, s.size, limits)
}

func tarArchive(ctx context.Context, name string, reader io.ReaderAt, size int64, limits packagetypes.Limits) (imageArchive, error) {
	reader, size, err := unpackWholeTar(ctx, name, reader, size, limits.WithDefaults())
	if err != nil {
		return imageArchive{}, err
	}
	files, err := tarfs.New(reader, size)
	if err != nil {
		return imageArchive{}, imageFault(name, diagnostic.ArchiveInvalid, "is no valid tar: %v", err)
	}
	return imageArchive{name: name, files: files}, nil
}

func readTar(ctx context.Context, archive imageArchive, selector string, limits packagetypes.Limits, verifier verify.Verifier) (*Content, error) {
	if archive.isLayout() {
		return readLayout(ctx, archive, selector, limits, verifier)
	}
	// What "docker save" writes has no manifest, so no digest to sign.
	warnings, err := admission{verifier, verify.Subject{Reference: archive.name}}.check(ctx, v1.Hash{})
	if err != nil {
		return nil, err
	}
	content, err := readDockerArchive(ctx, archive, selector, limits.WithDefaults())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, imageFault(archive.name, diagnostic.ImageInvalid, "holds neither index.json nor manifest.json, so it is no image")
	}
	if err == nil {
		content.Warnings = append(content.Warnings, warnings...)
	}
	return content, err
}

func (a imageArchive) isLayout() bool {
	_, err := fs.Stat(a.files, "index.json")
	return err == nil
}

// unpackWholeTar takes the compression off a tar that is compressed as a whole.
// What is in it is stored, so it counts as that.
func unpackWholeTar(ctx context.Context, name string, reader io.ReaderAt, size int64, limits packagetypes.Limits) (io.ReaderAt, int64, error) {
	magic := make([]byte, min(4, size))
	if _, err := reader.ReadAt(magic, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, fmt.Errorf("read image tar %s: %w", name, err)
	}
	if !isCompressed(magic) {
		return reader, size, nil
	}
	tooLarge := func(size int64) error {
		return diagnostic.Diagnostics{packagetypes.LimitDiagnostic(
			diagnostic.Position{File: name}, "CompressedImage", size, limits.CompressedImage)}
	}
	if size > limits.CompressedImage {
		return nil, 0, tooLarge(size)
	}
	stream, closeStream, _, err := decompressor(magic, bufio.NewReader(io.NewSectionReader(reader, 0, size)))
	blob := storedBlob{image: name, name: "the tar"}
	if err != nil {
		return nil, 0, layerFault(ctx, blob, err)
	}
	defer closeStream()
	// Manifests, the configuration and headers stand beside the layers.
	const room = 8 << 20
	var unpacked chunks
	for {
		if ctx.Err() != nil {
			return nil, 0, context.Cause(ctx)
		}
		err := unpacked.fill(stream)
		if unpacked.size > limits.CompressedImage+room {
			return nil, 0, tooLarge(unpacked.size)
		}
		if errors.Is(err, io.EOF) {
			return &unpacked, unpacked.size, nil
		}
		if err != nil {
			return nil, 0, layerFault(ctx, blob, err)
		}
	}
}
