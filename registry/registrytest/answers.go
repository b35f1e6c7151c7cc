package registrytest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"
)

// refuse answers with an error as the distribution specification has it.
func (s *strike) refuse(status int, code, message, detail string) {
	s.note()
	writeProblem(s.w, status, code, message, detail)
}

func writeProblem(w http.ResponseWriter, status int, code, message, detail string) {
	type problem struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Detail  string `json:"detail,omitempty"`
	}
	raw, err := json.Marshal(map[string][]problem{"errors": {{code, message, detail}}})
	if err != nil {
		panic(err) // strings can be marshalled
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(raw) // a client that is gone is not missed
}

func (s *strike) retryAfter() time.Duration {
	if s.fault.RetryAfter > 0 {
		return s.fault.RetryAfter
	}
	return s.faults.options.RetryAfter
}

func seconds(duration time.Duration) string {
	return strconv.FormatInt(int64((duration+time.Second-1)/time.Second), 10)
}

func tooManyRequests(s *strike) {
	after := seconds(s.retryAfter())
	if s.fault.Kind == TooManyRequestsUntil {
		after = time.Now().Add(s.retryAfter() + time.Second - 1).UTC().Format(http.TimeFormat)
	}
	s.w.Header().Set("Retry-After", after)
	s.refuse(http.StatusTooManyRequests, "TOOMANYREQUESTS", "pull rate limit exceeded", "")
}

func internalError(s *strike) {
	s.note()
	s.w.Header().Set("Content-Type", "text/html")
	s.w.WriteHeader(http.StatusInternalServerError)
	_, _ = io.WriteString(s.w, "<html><body><h1>500</h1>Something is broken.</body></html>\n")
}

func unavailable(s *strike) {
	s.w.Header().Set("Retry-After", seconds(s.retryAfter()))
	s.refuse(http.StatusServiceUnavailable, "UNAVAILABLE", "the registry is being upgraded", "")
}

func cutConnection(s *strike) {
	s.note()
	s.abort()
}

func lostAnswer(s *strike) {
	s.record()
	s.note()
	s.abort()
}

func tooLarge(s *strike) {
	s.refuse(http.StatusRequestEntityTooLarge, "SIZE_INVALID", "the content is too large", "")
}

func rangeNotSatisfiable(s *strike) {
	s.refuse(http.StatusRequestedRangeNotSatisfiable, "RANGE_INVALID", "the range is not one of the content", "")
}

func expiredToken(s *strike) {
	s.note()
	s.r = s.r.Clone(s.r.Context())
	s.r.Header.Set("Authorization", "Bearer expired")
	s.pass()
}

func noReferrers(s *strike) {
	if s.asked.on == Referrers {
		s.refuse(http.StatusNotFound, "UNSUPPORTED", "there is nothing at this path", "")
		return
	}
	answer := s.record()
	if answer.header.Get("OCI-Subject") != "" {
		s.note()
		answer.header.Del("OCI-Subject")
	}
	answer.send(s)
}

// refusedManifest refuses what is not an image.
func refusedManifest(s *strike) {
	const most = 4 << 20
	raw, err := io.ReadAll(io.LimitReader(s.r.Body, most))
	if err != nil {
		writeProblem(s.w, http.StatusBadRequest, "MANIFEST_INVALID", "the body broke off", "")
		return
	}
	var manifest struct {
		ArtifactType string          `json:"artifactType"`
		Subject      json.RawMessage `json:"subject"`
		Config       struct {
			MediaType string `json:"mediaType"`
		} `json:"config"`
	}
	_ = json.Unmarshal(raw, &manifest) // what does not parse the registry refuses itself
	switch {
	case s.fault.Kind == RefusedSubject:
		if len(manifest.Subject) > 0 && string(manifest.Subject) != "null" {
			s.refuse(http.StatusBadRequest, "MANIFEST_INVALID", "manifest invalid", "unknown field: subject")
			return
		}
	case manifest.ArtifactType != "":
		s.refuse(http.StatusBadRequest, "MANIFEST_INVALID", "manifest invalid", "unknown media type: "+manifest.ArtifactType)
		return
	case manifest.Config.MediaType != "" && !isImageConfig(manifest.Config.MediaType):
		s.refuse(http.StatusBadRequest, "MANIFEST_INVALID", "manifest invalid", "unknown media type: "+manifest.Config.MediaType)
		return
	}
	s.r = s.r.Clone(s.r.Context())
	s.r.Body = io.NopCloser(bytes.NewReader(raw))
	s.pass()
}

func isImageConfig(mediaType string) bool {
	return mediaType == "application/vnd.oci.image.config.v1+json" || mediaType == "application/vnd.docker.container.image.v1+json"
}
