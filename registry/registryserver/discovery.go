package registryserver

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// listTags answers with the tags in lexical order, in pages where n is given.
func (s *Server) listTags(w http.ResponseWriter, r *http.Request, repository, last string) error {
	if last != "list" {
		return &problem{http.StatusNotFound, "UNSUPPORTED", "there is nothing at this path"}
	}
	keys, err := s.options.Storage.List(tagsFolder(repository))
	if err != nil {
		return err
	}
	if len(keys) == 0 {
		manifests, err := s.options.Storage.List(manifestsFolder(repository))
		if err != nil {
			return err
		}
		if len(manifests) == 0 {
			return unknownName(repository)
		}
	}
	tags := make([]string, 0, len(keys))
	for _, key := range keys {
		tags = append(tags, unescapeCase(key))
	}
	slices.Sort(tags)
	query := r.URL.Query()
	if after := query.Get("last"); after != "" {
		start, found := slices.BinarySearch(tags, after)
		if found {
			start++
		}
		tags = tags[start:]
	}
	if query.Has("n") {
		most, err := strconv.Atoi(query.Get("n"))
		if err != nil || most < 0 {
			return &problem{http.StatusBadRequest, "PAGINATION_NUMBER_INVALID", "n is not a number of tags"}
		}
		if most < len(tags) {
			tags = tags[:most]
			if most > 0 {
				next := url.Values{"n": {strconv.Itoa(most)}, "last": {tags[most-1]}}
				w.Header().Set("Link", `</v2/`+repository+`/tags/list?`+next.Encode()+`>; rel="next"`)
			}
		}
	}
	return writeJSON(w, "application/json", struct {
		Name string   `json:"name"`
		Tags []string `json:"tags"`
	}{repository, tags})
}

// addReferrer notes that a manifest has a subject.
func (s *Server) addReferrer(repository, manifestDigest, mediaType string, size int64, manifest *storedManifest) error {
	artifactType := manifest.ArtifactType
	if artifactType == "" && manifest.Config != nil {
		artifactType = manifest.Config.MediaType
	}
	raw, err := json.Marshal(ocispec.Descriptor{
		MediaType:    mediaType,
		Digest:       digest.Digest(manifestDigest),
		Size:         size,
		ArtifactType: artifactType,
		Annotations:  manifest.Annotations,
	})
	if err != nil {
		return err
	}
	return s.write(referrersFolder(repository, string(manifest.Subject.Digest))+"/"+hexOf(manifestDigest), raw)
}

// listReferrers answers with an index of the manifests that have the subject; of
// one that nobody has heard of there are none.
func (s *Server) listReferrers(w http.ResponseWriter, r *http.Request, repository, subject string) error {
	if !isDigest(subject) {
		return invalidDigest("the digest is malformed or not sha256")
	}
	folder := referrersFolder(repository, subject)
	keys, err := s.options.Storage.List(folder)
	if err != nil {
		return err
	}
	index := ocispec.Index{
		Versioned: specs.Versioned{SchemaVersion: 2},
		MediaType: ocispec.MediaTypeImageIndex,
		Manifests: []ocispec.Descriptor{},
	}
	filter := r.URL.Query().Get("artifactType")
	if filter != "" {
		w.Header().Set("OCI-Filters-Applied", "artifactType")
	}
	for _, key := range keys {
		raw, err := s.read(folder + "/" + key)
		if isNotExist(err) {
			continue // deleted a moment ago
		}
		if err != nil {
			return err
		}
		var descriptor ocispec.Descriptor
		if err := json.Unmarshal(raw, &descriptor); err != nil {
			return err
		}
		if filter == "" || descriptor.ArtifactType == filter {
			index.Manifests = append(index.Manifests, descriptor)
		}
	}
	return writeJSON(w, ocispec.MediaTypeImageIndex, index)
}

func writeJSON(w http.ResponseWriter, mediaType string, value any) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", mediaType)
	_, err = w.Write(raw)
	return err
}
