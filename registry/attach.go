package registry

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Artifact is something that belongs to a manifest: a signature, a bill of
// materials, a statement of provenance.
type Artifact struct {
	// ArtifactType is its media type. It must not be empty.
	ArtifactType string
	Annotations  map[string]string
	// Blobs are its contents, in order. Without any the manifest points at the
	// empty blob, since some registries refuse a list without entries.
	Blobs []ArtifactBlob
}

// ArtifactBlob is one of the contents of an [Artifact].
type ArtifactBlob struct {
	MediaType   types.MediaType
	Annotations map[string]string
	Content     []byte
}

// Manifest returns the manifest of the artifact with its subject, and the
// configuration that it points at: the empty one (OCI image specification 1.1,
// "Guidance for an Empty Descriptor"). Same artifact and subject, same bytes.
func (a Artifact) Manifest(subject v1.Descriptor) (manifest, config []byte, err error) {
	return a.manifest(subject, emptyConfigType, []byte("{}"))
}

const emptyConfigType = types.MediaType("application/vnd.oci.empty.v1+json")

// artifactManifest is a manifest with the field that v1.Manifest writes last.
type artifactManifest struct {
	SchemaVersion int               `json:"schemaVersion"`
	MediaType     types.MediaType   `json:"mediaType"`
	ArtifactType  string            `json:"artifactType,omitempty"`
	Config        v1.Descriptor     `json:"config"`
	Layers        []v1.Descriptor   `json:"layers"`
	Subject       *v1.Descriptor    `json:"subject,omitempty"`
	Annotations   map[string]string `json:"annotations,omitempty"`
}

func (a Artifact) manifest(subject v1.Descriptor, configType types.MediaType, config []byte) (raw, rawConfig []byte, err error) {
	if a.ArtifactType == "" {
		return nil, nil, errors.New("the artifact has no type")
	}
	manifest := artifactManifest{
		SchemaVersion: 2,
		MediaType:     types.OCIManifestSchema1,
		Config:        describe(configType, config),
		Subject:       &v1.Descriptor{MediaType: subject.MediaType, Digest: subject.Digest, Size: subject.Size},
		Layers:        make([]v1.Descriptor, 0, len(a.Blobs)),
		Annotations:   a.Annotations,
	}
	if configType == emptyConfigType {
		manifest.ArtifactType = a.ArtifactType
	}
	if len(a.Blobs) == 0 && configType == emptyConfigType {
		manifest.Layers = append(manifest.Layers, manifest.Config)
	}
	for _, blob := range a.Blobs {
		descriptor := describe(blob.MediaType, blob.Content)
		descriptor.Annotations = blob.Annotations
		manifest.Layers = append(manifest.Layers, descriptor)
	}
	raw, err = json.Marshal(manifest)
	return raw, config, err
}

// ArtifactTypeAnnotation names the type of an artifact that a registry would
// take as an image only.
const ArtifactTypeAnnotation = "io.github.packstage.artifact-type"

// asImage is the artifact in the clothes of an image: a registry that takes
// nothing else takes that.
func (a Artifact) asImage(subject v1.Descriptor) (raw, config []byte, err error) {
	diffIDs := make([]string, 0, len(a.Blobs))
	for _, blob := range a.Blobs {
		diffIDs = append(diffIDs, describe("", blob.Content).Digest.String())
	}
	config, err = json.Marshal(map[string]any{
		"architecture": "amd64", "os": "linux", "config": map[string]any{},
		"rootfs": map[string]any{"type": "layers", "diff_ids": diffIDs},
	})
	if err != nil {
		return nil, nil, err
	}
	dressed := a
	dressed.Annotations = map[string]string{ArtifactTypeAnnotation: a.ArtifactType}
	for key, value := range a.Annotations {
		dressed.Annotations[key] = value
	}
	return dressed.manifest(subject, types.OCIConfigJSON, config)
}

