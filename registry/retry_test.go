package registry_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/registryserver"
)

func TestRetries(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		failures int // before the registry answers
		answer   func(http.ResponseWriter)
		want     error
		requests int
	}{
		"503, then well":       {3, func(w http.ResponseWriter) { w.WriteHeader(http.StatusServiceUnavailable) }, nil, 4},
		"429, then well":       {1, tooMany("0"), nil, 2},
		"429 for good":         {100, tooMany("0"), registry.ErrTooManyRequests, 5},
		"500 for good":         {100, func(w http.ResponseWriter) { w.WriteHeader(http.StatusInternalServerError) }, registry.ErrUnavailable, 5},
		"429 for an hour":      {100, tooMany("3600"), registry.ErrTooManyRequests, 1},
		"429 until a date":     {100, tooMany(time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)), registry.ErrTooManyRequests, 1},
		"cut before an answer": {2, func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, nil, 3},
		"400 is final":         {100, func(w http.ResponseWriter) { w.WriteHeader(http.StatusBadRequest) }, registry.ErrRejected, 1},
		"403 is final":         {100, func(w http.ResponseWriter) { w.WriteHeader(http.StatusForbidden) }, registry.ErrForbidden, 1},
		"501 is final":         {100, func(w http.ResponseWriter) { w.WriteHeader(http.StatusNotImplemented) }, registry.ErrUnavailable, 1},
		"a body that breaks off": {2, func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, "half")
		}, nil, 3},
		"a digest of other bytes": {2, func(w http.ResponseWriter) {
			w.Header().Set("Docker-Content-Digest", "sha256:"+strings.Repeat("0", 64))
		}, nil, 3},
		"a digest of other bytes for good": {100, func(w http.ResponseWriter) {
			w.Header().Set("Docker-Content-Digest", "sha256:"+strings.Repeat("0", 64))
		}, registry.ErrProtocol, 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int64
			f := start(t, func(w http.ResponseWriter, r *http.Request) bool {
				if r.Method != http.MethodGet || requests.Add(1) > int64(test.failures) {
					return false
				}
				test.answer(w)
				return true
			})
			client := registry.NewClient(anonymous())
			_, err := client.Push(context.Background(), randomImage(t), f.Host+"/a:v1")
			require.NoError(t, err)
			begin := time.Now()
			_, err = client.Manifest(context.Background(), f.Host+"/a:v1")
			require.Less(t, time.Since(begin), time.Minute)
			require.EqualValues(t, test.requests, requests.Load())
			if test.want == nil {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, test.want)
			var known *registry.Error
			require.ErrorAs(t, err, &known)
			require.Equal(t, f.Host, known.Host)
			require.Contains(t, known.Reference, "/a:v1")
		})
	}
}

func tooMany(after string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.Header().Set("Retry-After", after)
		w.WriteHeader(http.StatusTooManyRequests)
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &script{answer: func(_ *http.Request, earlier string) (*http.Response, error) {
			if earlier == "" {
				return busyFor("1"), nil
			}
			return notFound(), nil
		}}
		options := anonymous()
		options.Transport = s
		began := time.Now()
		_, err := registry.NewClient(options).Resolve(t.Context(), "registry.test/a:v1")
		require.ErrorIs(t, err, registry.ErrNotFound)
		require.Equal(t, time.Second, time.Since(began))

		// Where the caller has less time than that, the answer comes at once.
		options.Transport = &script{answer: s.answer}
		ctx, cancel := context.WithTimeout(t.Context(), 900*time.Millisecond)
		defer cancel()
		began = time.Now()
		_, err = registry.NewClient(options).Resolve(ctx, "registry.test/a:v1")
		require.ErrorIs(t, err, registry.ErrTooManyRequests)
		require.Zero(t, time.Since(began))
	})
}

func busyFor(after string) *http.Response {
	answer := says(http.StatusTooManyRequests, "application/json")
	answer.Header.Set("Retry-After", after)
	return answer
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		options := anonymous()
		options.Transport = &script{answer: func(*http.Request, string) (*http.Response, error) { return busyFor("5"), nil }}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(30*time.Millisecond, cancel)
		began := time.Now()
		_, err := registry.NewClient(options).Resolve(ctx, "registry.test/a:v1")
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, 30*time.Millisecond, time.Since(began))
	})
}

