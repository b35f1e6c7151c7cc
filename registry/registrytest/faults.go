package registrytest

import (
	"cmp"
	"crypto/tls"
	"fmt"
	"hash/fnv"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"time"
)

// FaultOptions says what goes wrong.
type FaultOptions struct {
	// Faults are faults of requests that are known before. They come before those
	// that are drawn, the first that fits before the others.
	Faults []Fault
	// Rate is the part of the requests that get a fault that is drawn, from 0,
	// which is none, to 1. A quirk, such as [NoReferrers], is had by this part of
	// all seeds.
	Rate float64
	// Seed is what is drawn from.
	Seed uint64
	// Kinds are those that are drawn. Empty is all.
	Kinds []Kind
	// RetryAfter is what a registry asks to wait for where the fault does not
	// say. It is rounded up to a second in what is sent.
	RetryAfter time.Duration
	// Stall bounds how long an answer stalls. Default 10 seconds.
	Stall time.Duration
	// Pause is that between two pieces of a slow body. Default 5 ms.
	Pause time.Duration
	// Elsewhere is the other host, where the caller serves
	// [Faults.ServeElsewhere]. Empty is a server on this machine that is started
	// when it is needed, with TLS where there is a configuration for it.
	Elsewhere string
	// TLS is the configuration for the server of the other host. With Elsewhere,
	// any says that the host has TLS. Nil is plain HTTP.
	TLS *tls.Config
	// Storage answers at the other host. Nil is the registry behind.
	Storage http.Handler
}

// Fault is one fault of a registry. Its empty fields fit every request that the
// kind can strike.
type Fault struct {
	Kind Kind
	// Method of the request.
	Method string
	// On is what the request is about.
	On Target
	// Repository without the host.
	Repository string
	// Reference is the tag or digest.
	Reference string
	// Nth counts the requests with the same method and path, from 1: the second
	// GET of each blob has 2. 0 is all of them.
	Nth int
	// At is the place in the body, from 0; after its end it is its end. It is
	// drawn for a fault that is.
	At int64
	// RetryAfter is what a registry asks to wait for.
	RetryAfter time.Duration
}

func (f Fault) fits(a *asked) bool {
	return (f.Method == "" || f.Method == a.method) && (f.On == "" || f.On == a.on) &&
		(f.Repository == "" || f.Repository == a.repository) && (f.Reference == "" || f.Reference == a.reference) &&
		(f.Nth == 0 || f.Nth == a.number)
}

// Injected is a fault that was there for a request.
type Injected struct {
	Kind   Kind
	Method string
	// Path without the query; the identifier of an upload is "*", and its digest
	// follows after "?".
	Path string
	// Nth request of this method and path, from 1.
	Nth int
}

func (i Injected) String() string {
	return fmt.Sprintf("%s %s #%d: %s", i.Method, i.Path, i.Nth, i.Kind)
}

// Faults is a registry that goes wrong on purpose. It is safe for concurrent
// use.
type Faults struct {
	inner   http.Handler
	options FaultOptions
	kinds   []Kind // drawn for each request
	quirks  []Kind // that this seed has

	mutex    sync.Mutex
	counts   map[string]int
	injected []Injected
	// moved manifests by "repository:tag" and "repository@digest".
	moved map[string]movedManifest

	closed    chan struct{}
	close     sync.Once
	elsewhere elsewhere
}

// NewFaults puts faults in front of a registry. An unknown kind is a panic: it
// is a constant of the test's. [Faults.Close] ends what it may have started.
func NewFaults(handler http.Handler, options FaultOptions) *Faults {
	if len(options.Kinds) == 0 {
		options.Kinds = Kinds()
	}
	if options.Stall <= 0 {
		options.Stall = 10 * time.Second
	}
	if options.Pause <= 0 {
		options.Pause = 5 * time.Millisecond
	}
	if options.Storage == nil {
		options.Storage = handler
	}
	faults := &Faults{
		inner: handler, options: options,
		counts: map[string]int{}, moved: map[string]movedManifest{}, closed: make(chan struct{}),
	}
	for _, fault := range options.Faults {
		mustKnow(fault.Kind)
	}
	for _, kind := range slices.Sorted(slices.Values(options.Kinds)) {
		mustKnow(kind)
		if !behaviours[kind].quirk {
			faults.kinds = append(faults.kinds, kind)
		} else if faults.draw(string(kind)).Float64() < options.Rate {
			faults.quirks = append(faults.quirks, kind)
		}
	}
	return faults
}

