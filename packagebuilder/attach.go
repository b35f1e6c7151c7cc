package packagebuilder

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/registry"
)

// AttachSBOM attaches an SPDX document in JSON to an image in a registry, as a
// referrer; see [registry.Client.Attach]. What is no SPDX document in JSON is a
// [diagnostic.Diagnostics] with code AttachmentInvalid.
func AttachSBOM(ctx context.Context, client *registry.Client, reference string, document []byte) (v1.Descriptor, error) {
	var form struct {
		SPDXVersion string `json:"spdxVersion"`
	}
	if err := json.Unmarshal(document, &form); err != nil || !strings.HasPrefix(form.SPDXVersion, "SPDX-") {
		return v1.Descriptor{}, attachmentFault(reference, "this is no SPDX document in JSON: it has no spdxVersion")
	}
	return client.Attach(ctx, reference, artifact(SBOMType, document, nil))
}

// AttachProvenance attaches a statement of in-toto to an image in a registry, as
// a referrer; see [registry.Client.Attach]. The image must be a subject of the
// statement; otherwise, and where it is no statement, the error is a
// [diagnostic.Diagnostics] with code AttachmentInvalid.
func AttachProvenance(ctx context.Context, client *registry.Client, reference string, statement []byte) (v1.Descriptor, error) {
	var form provenanceStatement
	if err := json.Unmarshal(statement, &form); err != nil || !strings.HasPrefix(form.Type, "https://in-toto.io/Statement/") || form.PredicateType == "" {
		return v1.Descriptor{}, attachmentFault(reference, "this is no in-toto statement in JSON: it has no _type or no predicateType")
	}
	image, err := client.WithoutMirrors().Resolve(ctx, reference)
	if err != nil {
		return v1.Descriptor{}, err
	}
	about := false
	for _, subject := range form.Subject {
		about = about || subject.Digest[image.Digest.Algorithm] == image.Digest.Hex
	}
	if !about {
		return v1.Descriptor{}, attachmentFault(reference, fmt.Sprintf("the statement is not about the image, whose digest is %s", image.Digest))
	}
	// By digest: the tag may have moved since it was resolved.
	parsed, err := client.ParseReference(reference)
	if err != nil {
		return v1.Descriptor{}, err
	}
	return client.Attach(ctx, parsed.Context().Digest(image.Digest.String()).Name(),
		artifact(ProvenanceType, statement, map[string]string{predicateTypeAnnotation: form.PredicateType}))
}

func artifact(kind string, content []byte, annotations map[string]string) registry.Artifact {
	return registry.Artifact{
		ArtifactType: kind,
		Annotations:  annotations,
		Blobs:        []registry.ArtifactBlob{{MediaType: types.MediaType(kind), Annotations: annotations, Content: content}},
	}
}

func attachmentFault(reference, message string) error {
	return diagnostic.Diagnostics{{
		Code:     diagnostic.AttachmentInvalid,
		Position: diagnostic.Position{File: reference},
		Message:  message,
	}}
}

// repositoryOf is the repository of a reference, or the reference where it does
// not parse.
func repositoryOf(reference string) string {
	parsed, err := name.ParseReference(reference)
	if err != nil {
		return reference
	}
	return parsed.Context().Name()
}