// Attach pushes an artifact as a referrer of the manifest that the reference
// means, which must be there. It returns the descriptor of the artifact's
// manifest, with its type. Attaching the same once more changes nothing.
//
// Where the registry does not keep lists of referrers, the index under the tag
// "sha256-<hex>" is extended (OCI distribution specification 1.1, "Pushing
// Manifests with Subject"); two who do that at the same time may lose one
// entry, as in that specification. A registry that refuses the type of the
// artifact gets it as an image, whose annotation [ArtifactTypeAnnotation] names
// the type.
func (c *Client) Attach(ctx context.Context, reference string, artifact Artifact) (v1.Descriptor, error) {
	c = c.WithoutMirrors() // what is read here is written back
	parsed, err := c.ParseReference(reference)
	if err != nil {
		return v1.Descriptor{}, err
	}
	subject, err := c.resolve(ctx, parsed)
	if err != nil {
		return v1.Descriptor{}, err
	}
	repository := parsed.Context()
	attached, noted, err := c.pushArtifact(ctx, repository, subject, artifact, artifact.Manifest)
	if isRefusedType(err) {
		refused := err
		attached, noted, err = c.pushArtifact(ctx, repository, subject, artifact, artifact.asImage)
		if err != nil {
			return v1.Descriptor{}, refused
		}
	}
	if err != nil {
		return v1.Descriptor{}, err
	}
	attached.ArtifactType, attached.Annotations = artifact.ArtifactType, artifact.Annotations
	if noted {
		return attached, nil
	}
	digest := repository.Digest(subject.Digest.String())
	// A registry may keep lists and not say so.
	listed, supported, err := c.listReferrers(ctx, digest, "")
	if err != nil || supported && slices.ContainsFunc(listed, func(one v1.Descriptor) bool { return one.Digest == attached.Digest }) {
		return attached, err
	}
	return attached, c.extendReferrersIndex(ctx, digest, attached)
}

// isRefusedType tells whether a registry may have refused the kind of manifest:
// some take images only, and say so in several ways.
func isRefusedType(err error) bool {
	var answer *answerError
	if !errors.As(err, &answer) {
		return false
	}
	switch answer.status {
	case http.StatusBadRequest, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity, http.StatusNotAcceptable:
		return true
	}
	return answer.is("MANIFEST_INVALID", "UNSUPPORTED")
}

// pushArtifact tells whether the registry noted the subject.
func (c *Client) pushArtifact(
	ctx context.Context, repository name.Repository, subject v1.Descriptor, artifact Artifact,
	form func(v1.Descriptor) (manifest, config []byte, err error),
) (v1.Descriptor, bool, error) {
	raw, config, err := form(subject)
	if err != nil {
		return v1.Descriptor{}, false, fmt.Errorf("attach to %s: %w", repository.Digest(subject.Digest.String()).Name(), err)
	}
	pushed := map[v1.Hash]bool{}
	for _, content := range append([][]byte{config}, contents(artifact)...) {
		blob := describe("", content)
		if pushed[blob.Digest] {
			continue
		}
		pushed[blob.Digest] = true
		if err := c.pushBlob(ctx, repository, blob, "", opener(content)); err != nil {
			return v1.Descriptor{}, false, err
		}
	}
	descriptor := describe(types.OCIManifestSchema1, raw)
	noted, err := c.pushManifest(ctx, repository.Digest(descriptor.Digest.String()), types.OCIManifestSchema1, raw)
	return descriptor, noted, err
}

func contents(artifact Artifact) [][]byte {
	var all [][]byte
	for _, blob := range artifact.Blobs {
		all = append(all, blob.Content)
	}
	return all
}

// extendReferrersIndex adds an entry to the index of the tag scheme.
func (c *Client) extendReferrersIndex(ctx context.Context, subject name.Digest, attached v1.Descriptor) error {
	index, err := c.referrersIndex(ctx, subject)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(index.Manifests, func(one v1.Descriptor) bool { return one.Digest == attached.Digest }) {
		return nil
	}
	index.Manifests = append(index.Manifests, attached)
	slices.SortFunc(index.Manifests, func(a, b v1.Descriptor) int { return strings.Compare(a.Digest.String(), b.Digest.String()) })
	raw, err := json.Marshal(index)
	if err != nil {
		return err
	}
	_, err = c.pushManifest(ctx, referrersTag(subject), types.OCIImageIndex, raw)
	return err
}

func describe(mediaType types.MediaType, content []byte) v1.Descriptor {
	sum := sha256.Sum256(content)
	return v1.Descriptor{
		MediaType: mediaType,
		Size:      int64(len(content)),
		Digest:    v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum[:])},
	}
}
