package cli

import "sync"

// serverWarnings prints what an API server warns of, each text once. What kubectl
// does not show, this does not.
type serverWarnings struct {
	p     *program
	mutex sync.Mutex
	said  map[string]bool
}

// miscellaneousWarning is the code of warnings that are for people (RFC 7234).
const miscellaneousWarning = 299

// HandleWarningHeader implements rest.WarningHandler.
func (s *serverWarnings) HandleWarningHeader(code int, _ string, text string) {
	if code != miscellaneousWarning || text == "" {
		return
	}
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
