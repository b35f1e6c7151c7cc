package packageloader

import (
	"context"
	"encoding/json"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/registry"
)

// Description is what manifest and configuration of an image say about it.
type Description struct {
	// Reference is the name that was asked for.
	Reference string
	// Digest is that of the image manifest.
	Digest string
	// Created is when the image was made; zero where it does not say.
	Created time.Time
	// Annotations of the image manifest, and labels of the configuration.
	Annotations, Labels map[string]string
	// Manifest is the package manifest in the label [ManifestLabel], or nil where
	// there is no such label: the image was not built by packstage, or is not a
	// package. It is a copy, which [Load] compares with the files.
	Manifest *manifest.PackageManifest
}

// Describe reads manifest and configuration of an image in a registry, and no
// layer: two requests.
//
// The error is a [diagnostic.Diagnostics] where the image is at fault: it is no
// container image, or its label holds no package manifest. Trouble with the
// registry is a [*registry.Error].
func Describe(ctx context.Context, client *registry.Client, reference string) (*Description, error) {
	description, err := describeImage(ctx, client, reference, client.BlobBytes)
	if err != nil {
		return nil, err
	}
	return description, nil
}

// blobReader is [registry.Client.BlobBytes].
type blobReader func(ctx context.Context, repository string, blob v1.Descriptor, limit int64) ([]byte, error)

// describeImage returns the digest beside an error, where it is known.
func describeImage(ctx context.Context, client *registry.Client, reference string, readBlob blobReader) (*Description, error) {
	parsed, err := client.ParseReference(reference)
	if err != nil {
		return nil, err
	}
	pulled, err := client.ImageManifest(ctx, reference)
	if err != nil {
		return nil, err
	}
	description := &Description{Reference: reference, Digest: pulled.Descriptor.Digest.String()}
	fault := func(format string, arguments ...any) (*Description, error) {
		return description, imageFault(reference, diagnostic.ImageInvalid, format, arguments...)
	}
	var about v1.Manifest
	if err := json.Unmarshal(pulled.Raw, &about); err != nil {
		return fault("manifest of the image does not parse: %v", err)
	}
	description.Annotations = about.Annotations
	if kind := about.Config.MediaType; kind != types.OCIConfigJSON && kind != types.DockerConfigJSON {
		return fault("configuration has the media type %q, which is not that of a container image", kind)
	}
	raw, err := readBlob(ctx, parsed.Context().Name(), about.Config, registry.MaxConfigBytes)
	if err != nil {
		return description, err
	}
	var config v1.ConfigFile
	if err := json.Unmarshal(raw, &config); err != nil {
		return fault("configuration of the image does not parse: %v", err)
	}
	description.Created, description.Labels = created(&config, about.Annotations), config.Config.Labels
	label, ok := config.Config.Labels[ManifestLabel]
	if !ok {
		return description, nil
	}
	decoded, found := manifest.Decode("manifest.yaml", []byte(label))
	if found.HasErrors() {
		return fault("the label %s holds no package manifest: %v", ManifestLabel, found.Err())
	}
	description.Manifest = decoded
	return description, nil
}

// created returns the time of the configuration. Builds that can be repeated set
// it to the beginning of time, and the annotation may say more then.
func created(config *v1.ConfigFile, annotations map[string]string) time.Time {
	if config.Created.Unix() > 0 {
		return config.Created.UTC()
	}
	stated, err := time.Parse(time.RFC3339, annotations["org.opencontainers.image.created"])
	if err != nil || stated.Unix() <= 0 {
		return time.Time{}
	}
	return stated.UTC()
}
