package registrytest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// recorded is an answer of the registry behind.
type recorded struct {
	status int
	header http.Header
	body   []byte
}

// send answers with what was recorded.
func (a *recorded) send(s *strike) {
	a.begin(s, len(a.body))
	if len(a.body) > 0 && s.asked.method != http.MethodHead {
		_, _ = s.w.Write(a.body) // a client that is gone is not missed
	}
}

// begin sends the header, with a length if there is one.
func (a *recorded) begin(s *strike, length int) {
	for name, values := range a.header {
		s.w.Header()[name] = values
	}
	if length > 0 {
		s.w.Header().Set("Content-Length", strconv.Itoa(length))
	}
	s.w.WriteHeader(a.status)
}

// spoil records an answer with a body and changes how it is sent. An answer
// without one, such as that there is no such thing, is sent as it is.
func (s *strike) spoil(send func(*recorded)) {
	answer := s.record()
	if answer.status/100 != 2 || len(answer.body) == 0 {
		answer.send(s)
		return
	}
	s.note()
	send(answer)
}

func (s *strike) flush() {
	// A client that is gone, and a writer without buffer, are no trouble.
	_ = http.NewResponseController(s.w).Flush()
}

func cutBody(s *strike) {
	s.spoil(func(answer *recorded) {
		answer.begin(s, len(answer.body))
		_, _ = s.w.Write(answer.body[:min(s.at(len(answer.body)), len(answer.body)-1)])
		s.flush()
		s.abort()
	})
}

func stallBody(s *strike) {
	s.spoil(func(answer *recorded) {
		answer.begin(s, len(answer.body))
		_, _ = s.w.Write(answer.body[:min(s.at(len(answer.body)), len(answer.body)-1)])
		s.flush()
		s.wait(s.faults.options.Stall)
		s.abort()
	})
}

// wait waits, but not when nobody waits with it. It tells whether it was all of
// the time.
func (s *strike) wait(duration time.Duration) bool {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.r.Context().Done():
	case <-s.faults.closed:
	}
	return false
}

func slowBody(s *strike) {
	const pieces = 16
	s.spoil(func(answer *recorded) {
		answer.begin(s, len(answer.body))
		for rest := answer.body; len(rest) > 0; {
			size := min(len(answer.body)/pieces+1, len(rest))
			if _, err := s.w.Write(rest[:size]); err != nil {
				return
			}
			s.flush()
			if rest = rest[size:]; len(rest) > 0 && !s.wait(s.faults.options.Pause) {
				s.abort()
			}
		}
	})
}

func wrongBytes(s *strike) {
	s.spoil(func(answer *recorded) {
		answer.body = bytes.Clone(answer.body)
		answer.body[min(s.at(len(answer.body)), len(answer.body)-1)] ^= 0x01
		answer.send(s)
	})
}

func wrongLastByte(s *strike) {
	s.spoil(func(answer *recorded) {
		answer.body = bytes.Clone(answer.body)
		answer.body[len(answer.body)-1] ^= 0x01
		answer.send(s)
	})
}

func longContentLength(s *strike) {
	s.spoil(func(answer *recorded) {
		answer.begin(s, len(answer.body)+100)
		_, _ = s.w.Write(answer.body)
		s.flush()
		s.abort()
	})
}

// shortContentLength writes past the length that it says, which a
// [http.ResponseWriter] of HTTP/1 does not do.
func shortContentLength(s *strike) {
	s.spoil(func(answer *recorded) {
		connection, buffer, err := http.NewResponseController(s.w).Hijack()
		if err != nil {
			// HTTP/2 cuts the body itself.
			answer.begin(s, max(len(answer.body)/2, 1))
			_, _ = s.w.Write(answer.body[:max(len(answer.body)/2, 1)])
			return
		}
		defer connection.Close()
		header := answer.header.Clone()
		header.Set("Content-Length", strconv.Itoa(len(answer.body)/2))
		header.Set("Connection", "close")
		fmt.Fprintf(buffer, "HTTP/1.1 %d %s\r\n", answer.status, http.StatusText(answer.status))
		_ = header.Write(buffer)
		_, _ = buffer.WriteString("\r\n")
		_, _ = buffer.Write(answer.body)
		_ = buffer.Flush() // a client that is gone is not missed
	})
}

