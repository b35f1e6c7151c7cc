package repository

import (
	"context"
	"fmt"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/registry"
)

// Describe makes the entry of a package image in a registry, for [Index.Add].
// Manifest and configuration of the image are read, and its layers only where the
// configuration does not hold the package manifest: packages that Package Operator
// built.
//
// Without versions it is the one that the tag is, or else the one in the image's
// annotation org.opencontainers.image.version.
//
// The error is a [diagnostic.Diagnostics] where the image is no package, or no
// version is known (ManifestRequired); a [*registry.Error] for trouble with the
// registry.
func Describe(ctx context.Context, client *registry.Client, reference string, versions []string) (Entry, error) {
	parsed, err := client.ParseReference(reference)
	if err != nil {
		return Entry{}, err
	}
	described, err := packageloader.Describe(ctx, client, reference)
	if err != nil {
		return Entry{}, err
	}
	image := parsed.Context().Name()
	about := described.Manifest
	if about == nil {
		// By digest: the tag may have moved since.
		source := packageloader.FromClient(client, image+"@"+described.Digest)
		loaded, err := packageloader.Load(ctx, source, packageloader.LoadOptions{})
		if err != nil {
			return Entry{}, err
		}
		about = loaded.Manifest
	}
	if len(versions) == 0 {
		version, err := statedVersion(reference, parsed.Identifier(), described.Annotations["org.opencontainers.image.version"])
		if err != nil {
			return Entry{}, err
		}
		versions = []string{version}
	}
	return Entry{
		Name: about.Metadata.Name, Image: image, Digest: described.Digest,
		Versions: versions, Constraints: about.Spec.Constraints,
	}, nil
}

// statedVersion is what the image itself says of its version.
func statedVersion(reference, tag, annotation string) (string, error) {
	for _, text := range []string{tag, annotation} {
		if _, err := manifest.ParseRepositoryVersion(text); err == nil {
			return text, nil
		}
	}
	return "", fault(diagnostic.ManifestRequired, reference,
		fmt.Sprintf("neither the tag %q nor the annotation org.opencontainers.image.version is a semantic version", tag),
		"give the version, as v1.2.3")
}
