package registryserver

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/packstage/packstage/internal/lazyregexp"
)

// uploads are those under way, by their identifiers.
type uploads struct {
	mutex    sync.Mutex
	sessions map[string]*upload
}

// upload is one blob on its way in.
type upload struct {
	id, repository string
	lastUsed       time.Time // guarded by uploads.mutex

	mutex sync.Mutex // held while a request works on what follows
	stage Stage
	hash  hash.Hash
	size  int64
	over  bool
}

// add makes a session known. Where there are too many, it takes out the one that
// was idle for longest and returns it locked; one that a request works on is not
// idle.
func (u *uploads) add(session *upload, most int) (evicted *upload, err error) {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	if len(u.sessions) >= most {
		oldest := slices.SortedFunc(maps.Values(u.sessions), func(a, b *upload) int { return a.lastUsed.Compare(b.lastUsed) })
		i := slices.IndexFunc(oldest, func(candidate *upload) bool { return candidate.mutex.TryLock() })
		if i < 0 {
			return nil, &problem{http.StatusTooManyRequests, "TOOMANYREQUESTS", "too many uploads are under way"}
		}
		evicted = oldest[i]
		delete(u.sessions, evicted.id)
	}
	session.lastUsed = time.Now()
	u.sessions[session.id] = session
	return evicted, nil
}

func (u *uploads) get(repository, id string) (*upload, error) {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	session, ok := u.sessions[id]
	if !ok || session.repository != repository {
		return nil, unknownUpload()
	}
	session.lastUsed = time.Now()
	return session, nil
}

func (u *uploads) remove(id string) {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	delete(u.sessions, id)
}