func truncatedManifest(s *strike) {
	s.spoil(func(answer *recorded) {
		answer.body = answer.body[:len(answer.body)/2]
		answer.send(s)
	})
}

func wrongDigestHeader(s *strike) {
	answer := s.record()
	if answer.status/100 == 2 {
		s.note()
		answer.header.Set("Docker-Content-Digest", digestOf([]byte("something else")))
	}
	answer.sendHead(s)
}

// sendHead is send for answers that may be to HEAD, whose length stays.
func (a *recorded) sendHead(s *strike) {
	if s.asked.method == http.MethodHead {
		a.begin(s, 0)
		return
	}
	a.send(s)
}

func ignoredRange(s *strike) {
	s.note()
	s.r = s.r.Clone(s.r.Context())
	s.r.Header.Del("Range")
	s.pass()
}

func wrongContentRange(s *strike) {
	s.spoil(func(answer *recorded) {
		var start, end, total int64
		stated := answer.header.Get("Content-Range")
		if _, err := fmt.Sscanf(stated, "bytes %d-%d/%d", &start, &end, &total); err == nil {
			answer.header.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", start+1, end+1, total))
		}
		answer.send(s)
	})
}

// movedManifest is what a tag means after it moved.
type movedManifest struct {
	mediaType string
	raw       []byte
}

func movedTag(s *strike) {
	get := s.r.Clone(s.r.Context())
	get.Method = http.MethodGet
	behind := &strike{faults: s.faults, r: get, asked: s.asked, handler: s.handler}
	answer := behind.record()
	if answer.status != http.StatusOK {
		s.pass()
		return
	}
	s.note()
	manifest := movedManifest{mediaType: answer.header.Get("Content-Type"), raw: append(bytes.Clone(answer.body), '\n')}
	s.faults.mutex.Lock()
	s.faults.moved[s.asked.repository+":"+s.asked.reference] = manifest
	s.faults.moved[s.asked.repository+"@"+digestOf(manifest.raw)] = manifest
	s.faults.mutex.Unlock()
	s.pass()
}

// serveMoved is the registry behind, with the manifests that tags moved to.
func (f *Faults) serveMoved(w http.ResponseWriter, r *http.Request) {
	request := readRequest(r)
	if request.on != Manifests {
		f.inner.ServeHTTP(w, r)
		return
	}
	separator := ":"
	if strings.Contains(request.reference, ":") {
		separator = "@"
	}
	key := request.repository + separator + request.reference
	f.mutex.Lock()
	manifest, ok := f.moved[key]
	if ok && !request.isRead() {
		delete(f.moved, key)
	}
	f.mutex.Unlock()
	if !ok || !request.isRead() {
		f.inner.ServeHTTP(w, r)
		return
	}
	// Whether this user may see it the registry says.
	answer := (&strike{r: r, handler: f.inner.ServeHTTP}).record()
	if answer.status == http.StatusUnauthorized || answer.status == http.StatusForbidden {
		answer.sendHead(&strike{w: w, asked: request})
		return
	}
	w.Header().Set("Content-Type", manifest.mediaType)
	w.Header().Set("Docker-Content-Digest", digestOf(manifest.raw))
	w.Header().Set("Content-Length", strconv.Itoa(len(manifest.raw)))
	if request.method != http.MethodHead {
		_, _ = w.Write(manifest.raw) // a client that is gone is not missed
	}
}

func digestOf(content []byte) string {
	sum := sha256.Sum256(content)
	return "sha256:" + hex.EncodeToString(sum[:])
}
