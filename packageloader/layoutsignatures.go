package packageloader

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/verify"
)

// subject is what a verifier is told about the images of an archive. What a file
// says about its own repository is not passed on: whoever made the file wrote it.
func (a imageArchive) subject() verify.Subject {
	return verify.Subject{Reference: a.name, Signatures: archiveSignatures{a}}
}

// archiveSignatures finds signatures in an OCI image layout: by the reference names
// in its index, and by the subjects of the manifests there.
type archiveSignatures struct{ archive imageArchive }

// mostManifests bounds how many manifests are read to find those that refer to an
// image.
const mostManifests = 1000

func (s archiveSignatures) index() (*v1.IndexManifest, error) {
	raw, err := s.archive.readFile("index.json", registry.MaxManifestBytes)
	if err != nil {
		return nil, err
	}
	return parseIndex(s.archive.name, raw)
}

// Manifest implements [verify.SignatureSource].
func (s archiveSignatures) Manifest(ctx context.Context, tagOrDigest string) ([]byte, error) {
	index, err := s.index()
	if err != nil {
		return nil, err
	}
	for _, entry := range index.Manifests {
		name := entry.Annotations[refNameAnnotation]
		if entry.Digest.String() == tagOrDigest || name == tagOrDigest || strings.HasSuffix(name, ":"+tagOrDigest) {
			return s.archive.manifest(ctx, entry)
		}
	}
	if digest, err := v1.NewHash(tagOrDigest); err == nil {
		return s.unlisted(ctx, digest)
	}
	return nil, fmt.Errorf("%s in %s: %w", tagOrDigest, s.archive.name, fs.ErrNotExist)
}

// unlisted reads a manifest that only the index of a tag names.
func (s archiveSignatures) unlisted(ctx context.Context, digest v1.Hash) ([]byte, error) {
	file, err := s.archive.openFile("blobs/" + digest.Algorithm + "/" + digest.Hex)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	return s.archive.manifest(ctx, v1.Descriptor{Digest: digest, Size: info.Size()})
}

// Referrers implements [verify.SignatureSource]. Manifests with another subject are
// left out; those that do not read are, too: they are no signatures.
func (s archiveSignatures) Referrers(ctx context.Context, digest v1.Hash) ([]v1.Descriptor, error) {
	index, err := s.index()
	if err != nil {
		return nil, err
	}
	entries := index.Manifests
	fallback := digest.Algorithm + "-" + digest.Hex // the tag scheme of the distribution specification
	if raw, err := s.Manifest(ctx, fallback); err == nil {
		if listed, err := parseIndex(s.archive.name, raw); err == nil {
			entries = append(entries[:len(entries):len(entries)], listed.Manifests...)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		if _, ok := diagnostic.From(err); !ok {
			return nil, err
		}
	}
	var referrers []v1.Descriptor
	seen := map[v1.Hash]bool{}
	for _, entry := range entries {
		if seen[entry.Digest] || entry.MediaType != types.OCIManifestSchema1 {
			continue
		}
		if seen[entry.Digest] = true; len(seen) > mostManifests {
			break
		}
		raw, err := s.archive.manifest(ctx, entry)
		if err != nil {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			continue
		}
		if artifactType, annotations, ok := refersTo(raw, digest); ok {
			entry.ArtifactType, entry.Annotations = artifactType, annotations
			referrers = append(referrers, entry)
		}
	}
	return referrers, nil
}

// Blob implements [verify.SignatureSource].
func (s archiveSignatures) Blob(ctx context.Context, blob v1.Descriptor, limit int64) ([]byte, error) {
	if blob.Size < 0 || blob.Size > limit {
		return nil, imageFault(s.archive.name, diagnostic.ImageInvalid, "blob %s has %d bytes, at most %d are read", blob.Digest, blob.Size, limit)
	}
	return readBlob(ctx, storedBlob{
		image: s.archive.name, name: "blob " + blob.Digest.String(), size: blob.Size, digest: blob.Digest,
		open: func(context.Context) (io.ReadCloser, error) { return s.archive.openBlob(blob) },
	})
}

// refersTo tells whether a manifest has the subject, and what a registry would list
// about it.
func refersTo(raw []byte, digest v1.Hash) (artifactType string, annotations map[string]string, ok bool) {
	var manifest struct {
		ArtifactType string            `json:"artifactType"`
		Annotations  map[string]string `json:"annotations"`
		Config       struct {
			MediaType string `json:"mediaType"`
		} `json:"config"`
		Subject *v1.Descriptor `json:"subject"`
	}
	if err := json.Unmarshal(raw, &manifest); err != nil || manifest.Subject == nil || manifest.Subject.Digest != digest {
		return "", nil, false
	}
	if manifest.ArtifactType == "" {
		manifest.ArtifactType = manifest.Config.MediaType
	}
	return manifest.ArtifactType, manifest.Annotations, true
}
