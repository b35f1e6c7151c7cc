package packageloader

import (
	"context"
	"encoding/json"
	"fmt"
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
	description, err := describeImage(ctx, client, reference, configsOf(client))
	if err != nil {
		return nil, err
	}
	return description, nil
}

// imageConfig is what a configuration says, or what is wrong with it.
type imageConfig struct {
	created  time.Time
	labels   map[string]string
	manifest *manifest.PackageManifest
	fault    string
}

// configReader reads a configuration of an image in a repository. The error is
// trouble with the registry.
type configReader func(ctx context.Context, repository string, blob v1.Descriptor) (*imageConfig, error)

// configsOf reads each configuration from the registry.
func configsOf(client *registry.Client) configReader {
	return func(ctx context.Context, repository string, blob v1.Descriptor) (*imageConfig, error) {
		raw, err := client.BlobBytes(ctx, repository, blob, registry.MaxConfigBytes)
		if err != nil {
			return nil, err
		}
		return decodeImageConfig(raw), nil
	}
}

func decodeImageConfig(raw []byte) *imageConfig {
	var config v1.ConfigFile
	if err := json.Unmarshal(raw, &config); err != nil {
		return &imageConfig{fault: fmt.Sprintf("configuration of the image does not parse: %v", err)}
	}
	about := &imageConfig{created: config.Created.Time, labels: config.Config.Labels}
	label, ok := config.Config.Labels[ManifestLabel]
	if !ok {
		return about
	}
	decoded, found := manifest.Decode("manifest.yaml", []byte(label))
	if found.HasErrors() {
		about.fault = fmt.Sprintf("the label %s holds no package manifest: %v", ManifestLabel, found.Err())
		return about
	}
	about.manifest = decoded
	return about
}

// describeImage returns the digest beside an error, where it is known.
func describeImage(ctx context.Context, client *registry.Client, reference string, readConfig configReader) (*Description, error) {
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
	config, err := readConfig(ctx, parsed.Context().Name(), about.Config)
	if err != nil {
		return description, err
	}
	description.Created, description.Labels = created(config.created, about.Annotations), config.labels
	if config.fault != "" {
		return fault("%s", config.fault)
	}
	description.Manifest = config.manifest
	return description, nil
}

// created returns the time of the configuration. Builds that can be repeated set
// it to the beginning of time, and the annotation may say more then.
func created(configured time.Time, annotations map[string]string) time.Time {
	if configured.Unix() > 0 {
		return configured.UTC()
	}
	stated, err := time.Parse(time.RFC3339, annotations["org.opencontainers.image.created"])
	if err != nil || stated.Unix() <= 0 {
		return time.Time{}
	}
	return stated.UTC()
}
