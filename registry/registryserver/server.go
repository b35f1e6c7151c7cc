package registryserver

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
)

// Options says how a [Server] works. The zero value keeps everything in memory.
type Options struct {
	// Storage keeps the content. Nil is a new [Memory].
	Storage Storage
	// MaxBlobBytes bounds one blob. Default 1 GiB.
	MaxBlobBytes int64
	// MaxManifestBytes bounds one manifest. Default 4 MiB, what the
	// specification asks every registry to take.
	MaxManifestBytes int64
	// MaxUploads is the number of uploads that can be under way; the one that
	// was idle for longest makes room for a new one. Default 256.
	MaxUploads int
	// ReadOnly refuses everything that would change the content.
	ReadOnly bool
	// Failed is told of errors of the storage, which clients are not told of.
	// It may be called concurrently.
	Failed func(*http.Request, error)
}

// Server is a registry: an [http.Handler] for all paths below /v2/. It is safe
// for concurrent use.
type Server struct {
	options Options
	uploads uploads
	// changes keeps changes of manifests, tags and referrers apart.
	changes sync.Mutex
}

// New returns a registry.
func New(options Options) *Server {
	if options.Storage == nil {
		options.Storage = NewMemory()
	}
	if options.MaxBlobBytes <= 0 {
		options.MaxBlobBytes = 1 << 30
	}
	if options.MaxManifestBytes <= 0 {
		options.MaxManifestBytes = 4 << 20
	}
	if options.MaxUploads <= 0 {
		options.MaxUploads = 256
	}
	return &Server{options: options, uploads: uploads{sessions: map[string]*upload{}}}
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Docker-Distribution-API-Version", "registry/2.0")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if err := s.serve(w, r); err != nil {
		var known *problem
		if !errors.As(err, &known) && s.options.Failed != nil {
			s.options.Failed(r, err)
		}
		writeError(w, err)
	}
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) error {
	if s.options.ReadOnly && r.Method != http.MethodGet && r.Method != http.MethodHead {
		return &problem{http.StatusForbidden, "DENIED", "this registry can only be read"}
	}
	path, ok := strings.CutPrefix(r.URL.Path, "/v2")
	if ok && (path == "" || path == "/") {
		w.Header().Set("Content-Type", "application/json")
		_, err := io.WriteString(w, "{}")
		return err
	}
	parts := pathExpression().FindStringSubmatch(strings.TrimPrefix(path, "/"))
	if !ok || parts == nil {
		return &problem{http.StatusNotFound, "UNSUPPORTED", "there is nothing at this path"}
	}
	repository, kind, last := parts[1], parts[2], parts[3]
	if !isName(repository) {
		return &problem{http.StatusBadRequest, "NAME_INVALID", "the name of the repository is malformed"}
	}
	handlers := map[string]map[string]func(http.ResponseWriter, *http.Request, string, string) error{
		"blobs":         {http.MethodGet: s.getBlob, http.MethodHead: s.getBlob, http.MethodDelete: s.deleteBlob},
		"blobs/uploads": {http.MethodPost: s.startUpload, http.MethodGet: s.uploadStatus, http.MethodPatch: s.patchUpload, http.MethodPut: s.finishUpload, http.MethodDelete: s.cancelUpload},
		"manifests":     {http.MethodGet: s.getManifest, http.MethodHead: s.getManifest, http.MethodPut: s.putManifest, http.MethodDelete: s.deleteManifest},
		"tags":          {http.MethodGet: s.listTags},
		"referrers":     {http.MethodGet: s.listReferrers},
	}
	handler, ok := handlers[kind][r.Method]
	if !ok {
		return &problem{http.StatusMethodNotAllowed, "UNSUPPORTED", "this method is not supported here"}
	}
	return handler(w, r, repository, last)
}
