package packageloader

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/verify"
)

// Artifact is what a tool keeps in a registry, as a plain set of files.
type Artifact struct {
	// Kind says which tool's artifact it is.
	Kind ArtifactKind
	// Reference is the name that it was asked for by, or empty.
	Reference string
	// Digest is that of the manifest.
	Digest string
	// MediaTypes are those of its parts.
	MediaTypes ArtifactMediaTypes
	// Annotations are those of the manifest.
	Annotations map[string]string
	// Labels are those of the image's configuration, where it has one.
	Labels map[string]string
	// Name and Version are what the artifact says that it is called, or empty: for
	// a chart and a package what its metadata says, for others the annotations or
	// labels org.opencontainers.image.title and .version.
	Name, Version string
	// Files are its files, or nil where they were not read. Which files those are,
	// and what their paths are relative to, depends on the kind.
	Files *packagetypes.Files
	// LeftOut are the paths of entries of an image that are no regular files, such
	// as links, sorted. Of other kinds such entries are refused.
	LeftOut []string
}

// ArtifactMediaTypes are the media types that an artifact states.
type ArtifactMediaTypes struct {
	// Artifact is the artifactType of the manifest, or empty.
	Artifact string
	Config   string
	// Layers has one for each layer, those that are not read included.
	Layers []string
}

// FS returns the files as a file system.
func (a *Artifact) FS() fs.FS {
	if a.Files == nil {
		return new(packagetypes.Files).FS()
	}
	return a.Files.FS()
}

// ArtifactOptions says how an artifact is opened. The zero value opens it within the
// default limits, whoever made it.
type ArtifactOptions struct {
	// Limits bounds the artifact; zero fields are defaults.
	Limits packagetypes.Limits
	// Verifier judges the artifact before anything behind its manifest is read, see
	// [Verified]; nil judges nothing.
	Verifier verify.Verifier
}

// OpenArtifact pulls what a reference means and reads its files; see
// [OpenArtifactFrom].
func OpenArtifact(ctx context.Context, client *registry.Client, reference string, options ArtifactOptions) (*Artifact, error) {
	return OpenArtifactFrom(ctx, FromClient(client, reference), options)
}

// OpenArtifactFrom reads the files of an artifact of any [ArtifactKind]. The source
// is one that [OpenImage] takes: an image in a registry, a layout, a tar or memory,
// or a [Verified] one of these.
//
// The kind is known from manifest and configuration, before a layer is pulled; only
// layers that hold the files are. Each is read wholly and compared with its digest
// before a byte of it is used.
//
// What is wrong with the artifact is a [diagnostic.Diagnostics]: ImageInvalid where
// it is of no kind that is known or lacks what its kind needs, ImageDigestMismatch,
// ArchiveInvalid, ArchiveUnsafeEntry, ArchiveDuplicateEntry, LimitExceeded. Other
// errors are those of the source and of the verifier.
func OpenArtifactFrom(ctx context.Context, source Source, options ArtifactOptions) (*Artifact, error) {
	stored, err := openStoredArtifact(ctx, source, options)
	if err != nil {
		return nil, err
	}
	defer stored.closer.Close()
	if err := stored.readFiles(ctx, options.Limits.WithDefaults()); err != nil {
		return nil, err
	}
	return stored.artifact, nil
}

// DescribeArtifact is [OpenArtifactFrom] without the files: it reads manifest and
// configuration only.
func DescribeArtifact(ctx context.Context, source Source, options ArtifactOptions) (*Artifact, error) {
	stored, err := openStoredArtifact(ctx, source, options)
	if err != nil {
		return nil, err
	}
	return stored.artifact, stored.closer.Close()
}

// storedArtifact is an artifact whose manifest and configuration were read.
type storedArtifact struct {
	artifact *Artifact
	// name says in findings what is read.
	name        string
	image       v1.Image
	closer      io.Closer
	rawManifest []byte
	manifest    v1.Manifest
	rawConfig   []byte
	// config is that of an image; empty for kinds that have none.
	config v1.ConfigFile
}

func openStoredArtifact(ctx context.Context, source Source, options ArtifactOptions) (*storedArtifact, error) {
	image, closer, err := OpenImage(ctx, Verified(source, options.Verifier), options.Limits)
	if err != nil {
		return nil, err
	}
	stored := &storedArtifact{image: image, closer: closer, artifact: &Artifact{}}
	if err := stored.describe(ctx, source); err != nil {
		_ = closer.Close()
		return nil, err
	}
	return stored, nil
}

func (s *storedArtifact) describe(ctx context.Context, source Source) (err error) {
	if s.rawManifest, err = s.image.RawManifest(); err != nil {
		return fmt.Errorf("read manifest of the artifact: %w", err)
	}
	s.artifact.Digest = digestOf(s.rawManifest).String()
	s.name = artifactName(source)
	if s.name == "" {
		s.name = "artifact " + s.artifact.Digest
	} else {
		s.artifact.Reference = referenceOf(source)
	}
	if err := json.Unmarshal(s.rawManifest, &s.manifest); err != nil {
		return s.fault("manifest does not parse: %v", err)
	}
	s.artifact.Annotations = s.manifest.Annotations
	s.artifact.MediaTypes.Artifact = s.manifest.ArtifactType
	s.artifact.MediaTypes.Config = string(s.manifest.Config.MediaType)
	for _, layer := range s.manifest.Layers {
		s.artifact.MediaTypes.Layers = append(s.artifact.MediaTypes.Layers, string(layer.MediaType))
	}
	family := familyOf(&s.manifest)
	if family == unknownFamily {
		return s.unknown(cmp.Or(s.manifest.ArtifactType, string(s.manifest.Config.MediaType)))
	}
	if family != fluxFamily { // its configuration says nothing, and need not be JSON
		if err := s.readConfig(ctx); err != nil {
			return err
		}
	}
	return s.recognise(family)
}

func (s *storedArtifact) readConfig(ctx context.Context) (err error) {
	config := s.manifest.Config
	if config.Size < 0 || config.Size > registry.MaxConfigBytes {
		return s.fault("configuration has a size of %d bytes, at most %d are allowed", config.Size, registry.MaxConfigBytes)
	}
	s.rawConfig, err = readBlob(ctx, storedBlob{
		image: s.name, name: "configuration " + config.Digest.String(), size: config.Size, digest: config.Digest,
		open: func(context.Context) (io.ReadCloser, error) {
			raw, err := s.image.RawConfigFile()
			return io.NopCloser(bytes.NewReader(raw)), err
		},
	})
	return err
}

func (s *storedArtifact) fault(format string, arguments ...any) error {
	return imageFault(s.name, diagnostic.ImageInvalid, format, arguments...)
}

// artifactName says in findings what a source reads, or nothing.
func artifactName(source Source) string {
	switch source := source.(type) {
	case registrySource:
		return source.reference
	case layoutSource:
		return source.path
	case tarFileSource:
		return source.path
	case verifiedSource:
		return artifactName(source.source)
	default:
		return ""
	}
}

func referenceOf(source Source) string {
	switch source := source.(type) {
	case registrySource:
		return source.reference
	case verifiedSource:
		return referenceOf(source.source)
	default:
		return ""
	}
}
