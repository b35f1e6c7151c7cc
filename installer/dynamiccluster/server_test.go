package dynamiccluster_test

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"

	"github.com/packstage/packstage/installer/dynamiccluster"
)

var (
	configMap  = schema.GroupVersionKind{Version: "v1", Kind: "ConfigMap"}
	namespace  = schema.GroupVersionKind{Version: "v1", Kind: "Namespace"}
	deployment = schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "Deployment"}
	widget     = schema.GroupVersionKind{Group: "example.com", Version: "v1", Kind: "Widget"}
)

// request is what a server was asked.
type request struct {
	method, path, query, body string
	header                    http.Header
	protocol                  string
}

func (r request) String() string {
	if r.query == "" {
		return r.method + " " + r.path
	}
	return r.method + " " + r.path + "?" + r.query
}

// server answers by path, and says 404 in words of HTTP to everything else, as an
// API server does.
type server struct {
	*httptest.Server
	mutex    sync.Mutex
	answers  map[string]http.HandlerFunc
	requests []request
}

// newServer starts a server that knows two versions of groups.
func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{answers: map[string]http.HandlerFunc{
		"/api/v1": answer(http.StatusOK, `{"kind":"APIResourceList","groupVersion":"v1","resources":[
			{"name":"configmaps","namespaced":true,"kind":"ConfigMap","verbs":["list","get","delete","create"]},
			{"name":"configmaps/status","namespaced":true,"kind":"ConfigMap","verbs":["get"]},
			{"name":"namespaces","namespaced":false,"kind":"Namespace","verbs":["get"]}]}`),
		"/apis/apps/v1": answer(http.StatusOK, `{"kind":"APIResourceList","groupVersion":"apps/v1","resources":[
			{"name":"deployments/scale","namespaced":true,"group":"autoscaling","version":"v1","kind":"Scale","verbs":["get"]},
			{"name":"deployments","namespaced":true,"kind":"Deployment","verbs":["get"]}]}`),
	}}
	s.Server = httptest.NewUnstartedServer(s)
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	s.mutex.Lock()
	s.requests = append(s.requests, request{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, string(body), r.Header, r.Proto})
	handler := s.answers[r.URL.EscapedPath()]
	s.mutex.Unlock()
	if handler == nil {
		handler = http.NotFound
	}
	handler(w, r)
}

func (s *server) set(path string, handler http.HandlerFunc) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.answers[path] = handler
}

// asked returns the requests so far, without those for what versions serve.
func (s *server) asked() []request {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return slices.DeleteFunc(slices.Clone(s.requests), func(r request) bool {
		return r.path == "/api/v1" || r.path == "/apis/apps/v1" || r.path == "/apis/example.com/v1"
	})
}

// count returns how often a path was asked for.
func (s *server) count(path string) int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	count := 0
	for _, r := range s.requests {
		if r.path == path {
			count++
		}
	}
	return count
}

func (s *server) config() *rest.Config {
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	return &rest.Config{Host: s.URL, TLSClientConfig: rest.TLSClientConfig{CAData: certificate}}
}

func (s *server) cluster(t *testing.T) *dynamiccluster.Cluster {
	t.Helper()
	c, err := dynamiccluster.New(s.config())
	require.NoError(t, err)
	return c
}

func answer(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

// status is an error as API servers answer it.
func status(code int, reason, message string) http.HandlerFunc {
	return answer(code, fmt.Sprintf(`{"kind":"Status","apiVersion":"v1","status":"Failure","code":%d,"reason":%q,"message":%q}`, code, reason, message))
}

func object(t *testing.T, content string) *unstructured.Unstructured {
	t.Helper()
	o := &unstructured.Unstructured{}
	require.NoError(t, json.Unmarshal([]byte(content), &o.Object))
	return o
}
