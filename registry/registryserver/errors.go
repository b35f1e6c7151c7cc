package registryserver

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
)

// problem is an answer that is an error; its codes are those of the
// specification.
type problem struct {
	status  int
	code    string
	message string
}

func (p *problem) Error() string { return p.code + ": " + p.message }

func unknownName(repository string) error {
	return &problem{http.StatusNotFound, "NAME_UNKNOWN", "there is no repository " + repository}
}

func unknownBlob(digest string) error {
	return &problem{http.StatusNotFound, "BLOB_UNKNOWN", "the repository has no blob " + digest}
}

func unknownManifest(reference string) error {
	return &problem{http.StatusNotFound, "MANIFEST_UNKNOWN", "the repository has no manifest " + reference}
}

func unknownUpload() error {
	return &problem{http.StatusNotFound, "BLOB_UPLOAD_UNKNOWN", "there is no such upload"}
}

func invalidDigest(message string) error {
	return &problem{http.StatusBadRequest, "DIGEST_INVALID", message}
}

func invalidManifest(message string) error {
	return &problem{http.StatusBadRequest, "MANIFEST_INVALID", message}
}

func tooLarge(message string) error {
	return &problem{http.StatusRequestEntityTooLarge, "SIZE_INVALID", message}
}

// writeError answers with an error. What is not the client's fault is told to
// it without details: those are about this machine.
func writeError(w http.ResponseWriter, err error) {
	var known *problem
	if !errors.As(err, &known) {
		known = &problem{http.StatusInternalServerError, "UNKNOWN", "the registry could not read or write its storage"}
	}
	type entry struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(known.status)
	// The client is gone where this fails.
	_ = json.NewEncoder(w).Encode(map[string][]entry{"errors": {{known.code, known.message}}})
}

func isNotExist(err error) bool { return errors.Is(err, fs.ErrNotExist) }
