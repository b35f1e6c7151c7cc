package registryserver

import (
	"io"
	"net/http"
	"time"
)

// write puts content under a key.
func (s *Server) write(key string, content []byte) error {
	stage, err := s.options.Storage.Stage()
	if err != nil {
		return err
	}
	defer stage.Discard() //nolint:errcheck // what matters is the error before
	if _, err := stage.Write(content); err != nil {
		return err
	}
	return stage.Commit(key)
}

// read returns what is under a key that holds little.
func (s *Server) read(key string) ([]byte, error) {
	file, err := s.options.Storage.Open(key)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(file)
}

func (s *Server) exists(key string) (bool, error) {
	file, err := s.options.Storage.Open(key)
	if isNotExist(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, file.Close()
}

// serveContent answers GET and HEAD with what has the digest, ranges included.
func (s *Server) serveContent(w http.ResponseWriter, r *http.Request, digest, mediaType string) error {
	file, err := s.options.Storage.Open(contentKey(digest))
	if err != nil {
		return err
	}
	defer file.Close()
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Docker-Content-Digest", digest)
	w.Header().Set("Etag", `"`+digest+`"`)
	http.ServeContent(w, r, "", time.Time{}, file)
	return nil
}
