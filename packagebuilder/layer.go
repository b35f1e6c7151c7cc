package packagebuilder

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"

	"github.com/packstage/packstage/internal/pinnedgzip"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// layerFiles are the files of one layer.
type layerFiles struct {
	component string // empty for the root
	paths     []string
	files     *packagetypes.Files
	created   time.Time
}

// splitLayers puts the files of each component into a layer of its own.
func splitLayers(files *packagetypes.Files) []layerFiles {
	byComponent := map[string][]string{}
	for _, path := range files.Paths() {
		name := ""
		if rest, ok := strings.CutPrefix(path, "components/"); ok {
			if folder, _, ok := strings.Cut(rest, "/"); ok {
				name = folder
			}
		}
		byComponent[name] = append(byComponent[name], path)
	}
	var layers []layerFiles
	for name, paths := range byComponent {
		layers = append(layers, layerFiles{component: name, paths: paths, files: files})
	}
	slices.SortFunc(layers, func(a, b layerFiles) int { return strings.Compare(a.component, b.component) })
	return layers
}

// size is the number of bytes in the files.
func (l layerFiles) size() (size int64) {
	for _, path := range l.paths {
		content, _ := l.files.Read(path)
		size += int64(len(content))
	}
	return size
}

// writeTar writes the layer's tar. Its bytes depend on paths, contents and
// created alone.
func (l layerFiles) writeTar(ctx context.Context, w io.Writer) error {
	archive := tar.NewWriter(w)
	for _, path := range l.paths {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		content, _ := l.files.Read(path)
		// Without a format the writer takes USTAR where it can and PAX where it
		// must.
		err := archive.WriteHeader(&tar.Header{
			Typeflag: tar.TypeReg,
			Name:     packageloader.ImageFolder + "/" + path,
			Size:     int64(len(content)),
			Mode:     0o644,
			ModTime:  l.created,
		})
		if err == nil {
			_, err = archive.Write(content)
		}
		if err != nil {
			return fmt.Errorf("write %s: %w", path, err)
		}
	}
	return archive.Close()
}

// builtLayer is a finished layer.
type builtLayer struct {
	source     layerFiles
	compressed []byte
	digest     v1.Hash
	diffID     v1.Hash
	size       int64 // of the tar
}

// buildLayers compresses all layers, as many at a time as there are processors
// to hash and compress.
func buildLayers(ctx context.Context, sources []layerFiles, created time.Time) ([]*builtLayer, error) {
	layers := make([]*builtLayer, len(sources))
	group, ctx := errgroup.WithContext(ctx)
	const layersAtOnce = 2
	group.SetLimit(layersAtOnce)
	for i, source := range sources {
		source.created = created
		group.Go(func() (err error) {
			layers[i], err = buildLayer(ctx, source)
			return err
		})
	}
	return layers, group.Wait()
}

// buildLayer writes the tar twice at the same time, once into its digest and
// once into the compressor: making it costs next to nothing, and so the digest
// costs no time where there is a second processor. A small one is written once:
// there the second processor costs more than it saves.
func buildLayer(ctx context.Context, source layerFiles) (*builtLayer, error) {
	layer := &builtLayer{source: source}
	const small = 64 << 10
	if source.size() <= small {
		sum := &countingHash{Hash: sha256.New()}
		err := layer.compress(func(w io.Writer) error { return source.writeTar(ctx, io.MultiWriter(sum, w)) })
		layer.diffID, layer.size = sum.digest(), sum.count
		return layer, err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		sum := &countingHash{Hash: sha256.New()}
		if err := source.writeTar(ctx, sum); err != nil {
			return err
		}
		layer.diffID, layer.size = sum.digest(), sum.count
		return nil
	})
	group.Go(func() error {
		return layer.compress(func(w io.Writer) error { return source.writeTar(ctx, w) })
	})
	return layer, group.Wait()
}

// compress keeps what write writes, compressed, with its digest.
func (l *builtLayer) compress(write func(io.Writer) error) error {
	var compressed bytes.Buffer
	sum := &countingHash{Hash: sha256.New()}
	if err := pinnedgzip.Compress(io.MultiWriter(&compressed, sum), write); err != nil {
		return err
	}
	l.compressed, l.digest = compressed.Bytes(), sum.digest()
	return nil
}

// title is what the image's history says of the layer.
func (l *builtLayer) title() string {
	if l.source.component == "" {
		return "package"
	}
	return "component " + l.source.component
}

func (l *builtLayer) descriptor() ocispec.Descriptor {
	descriptor := ocispec.Descriptor{
		MediaType: ocispec.MediaTypeImageLayerGzip,
		Digest:    digest.Digest(l.digest.String()),
		Size:      int64(len(l.compressed)),
	}
	if l.source.component != "" {
		descriptor.Annotations = map[string]string{packageloader.ComponentAnnotation: l.source.component}
	}
	return descriptor
}

// Digest is that of the compressed layer.
func (l *builtLayer) Digest() (v1.Hash, error) { return l.digest, nil }

// DiffID is the digest of the tar.
func (l *builtLayer) DiffID() (v1.Hash, error) { return l.diffID, nil }

// Size is the number of compressed bytes.
func (l *builtLayer) Size() (int64, error) { return int64(len(l.compressed)), nil }

// MediaType is that of a gzip-compressed OCI layer.
func (l *builtLayer) MediaType() (types.MediaType, error) { return types.OCILayer, nil }

// Compressed reads the compressed layer.
func (l *builtLayer) Compressed() (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(l.compressed)), nil
}

// Uncompressed reads the tar, made anew from the files.
func (l *builtLayer) Uncompressed() (io.ReadCloser, error) {
	reader, writer := io.Pipe()
	go func() { writer.CloseWithError(l.source.writeTar(context.Background(), writer)) }()
	return reader, nil
}
