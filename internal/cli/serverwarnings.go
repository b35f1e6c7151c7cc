package cli

import (
	"net/http"
	"sync"

	utilnet "k8s.io/apimachinery/pkg/util/net"
)

// serverWarnings prints what an API server warns of where something is written, or would
// be, each text once. What it warns of where something is read is about this program's
// way to look around, and not about the package.
type serverWarnings struct {
	p     *program
	inner http.RoundTripper
	mutex sync.Mutex
	said  map[string]bool
}

// miscellaneousWarning is the code of warnings that are for people (RFC 7234).
const miscellaneousWarning = 299

// RoundTrip implements http.RoundTripper.
func (s *serverWarnings) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := s.inner.RoundTrip(request)
	if err != nil || request.Method == http.MethodGet {
		return response, err
	}
	warnings, _ := utilnet.ParseWarningHeaders(response.Header["Warning"]) // malformed ones are left out
	for _, warning := range warnings {
		if warning.Code == miscellaneousWarning && warning.Text != "" {
			s.say(warning.Text)
		}
	}
	return response, nil
}

func (s *serverWarnings) say(text string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.said[text] {
		return
	}
	if s.said == nil {
		s.said = map[string]bool{}
	}
	s.said[text] = true
	s.p.aside("packstage: the API server warns: %s", text)
}
