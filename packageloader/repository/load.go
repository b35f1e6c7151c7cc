package repository

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/atomicfile"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// FilePath is where the image of an index has its file. Package Operator looks for
// exactly this name.
const FilePath = "repository/repository.yaml"

// Decode reads an index from bytes, see [manifest.DecodeRepository]; file is only a
// name for findings. One image that several entries have becomes one entry. The
// findings are warnings where there is an index, and also the error where not.
func Decode(file string, data []byte, limits manifest.RepositoryLimits) (*Index, diagnostic.Diagnostics, error) {
	document, found := manifest.DecodeRepository(file, data, limits)
	if err := found.Err(); err != nil {
		return nil, found, err
	}
	index := &Index{metadata: document.Repository.Metadata, packages: map[string]*images{}}
	for i := range document.Entries {
		index.put(&document.Entries[i].Data)
	}
	return index, found, nil
}

// put is Add for what was checked.
func (x *Index) put(data *manifest.RepositoryEntryData) {
	entry := Entry{Name: data.Name, Image: data.Image, Digest: data.Digest, Versions: data.Versions, Constraints: data.Constraints}
	digest, versions, _ := checkEntry(entry)
	of := x.packages[data.Name]
	if of == nil {
		of = &images{byDigest: map[string]*image{}, byVersion: map[string]string{}}
		x.packages[data.Name] = of
	}
	of.add(digest, versions, entry)
}

// ReadFile reads an index from a file. The error is a [diagnostic.Diagnostics]
// where the index is at fault, and that of the file system where the file cannot
// be read. The findings beside an index are warnings.
func ReadFile(path string, limits manifest.RepositoryLimits) (*Index, diagnostic.Diagnostics, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("read the index: %w", err)
	}
	defer file.Close()
	// One byte more than is allowed shows that there is more.
	data, err := io.ReadAll(io.LimitReader(file, limits.WithDefaults().Bytes+1))
	if err != nil {
		return nil, nil, fmt.Errorf("read the index: %w", err)
	}
	return Decode(path, data, limits)
}

// Load reads an index from its image: in a registry, a layout, a tar or memory, a
// source that [packageloader.OpenImage] takes. Its layers are compared with their
// digests before they are used; images that Package Operator pushed are read, too.
//
// The error is a [diagnostic.Diagnostics] where image or index is at fault
// (ImageInvalid where the image holds no index), a [*registry.Error] for trouble
// with a registry, and another for a file that cannot be read. The findings beside
// an index are warnings.
func Load(ctx context.Context, source packageloader.Source, limits manifest.RepositoryLimits) (*Index, diagnostic.Diagnostics, error) {
	most := limits.WithDefaults().Bytes
	artifact, err := packageloader.OpenArtifactFrom(ctx, source, packageloader.ArtifactOptions{
		Limits: packagetypes.Limits{File: most, UncompressedImage: most, CompressedImage: most},
	})
	if err != nil {
		return nil, nil, err
	}
	name := artifact.Reference
	if name == "" {
		name = "image " + artifact.Digest
	}
	if artifact.Kind == packageloader.PlainImage {
		if data, ok := artifact.Files.Read(FilePath); ok {
			index, found, err := Decode(FilePath, data, limits)
			if err != nil {
				return nil, found, err
			}
			index.imageDigest = artifact.Digest
			return index, found, nil
		}
	}
	return nil, nil, fault(diagnostic.ImageInvalid, name,
		fmt.Sprintf("the image holds no repository index (%s)", FilePath), fmt.Sprintf("its kind is %s", artifact.Kind))
}

// Encode returns the bytes of the index's file: the same for the same content,
// however it came about. The error is that of [manifest.EncodeRepository].
func (x *Index) Encode() ([]byte, error) { return manifest.EncodeRepository(x.Document()) }

// WriteFile writes the index to a file, which is replaced as a whole or stays as it
// was.
func (x *Index) WriteFile(path string) error {
	encoded, err := x.Encode()
	if err != nil {
		return err
	}
	const mode = 0o644
	err = atomicfile.WriteFile(path, mode, func(w io.Writer) error {
		_, err := w.Write(encoded)
		return err
	})
	if err != nil {
		return fmt.Errorf("write the index: %w", err)
	}
	return nil
}