// startUpload begins an upload, does all of it where the request has the blob,
// or mounts a blob of another repository.
func (s *Server) startUpload(w http.ResponseWriter, r *http.Request, repository, last string) error {
	if last != "" {
		return &problem{http.StatusMethodNotAllowed, "UNSUPPORTED", "uploads are started without an identifier"}
	}
	query := r.URL.Query()
	if mount := query.Get("mount"); mount != "" {
		mounted, err := s.canMount(mount, query.Get("from"))
		if err != nil {
			return err
		}
		if mounted {
			return s.blobCreated(w, repository, mount)
		}
	}
	stage, err := s.options.Storage.Stage()
	if err != nil {
		return err
	}
	session := &upload{id: rand.Text(), repository: repository, stage: stage, hash: sha256.New()}
	if query.Has("digest") {
		session.mutex.Lock()
		defer session.mutex.Unlock()
		return s.finish(w, r, session)
	}
	evicted, err := s.uploads.add(session, s.options.MaxUploads)
	if err != nil {
		return errors.Join(err, stage.Discard())
	}
	if evicted != nil {
		defer evicted.mutex.Unlock()
		evicted.over = true
		if err := evicted.stage.Discard(); err != nil {
			return err
		}
	}
	session.describe(w)
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// canMount reports whether the repository from has the blob. A name or digest
// that is malformed is one that nobody has.
func (s *Server) canMount(digest, from string) (bool, error) {
	if !isDigest(digest) || !isName(from) {
		return false, nil
	}
	return s.exists(blobKey(from, digest))
}

// describe sets the headers that tell where an upload stands.
func (u *upload) describe(w http.ResponseWriter) {
	w.Header().Set("Location", "/v2/"+u.repository+"/blobs/uploads/"+u.id)
	w.Header().Set("Docker-Upload-UUID", u.id)
	// The range is inclusive; an empty one cannot be said.
	w.Header().Set("Range", fmt.Sprintf("0-%d", max(0, u.size-1)))
}

// locked returns an upload for a request to work on.
func (s *Server) locked(repository, id string) (*upload, error) {
	session, err := s.uploads.get(repository, id)
	if err != nil {
		return nil, err
	}
	session.mutex.Lock()
	if session.over {
		session.mutex.Unlock()
		return nil, unknownUpload()
	}
	return session, nil
}

func (s *Server) uploadStatus(w http.ResponseWriter, _ *http.Request, repository, id string) error {
	session, err := s.locked(repository, id)
	if err != nil {
		return err
	}
	defer session.mutex.Unlock()
	session.describe(w)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) patchUpload(w http.ResponseWriter, r *http.Request, repository, id string) error {
	session, err := s.locked(repository, id)
	if err != nil {
		return err
	}
	defer session.mutex.Unlock()
	if err := s.receive(w, r, session); err != nil {
		return err
	}
	session.describe(w)
	w.WriteHeader(http.StatusAccepted)
	return nil
}

func (s *Server) finishUpload(w http.ResponseWriter, r *http.Request, repository, id string) error {
	session, err := s.locked(repository, id)
	if err != nil {
		return err
	}
	defer session.mutex.Unlock()
	return s.finish(w, r, session)
}

func (s *Server) cancelUpload(w http.ResponseWriter, _ *http.Request, repository, id string) error {
	session, err := s.locked(repository, id)
	if err != nil {
		return err
	}
	defer session.mutex.Unlock()
	if err := s.drop(session); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// finish takes the last piece, if there is one, and names the blob if its digest
// is the one that the client says.
func (s *Server) finish(w http.ResponseWriter, r *http.Request, session *upload) error {
	digest := r.URL.Query().Get("digest")
	if !isDigest(digest) {
		return errors.Join(invalidDigest("the digest is missing, malformed or not sha256"), s.drop(session))
	}
	if err := s.receive(w, r, session); err != nil {
		return err
	}
	if got := "sha256:" + hex.EncodeToString(session.hash.Sum(nil)); got != digest {
		return errors.Join(invalidDigest("the bytes have the digest "+got), s.drop(session))
	}
	if err := session.stage.Commit(contentKey(digest)); err != nil {
		return errors.Join(err, s.drop(session))
	}
	session.over = true
	s.uploads.remove(session.id)
	return s.blobCreated(w, session.repository, digest)
}

func (s *Server) drop(session *upload) error {
	session.over = true
	s.uploads.remove(session.id)
	return session.stage.Discard()
}

var contentRange = lazyregexp.New(`^([0-9]{1,18})-([0-9]{1,18})$`)

// receive appends the body of a request. A piece that does not begin where the
// last one ended is refused and changes nothing; a body that breaks off leaves
// what came, so that the client can ask how far it is and go on from there.
func (s *Server) receive(w http.ResponseWriter, r *http.Request, session *upload) error {
	if stated := r.Header.Get("Content-Range"); stated != "" {
		parts := contentRange().FindStringSubmatch(stated)
		if parts == nil {
			return outOfOrder(w, session)
		}
		start, _ := strconv.ParseInt(parts[1], 10, 64)
		end, _ := strconv.ParseInt(parts[2], 10, 64)
		if start != session.size || end < start || r.ContentLength >= 0 && r.ContentLength != end-start+1 {
			return outOfOrder(w, session)
		}
	}
	room := s.options.MaxBlobBytes - session.size
	tooMuch := tooLarge(fmt.Sprintf("blobs of more than %d bytes are not accepted", s.options.MaxBlobBytes))
	if r.ContentLength > room {
		return errors.Join(tooMuch, s.drop(session))
	}
	sink := io.MultiWriter(session.stage, session.hash)
	count, err := io.Copy(sink, http.MaxBytesReader(w, r.Body, room))
	session.size += count
	var exceeded *http.MaxBytesError
	switch {
	case errors.As(err, &exceeded):
		return errors.Join(tooMuch, s.drop(session))
	case err != nil && r.Context().Err() == nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return errors.Join(err, s.drop(session))
	case err != nil:
		return &problem{http.StatusBadRequest, "BLOB_UPLOAD_INVALID", "the body broke off"}
	}
	return nil
}

func outOfOrder(w http.ResponseWriter, session *upload) error {
	session.describe(w)
	return &problem{http.StatusRequestedRangeNotSatisfiable, "BLOB_UPLOAD_INVALID", "the piece does not begin where the last one ended"}
}