func mustKnow(kind Kind) {
	if _, ok := behaviours[kind]; !ok {
		panic(fmt.Sprintf("registrytest: there is no fault %q", kind))
	}
}

// Close lets go of answers that stall, and stops the server of the other host.
// The server of the faults is closed after it, since that waits for answers.
func (f *Faults) Close() {
	f.close.Do(func() { close(f.closed) })
	f.elsewhere.stop()
}

// Injected returns the faults so far, sorted by path, method and number, so that
// two runs can be compared.
func (f *Faults) Injected() []Injected {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	injected := slices.Clone(f.injected)
	slices.SortFunc(injected, func(a, b Injected) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method), cmp.Compare(a.Nth, b.Nth), cmp.Compare(a.Kind, b.Kind))
	})
	return injected
}

// draw returns what chance is for something.
func (f *Faults) draw(about string) *rand.Rand {
	hash := fnv.New64a()
	_, _ = io.WriteString(hash, about)
	return rand.New(rand.NewPCG(f.options.Seed, hash.Sum64())) //nolint:gosec // it has to be repeatable
}

// ServeHTTP answers a request, with the fault that is meant for it.
func (f *Faults) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	request := readRequest(r)
	f.mutex.Lock()
	key := request.method + " " + request.key()
	f.counts[key]++
	request.number = f.counts[key]
	f.mutex.Unlock()

	strike := &strike{faults: f, w: w, r: r, asked: request, handler: f.serveMoved}
	if fault := f.choose(request); fault != nil {
		strike.fault = *fault
		behaviours[fault.Kind].run(strike)
		return
	}
	strike.pass()
}

// choose returns the fault of a request, or nil.
func (f *Faults) choose(request *asked) *Fault {
	for _, fault := range f.options.Faults {
		if fault.fits(request) && behaviours[fault.Kind].to(request) {
			return &fault
		}
	}
	if f.options.Rate <= 0 {
		return nil
	}
	for _, quirk := range f.quirks {
		if behaviours[quirk].to(request) {
			return &Fault{Kind: quirk}
		}
	}
	chance := f.draw(fmt.Sprintf("%s %s %d", request.method, request.key(), request.number))
	if chance.Float64() >= f.options.Rate {
		return nil
	}
	var possible []Kind
	for _, kind := range f.kinds {
		if behaviours[kind].to(request) {
			possible = append(possible, kind)
		}
	}
	if len(possible) == 0 {
		return nil
	}
	// Places are drawn large and cut down to what there is, so that they do not
	// depend on the answer.
	return &Fault{Kind: possible[chance.IntN(len(possible))], At: -1 - chance.Int64N(1<<40)}
}

// strike is one request on its way to its fault.
type strike struct {
	faults  *Faults
	fault   Fault
	asked   *asked
	w       http.ResponseWriter
	r       *http.Request
	handler http.HandlerFunc // what is behind the fault
}

// note says that the fault is there. It comes before the answer, so that whoever
// has the answer finds it.
func (s *strike) note() {
	s.faults.mutex.Lock()
	defer s.faults.mutex.Unlock()
	s.faults.injected = append(s.faults.injected, Injected{
		Kind: s.fault.Kind, Method: s.asked.method, Path: s.asked.key(), Nth: s.asked.number,
	})
}

// pass has the registry answer.
func (s *strike) pass() { s.handler(s.w, s.r) }

// abort closes the connection.
func (s *strike) abort() { panic(http.ErrAbortHandler) }

// at is the place of the fault in a body.
func (s *strike) at(length int) int {
	if s.fault.At < 0 {
		return int(-1-s.fault.At) % max(length, 1)
	}
	return int(min(s.fault.At, int64(length)))
}

// record has the registry answer to a buffer.
func (s *strike) record() *recorded {
	recorder := httptest.NewRecorder()
	s.handler(recorder, s.r)
	return &recorded{status: recorder.Code, header: recorder.Header(), body: recorder.Body.Bytes()}
}

// silent is a log for servers whose handlers break off on purpose.
func silent() *log.Logger { return log.New(io.Discard, "", 0) }
