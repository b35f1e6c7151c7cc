package registryserver

import (
	"net/http"
)

func (s *Server) getBlob(w http.ResponseWriter, r *http.Request, repository, digest string) error {
	if !isDigest(digest) {
		return invalidDigest("the digest is malformed or not sha256")
	}
	known, err := s.exists(blobKey(repository, digest))
	if err != nil {
		return err
	}
	if !known {
		return unknownBlob(digest)
	}
	return s.serveContent(w, r, digest, "application/octet-stream")
}

func (s *Server) deleteBlob(w http.ResponseWriter, _ *http.Request, repository, digest string) error {
	if !isDigest(digest) {
		return invalidDigest("the digest is malformed or not sha256")
	}
	known, err := s.exists(blobKey(repository, digest))
	if err != nil {
		return err
	}
	if !known {
		return unknownBlob(digest)
	}
	if err := s.options.Storage.Delete(blobKey(repository, digest)); err != nil {
		return err
	}
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// blobCreated makes a blob one of the repository's and says where it is.
func (s *Server) blobCreated(w http.ResponseWriter, repository, digest string) error {
	if err := s.write(blobKey(repository, digest), nil); err != nil {
		return err
	}
	w.Header().Set("Location", "/v2/"+repository+"/blobs/"+digest)
	w.Header().Set("Docker-Content-Digest", digest)
	w.WriteHeader(http.StatusCreated)
	return nil
}
