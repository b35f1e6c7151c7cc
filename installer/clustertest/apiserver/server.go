package apiserver

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/installer/cluster"
)

// Options are options of [New]. The zero value serves what the cluster lists.
type Options struct {
	// Kinds are served beside those that [cluster.Discoverer.Kinds] returns: further
	// versions, and kinds that can only be created. Those that the cluster does not
	// know are left out.
	Kinds []schema.GroupVersionKind
}

// Server is an [http.Handler] that serves a cluster. It is safe for concurrent use.
type Server struct {
	cluster cluster.Cluster
	kinds   []schema.GroupVersionKind
}

// New returns a server of the cluster.
func New(served cluster.Cluster, options Options) *Server {
	return &Server{cluster: served, kinds: append(options.Kinds, createOnly...)}
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, status, err := s.serve(r)
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, status, answer)
}

// serve routes a request by its path: /api/VERSION/…, /apis/GROUP/VERSION/…
func (s *Server) serve(r *http.Request) (answer any, status int, err error) {
	path := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	var version schema.GroupVersion
	switch {
	case path[0] == "version" && len(path) == 1:
		answer, err = s.version(r)
		return answer, http.StatusOK, err
	case path[0] == "api" && len(path) == 1:
		return coreVersions(), http.StatusOK, nil
	case path[0] == "apis" && len(path) == 1:
		answer, err = s.groups(r)
		return answer, http.StatusOK, err
	case path[0] == "api":
		version, path = schema.GroupVersion{Version: path[1]}, path[2:]
	case path[0] == "apis" && len(path) > 2:
		version, path = schema.GroupVersion{Group: path[1], Version: path[2]}, path[3:]
	default:
		return nil, 0, errNoSuchPath
	}
	if len(path) == 0 {
		answer, err = s.resources(r, version)
		return answer, http.StatusOK, err
	}
	asked, err := s.request(r, version, path)
	if err != nil {
		return nil, 0, err
	}
	return asked.do(r)
}

// request finds out what the rest of a path means: RESOURCE[/NAME] or
// namespaces/NAMESPACE/RESOURCE[/NAME].
func (s *Server) request(r *http.Request, version schema.GroupVersion, path []string) (*objectRequest, error) {
	asked := &objectRequest{cluster: s.cluster}
	if path[0] == "namespaces" && len(path) > 2 {
		asked.namespace, path = path[1], path[2:]
	}
	kinds, err := s.served(r)
	if err != nil {
		return nil, err
	}
	for _, kind := range kinds {
		if kind.GroupVersion() == version && kind.Resource == path[0] {
			asked.kind = kind
		}
	}
	if asked.kind.Kind == "" || len(path) > 2 || asked.namespace != "" && !asked.kind.Namespaced {
		return nil, errNoSuchPath
	}
	if len(path) == 2 {
		asked.name = path[1]
	}
	return asked, nil
}

// errNoSuchPath is a path that is not served.
var errNoSuchPath = errors.New("404 page not found")

func writeJSON(w http.ResponseWriter, status int, answer any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer) // an error is that the client has gone
}
