package registrytest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// ElsewhereRequest is a request that came to the other host.
type ElsewhereRequest struct {
	Method string
	// Path without the query.
	Path   string
	Header http.Header
}

// elsewhere is the other host.
type elsewhere struct {
	mutex    sync.Mutex
	server   *httptest.Server
	stopped  bool
	requests []ElsewhereRequest
}

func (e *elsewhere) stop() {
	e.mutex.Lock()
	server := e.server
	e.stopped = true
	e.mutex.Unlock()
	if server != nil {
		server.Close()
	}
}

// Elsewhere returns the requests that came to the other host, in the order of
// their arrival. None of them should have a header that is for the registry.
func (f *Faults) Elsewhere() []ElsewhereRequest {
	f.elsewhere.mutex.Lock()
	defer f.elsewhere.mutex.Unlock()
	return slices.Clone(f.elsewhere.requests)
}

// ServeElsewhere answers at the other host: it notes the request and has
// [FaultOptions.Storage] answer.
func (f *Faults) ServeElsewhere(w http.ResponseWriter, r *http.Request) {
	f.elsewhere.mutex.Lock()
	f.elsewhere.requests = append(f.elsewhere.requests, ElsewhereRequest{Method: r.Method, Path: r.URL.Path, Header: r.Header.Clone()})
	f.elsewhere.mutex.Unlock()
	f.options.Storage.ServeHTTP(w, r)
}

// ElsewhereHost returns the other host, with its port. It starts the server where
// there is none yet; after Close it is a host that nobody answers at.
func (f *Faults) ElsewhereHost() string {
	if f.options.Elsewhere != "" {
		return f.options.Elsewhere
	}
	f.elsewhere.mutex.Lock()
	defer f.elsewhere.mutex.Unlock()
	if f.elsewhere.server == nil {
		if f.elsewhere.stopped {
			return "127.0.0.1:1"
		}
		server := httptest.NewUnstartedServer(http.HandlerFunc(f.ServeElsewhere))
		server.Config.ErrorLog = silent()
		if f.options.TLS != nil {
			server.TLS = f.options.TLS.Clone()
			server.StartTLS()
		} else {
			server.Start()
		}
		f.elsewhere.server = server
	}
	_, host, _ := strings.Cut(f.elsewhere.server.URL, "://")
	return host
}

// abroad is an address at the other host.
func (f *Faults) abroad(at *url.URL) string {
	there := url.URL{Scheme: "http", Host: f.ElsewhereHost(), Path: at.Path, RawQuery: at.RawQuery}
	if f.options.TLS != nil {
		there.Scheme = "https"
	}
	return there.String()
}

func redirectedBlob(s *strike) {
	s.note()
	s.w.Header().Set("Location", s.faults.abroad(s.r.URL))
	s.w.WriteHeader(http.StatusTemporaryRedirect)
}

func redirectLoop(s *strike) {
	s.note()
	s.w.Header().Set("Location", s.r.URL.RequestURI())
	s.w.WriteHeader(http.StatusTemporaryRedirect)
}

func foreignUpload(s *strike) {
	answer := s.record()
	location, err := url.Parse(answer.header.Get("Location"))
	if answer.status == http.StatusAccepted && err == nil {
		s.note()
		answer.header.Set("Location", s.faults.abroad(location))
	}
	answer.send(s)
}

// brokenLink gives a list a next page, broken in one of several ways.
func brokenLink(s *strike) {
	s.spoil(func(answer *recorded) {
		next := *s.r.URL
		link := fmt.Sprintf(`<%s>; rel="next"`, next.RequestURI())
		switch s.fault.Kind {
		case ForeignLink:
			link = fmt.Sprintf(`<%s>; rel="next"`, s.faults.abroad(&next))
		case UnclosedLink:
			link = fmt.Sprintf(`<%s; rel="next"`, next.RequestURI())
		}
		answer.header.Set("Link", link)
		answer.send(s)
	})
}

// emptyPages answers with a list of nothing and says that there is more.
func emptyPages(s *strike) {
	s.spoil(func(answer *recorded) {
		var list map[string]json.RawMessage
		if err := json.Unmarshal(answer.body, &list); err == nil {
			for _, field := range []string{"tags", "manifests"} {
				if _, ok := list[field]; ok {
					list[field] = json.RawMessage("[]")
				}
			}
			if raw, err := json.Marshal(list); err == nil {
				answer.body = raw
			}
		}
		next := *s.r.URL
		query := next.Query()
		query.Set("page", strconv.Itoa(s.asked.number+1))
		next.RawQuery = query.Encode()
		answer.header.Set("Link", fmt.Sprintf(`<%s>; rel="next"`, next.RequestURI()))
		answer.send(s)
	})
}
