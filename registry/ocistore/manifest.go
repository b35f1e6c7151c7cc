package ocistore

import (
	"encoding/json"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/packstage/packstage/registry"
)

// parsed is what a copy has to understand of a manifest or index.
type parsed struct {
	ArtifactType string            `json:"artifactType"`
	Annotations  map[string]string `json:"annotations"`
	Config       *v1.Descriptor    `json:"config"`
	Layers       []v1.Descriptor   `json:"layers"`
	Manifests    []v1.Descriptor   `json:"manifests"`
	Subject      *v1.Descriptor    `json:"subject"`
}

// parse refuses kinds of manifests that it does not know: what they point at would
// be left behind.
func parse(manifest *registry.Manifest) (*parsed, error) {
	digest := manifest.Descriptor.Digest.String()
	var p parsed
	if err := json.Unmarshal(manifest.Raw, &p); err != nil {
		return nil, invalid(digest, "the manifest does not parse: %v", err)
	}
	switch kind := manifest.Descriptor.MediaType; kind {
	case types.OCIImageIndex, types.DockerManifestList:
		p.Config, p.Layers = nil, nil
	case types.OCIManifestSchema1, types.DockerManifestSchema2:
		p.Manifests = nil
		if p.Config == nil {
			return nil, invalid(digest, "the manifest has no configuration")
		}
	default:
		return nil, invalid(digest, "a manifest of the media type %q cannot be copied", kind)
	}
	return &p, nil
}

// blobs are configuration and layers, each once. Layers with addresses of their own
// are not distributed.
func (p *parsed) blobs() []v1.Descriptor {
	var all []v1.Descriptor
	seen := map[v1.Hash]bool{}
	add := func(blob v1.Descriptor) {
		if !seen[blob.Digest] && len(blob.URLs) == 0 {
			seen[blob.Digest] = true
			all = append(all, blob)
		}
	}
	if p.Config != nil {
		add(*p.Config)
	}
	for _, layer := range p.Layers {
		add(layer)
	}
	return all
}

// referrer is the manifest as a list of referrers shows it (OCI distribution
// specification 1.1, "Listing Referrers").
func (p *parsed) referrer(manifest *registry.Manifest) v1.Descriptor {
	referrer := manifest.Descriptor
	referrer.ArtifactType, referrer.Annotations = p.ArtifactType, p.Annotations
	if referrer.ArtifactType == "" && p.Config != nil {
		referrer.ArtifactType = string(p.Config.MediaType)
	}
	return referrer
}