// A blob comes in pieces when connections break, and each goes on where the last
// one ended.
func TestBlobsAreResumed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		// serve answers a request for the bytes from offset on.
		serve func(w http.ResponseWriter, content []byte, offset int)
		want  error
		whole bool // the bytes come in spite of all
	}{
		"each connection brings a third": {func(w http.ResponseWriter, content []byte, offset int) {
			partial(w, content, offset)
			_, _ = w.Write(content[offset:min(offset+len(content)/3+1, len(content))])
		}, nil, true},
		"ranges are ignored": {func(w http.ResponseWriter, content []byte, offset int) {
			w.Header().Set("Content-Length", strconv.Itoa(len(content)))
			if offset == 0 {
				content = content[:len(content)/2]
			}
			_, _ = w.Write(content)
		}, nil, true},
		"another range": {func(w http.ResponseWriter, content []byte, offset int) {
			if offset == 0 {
				partial(w, content, 0)
				_, _ = w.Write(content[:10])
				return
			}
			partial(w, content, 5)
			_, _ = w.Write(content[5:])
		}, registry.ErrProtocol, false},
		"nothing more": {func(w http.ResponseWriter, content []byte, offset int) {
			partial(w, content, offset)
			if offset == 0 {
				_, _ = w.Write(content[:10])
			}
		}, registry.ErrUnreachable, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			image := randomImage(t)
			manifest, err := image.Manifest()
			require.NoError(t, err)
			layer, err := image.LayerByDigest(manifest.Layers[0].Digest)
			require.NoError(t, err)
			stream, err := layer.Compressed()
			require.NoError(t, err)
			content, err := io.ReadAll(stream)
			require.NoError(t, err)
			f := start(t, func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.Contains(r.URL.Path, "/blobs/") {
					return false
				}
				offset, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(r.Header.Get("Range"), "bytes="), "-"))
				test.serve(w, content, offset)
				return true
			})
			client := registry.NewClient(anonymous())
			got, err := client.BlobBytes(context.Background(), f.Host+"/a", manifest.Layers[0], 1<<20)
			if test.whole {
				require.NoError(t, err)
				require.Equal(t, content, got)
				return
			}
			require.ErrorIs(t, err, test.want)
			require.Nil(t, got)
		})
	}
}

func partial(w http.ResponseWriter, content []byte, offset int) {
	w.Header().Set("Content-Length", strconv.Itoa(len(content)-offset))
	if offset > 0 {
		w.Header().Set("Content-Range", "bytes "+strconv.Itoa(offset)+"-"+strconv.Itoa(len(content)-1)+"/"+strconv.Itoa(len(content)))
		w.WriteHeader(http.StatusPartialContent)
	}
}

// A registry that goes silent is trouble with the registry, and not a wait
// without end.
func TestStalls(t *testing.T) {
	t.Parallel()
	image := randomImage(t)
	manifest, err := image.Manifest()
	require.NoError(t, err)
	for name, part := range map[string]string{"before an answer": "/manifests/", "in the middle of a blob": "/blobs/"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := start(t, func(w http.ResponseWriter, r *http.Request) bool {
				if r.Method != http.MethodGet || !strings.Contains(r.URL.Path, part) {
					return false
				}
				if part == "/blobs/" {
					partial(w, make([]byte, manifest.Layers[0].Size), 0)
					_, _ = w.Write(make([]byte, 100))
					_ = http.NewResponseController(w).Flush()
				}
				<-r.Context().Done()
				return true
			})
			options := anonymous()
			options.StallTimeout, options.Retry.Attempts = 30*time.Millisecond, 2
			client := registry.NewClient(options)
			var err error
			if part == "/blobs/" {
				_, err = client.BlobBytes(context.Background(), f.Host+"/a", manifest.Layers[0], 1<<20)
			} else {
				_, err = client.Manifest(context.Background(), f.Host+"/a:v1")
			}
			require.ErrorIs(t, err, registry.ErrUnreachable)
			require.ErrorContains(t, err, "stalled")
		})
	}
}

// Time that passes in this process is no stall.
func TestSlowReadersAndSourcesDoNotStall(t *testing.T) {
	t.Parallel()
	image := randomImage(t)
	onOwnClock(t, registryserver.New(registryserver.Options{}), func(t *testing.T, transport http.RoundTripper) {
		t.Helper()
		options := anonymous()
		options.Transport = transport
		options.StallTimeout, options.Retry.Attempts = 100*time.Millisecond, 1
		client := registry.NewClient(options)
		_, err := client.Push(t.Context(), slowImage{image}, "registry.test/a:v1")
		require.NoError(t, err)
		manifest, err := image.Manifest()
		require.NoError(t, err)
		stream, err := client.Blob(t.Context(), "registry.test/a", manifest.Layers[0])
		require.NoError(t, err)
		time.Sleep(time.Second)
		_, err = io.Copy(io.Discard, stream)
		require.NoError(t, err)
		require.NoError(t, stream.Close())
	})
}

