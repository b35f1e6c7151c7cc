package registryserver

import "net/http"

func (s *Server) getBlob(w http.ResponseWriter, r *http.Request, repository, digest string) error {
	if err := s.checkBlob(repository, digest); err != nil {
		return err
	}
	return s.serveContent(w, r, digest, "application/octet-stream")
}

func (s *Server) deleteBlob(w http.ResponseWriter, _ *http.Request, repository, digest string) error {
	if err := s.checkBlob(repository, digest); err != nil {
		return err
	}
	if err := s.options.Storage.Delete(blobKey(repository, digest)); err != nil {
		return err
	}
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// checkBlob returns an error where a repository does not have a blob.
func (s *Server) checkBlob(repository, digest string) error {
	if !isDigest(digest) {
		return invalidDigest("the digest is malformed or not sha256")
	}
	known, err := s.exists(blobKey(repository, digest))
	if err == nil && !known {
		return unknownBlob(digest)
	}
	return err
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
