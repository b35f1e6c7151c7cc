package registryserver

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// storedManifest is what a registry has to understand of a manifest or index.
type storedManifest struct {
	MediaType    string               `json:"mediaType"`
	ArtifactType string               `json:"artifactType"`
	Config       *ocispec.Descriptor  `json:"config"`
	Layers       []ocispec.Descriptor `json:"layers"`
	Manifests    []ocispec.Descriptor `json:"manifests"`
	Subject      *ocispec.Descriptor  `json:"subject"`
	Annotations  map[string]string    `json:"annotations"`
}

func (s *Server) getManifest(w http.ResponseWriter, r *http.Request, repository, reference string) error {
	digest, err := s.resolve(repository, reference)
	if err != nil {
		return err
	}
	mediaType, err := s.read(manifestKey(repository, digest))
	if isNotExist(err) {
		return unknownManifest(reference)
	}
	if err != nil {
		return err
	}
	return s.serveContent(w, r, digest, string(mediaType))
}

// resolve makes a digest of a tag or digest. That there is a manifest of that
// digest is for the caller to see.
func (s *Server) resolve(repository, reference string) (string, error) {
	switch {
	case strings.Contains(reference, ":"):
		if !isDigest(reference) {
			return "", invalidDigest("the digest is malformed or not sha256")
		}
		return reference, nil
	case !isTag(reference):
		return "", &problem{http.StatusBadRequest, "TAG_INVALID", "the tag is malformed"}
	}
	digest, err := s.read(tagKey(repository, reference))
	if isNotExist(err) {
		return "", unknownManifest(reference)
	}
	return string(digest), err
}

func (s *Server) putManifest(w http.ResponseWriter, r *http.Request, repository, reference string) error {
	if !isDigest(reference) && !isTag(reference) {
		if strings.Contains(reference, ":") {
			return invalidDigest("the digest is malformed or not sha256")
		}
		return &problem{http.StatusBadRequest, "TAG_INVALID", "the tag is malformed"}
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.options.MaxManifestBytes))
	var exceeded *http.MaxBytesError
	switch {
	case errors.As(err, &exceeded):
		return tooLarge(fmt.Sprintf("manifests of more than %d bytes are not accepted", s.options.MaxManifestBytes))
	case err != nil:
		return invalidManifest("the body broke off")
	}
	sum := sha256.Sum256(raw)
	digest := "sha256:" + hex.EncodeToString(sum[:])
	if isDigest(reference) && reference != digest {
		return invalidDigest("the manifest has the digest " + digest)
	}
	mediaType, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	mediaType = strings.TrimSpace(mediaType)
	manifest, err := s.checkManifest(repository, mediaType, raw)
	if err != nil {
		return err
	}

	s.changes.Lock()
	defer s.changes.Unlock()
	// What is pointed at comes before what points at it.
	if err := s.write(contentKey(digest), raw); err != nil {
		return err
	}
	if err := s.write(manifestKey(repository, digest), []byte(mediaType)); err != nil {
		return err
	}
	if manifest.Subject != nil {
		if err := s.addReferrer(repository, digest, mediaType, int64(len(raw)), manifest); err != nil {
			return err
		}
		w.Header().Set("OCI-Subject", string(manifest.Subject.Digest))
	}
	if !isDigest(reference) {
		if err := s.write(tagKey(repository, reference), []byte(digest)); err != nil {
			return err
		}
	}
	w.Header().Set("Location", "/v2/"+repository+"/manifests/"+reference)
	w.Header().Set("Docker-Content-Digest", digest)
	w.WriteHeader(http.StatusCreated)
	return nil
}

// checkManifest parses a manifest and sees to it that the repository has what it
// points at. A subject may come later.
func (s *Server) checkManifest(repository, mediaType string, raw []byte) (*storedManifest, error) {
	var manifest storedManifest
	if err := json.Unmarshal(raw, &manifest); err != nil {
		return nil, invalidManifest("the manifest is not JSON of the expected form")
	}
	switch {
	case mediaType == "":
		return nil, invalidManifest("the request has no Content-Type")
	case manifest.MediaType != "" && manifest.MediaType != mediaType:
		return nil, invalidManifest("the manifest says that it is another media type than the request")
	case manifest.Subject != nil && !isDigest(string(manifest.Subject.Digest)):
		return nil, invalidManifest("the digest of the subject is malformed")
	}
	blobs := manifest.Layers
	if manifest.Config != nil {
		blobs = append([]ocispec.Descriptor{*manifest.Config}, blobs...)
	}
	for _, blob := range blobs {
		// Layers with addresses of their own are never pushed.
		if len(blob.URLs) > 0 {
			continue
		}
		if err := s.checkTarget(string(blob.Digest), blobKey(repository, string(blob.Digest))); err != nil {
			return nil, err
		}
	}
	for _, entry := range manifest.Manifests {
		if err := s.checkTarget(string(entry.Digest), manifestKey(repository, string(entry.Digest))); err != nil {
			return nil, err
		}
	}
	return &manifest, nil
}

func (s *Server) checkTarget(digest, key string) error {
	if !isDigest(digest) {
		return invalidManifest("the manifest has a digest that is malformed or not sha256")
	}
	known, err := s.exists(key)
	if err == nil && !known {
		return &problem{http.StatusNotFound, "MANIFEST_BLOB_UNKNOWN", "the manifest points at " + digest + ", which the repository does not have"}
	}
	return err
}

// deleteManifest takes away a tag, or a manifest with all tags that point at it.
func (s *Server) deleteManifest(w http.ResponseWriter, _ *http.Request, repository, reference string) error {
	s.changes.Lock()
	defer s.changes.Unlock()
	digest, err := s.resolve(repository, reference)
	if err != nil {
		return err
	}
	if !isDigest(reference) {
		if err := s.options.Storage.Delete(tagKey(repository, reference)); err != nil {
			return err
		}
		w.WriteHeader(http.StatusAccepted)
		return nil
	}
	known, err := s.exists(manifestKey(repository, digest))
	if err != nil {
		return err
	}
	if !known {
		return unknownManifest(reference)
	}
	if err := s.unlinkManifest(repository, digest); err != nil {
		return err
	}
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// unlinkManifest removes what points at a manifest before the manifest.
func (s *Server) unlinkManifest(repository, digest string) error {
	tags, err := s.options.Storage.List(tagsFolder(repository))
	if err != nil {
		return err
	}
	for _, tag := range tags {
		key := tagsFolder(repository) + "/" + tag
		target, err := s.read(key)
		if err != nil && !isNotExist(err) {
			return err
		}
		if string(target) == digest {
			if err := s.options.Storage.Delete(key); err != nil {
				return err
			}
		}
	}
	raw, err := s.read(contentKey(digest))
	if err != nil {
		return err
	}
	var manifest storedManifest
	if err := json.Unmarshal(raw, &manifest); err == nil && manifest.Subject != nil {
		key := referrersFolder(repository, string(manifest.Subject.Digest)) + "/" + hexOf(digest)
		if err := s.options.Storage.Delete(key); err != nil {
			return err
		}
	}
	return s.options.Storage.Delete(manifestKey(repository, digest))
}