type slowImage struct{ v1.Image }

func (i slowImage) LayerByDigest(digest v1.Hash) (v1.Layer, error) {
	layer, err := i.Image.LayerByDigest(digest)
	return slowLayer{layer}, err
}

type slowLayer struct{ v1.Layer }

func (l slowLayer) Compressed() (io.ReadCloser, error) {
	stream, err := l.Layer.Compressed()
	time.Sleep(time.Second)
	return stream, err
}

// An upload whose answer is lost is not made twice, and one that broke off
// begins anew.
func TestUploadsBeginAnew(t *testing.T) {
	t.Parallel()
	var puts atomic.Int64
	f := start(t, func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPut || !strings.Contains(r.URL.Path, "/uploads/") || puts.Add(1)%2 == 0 {
			return false
		}
		_, _ = io.CopyN(io.Discard, r.Body, 10)
		panic(http.ErrAbortHandler)
	})
	client := registry.NewClient(anonymous())
	image := largeImage(t)
	digest, err := client.Push(context.Background(), image, f.Host+"/a:v1")
	require.NoError(t, err)
	require.GreaterOrEqual(t, puts.Load(), int64(2))
	_, err = client.Manifest(context.Background(), f.Host+"/a@"+digest.String())
	require.NoError(t, err)
}

// A source that breaks is not read again and again.
func TestABrokenSourceIsFinal(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	opened := 0
	blob := v1.Descriptor{Size: 1 << 20, Digest: v1.Hash{Algorithm: "sha256", Hex: strings.Repeat("0", 64)}}
	broken := errors.New("cannot be opened")
	err := registry.NewClient(anonymous()).PushBlob(context.Background(), f.Host+"/a", blob, func() (io.ReadCloser, error) {
		opened++
		return nil, broken
	}, "")
	require.ErrorIs(t, err, broken)
	require.Equal(t, 1, opened)
}

// A registry that ignores ranges and cuts each answer short makes no work that
// grows with the square of a blob.
func TestAnswersThatBreakOffWithoutRanges(t *testing.T) {
	t.Parallel()
	const size, piece = 8 << 20, 80 << 10
	content := make([]byte, size)
	requests := 0
	f := start(t, func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, "/blobs/") {
			return false
		}
		requests++
		w.Header().Set("Content-Length", strconv.Itoa(size))
		_, _ = w.Write(content[:min(requests*piece, size)])
		return true
	})
	digest, _, err := v1.SHA256(bytes.NewReader(content))
	require.NoError(t, err)
	_, err = registry.NewClient(anonymous()).BlobBytes(context.Background(), f.Host+"/a", v1.Descriptor{Digest: digest, Size: size}, size)
	require.ErrorIs(t, err, registry.ErrProtocol)
	require.Less(t, requests, 60, "of 102 pieces")
}

// Whoever waits for another request to find out how a host speaks can stop waiting.
func TestCancelWhileAnotherRequestFindsTheScheme(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &script{answer: func(request *http.Request, _ string) (*http.Response, error) {
			<-request.Context().Done() // it takes requests, and says nothing
			return nil, context.Cause(request.Context())
		}}
		options := anonymous()
		options.Transport = s
		client := registry.NewClient(options)
		first, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = client.Resolve(first, "127.0.0.1:5000/a:v1")
		}()
		synctest.Wait()
		second, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		began := time.Now()
		_, err := client.Resolve(second, "127.0.0.1:5000/a:v1")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, 50*time.Millisecond, time.Since(began))
		require.Equal(t, "http", s.schemes(), "the first one still waits")
		stop()
		<-done
	})
}

// Uploads are tried as often as other requests, and not as often for each of the
// requests that they are made of.
func TestUploadsAreNotTriedWithoutEnd(t *testing.T) {
	t.Parallel()
	requests := 0
	f := start(t, func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodHead {
			return false
		}
		requests++
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	})
	options := anonymous()
	options.Concurrency = 1
	content := []byte("content")
	digest, _, err := v1.SHA256(bytes.NewReader(content))
	require.NoError(t, err)
	err = registry.NewClient(options).PushBlob(context.Background(), f.Host+"/a", v1.Descriptor{Digest: digest, Size: 7}, func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(content)), nil
	}, "")
	require.ErrorIs(t, err, registry.ErrUnavailable)
	require.Equal(t, 5, requests)
}
