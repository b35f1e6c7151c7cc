package registry_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/cache"
	"github.com/packstage/packstage/registry/registryserver"
	"github.com/packstage/packstage/registry/registrytest"
)

// Attacks by a registry, or by somebody on the way to it, on what a client does
// with answers.

// TestEndlessAnswers has bodies that go on for as long as somebody reads.
func TestEndlessAnswers(t *testing.T) {
	t.Parallel()
	digest := "sha256:" + strings.Repeat("ab", 32)
	for name, ask := range map[string]func(context.Context, *registry.Client, string) error{
		"manifest": func(ctx context.Context, client *registry.Client, repository string) error {
			_, err := client.Manifest(ctx, repository+":v1")
			return err
		},
		"manifest by digest": func(ctx context.Context, client *registry.Client, repository string) error {
			_, err := client.Manifest(ctx, repository+"@"+digest)
			return err
		},
		"tags": func(ctx context.Context, client *registry.Client, repository string) error {
			for _, err := range client.Tags(ctx, repository) {
				if err != nil {
					return err
				}
			}
			return nil
		},
		"referrers": func(ctx context.Context, client *registry.Client, repository string) error {
			_, err := client.Referrers(ctx, repository+"@"+digest, "")
			return err
		},
		"blob": func(ctx context.Context, client *registry.Client, repository string) error {
			_, err := client.BlobBytes(ctx, repository, descriptorOf(digest, 1000), 1<<20)
			return err
		},
		"refusal": func(ctx context.Context, client *registry.Client, repository string) error {
			_, err := client.Manifest(ctx, repository+"/refused:v1")
			return err
		},
		"token": func(ctx context.Context, client *registry.Client, repository string) error {
			_, err := client.Manifest(ctx, repository+"/token:v1")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var sent atomic.Int64
			server := start(t, func(w http.ResponseWriter, r *http.Request) bool {
				switch {
				case strings.Contains(r.URL.Path, "/token/"):
					w.Header().Set("WWW-Authenticate", `Bearer realm="http://`+r.Host+`/token"`)
					w.WriteHeader(http.StatusUnauthorized)
					return true
				case strings.Contains(r.URL.Path, "/refused/"):
					w.WriteHeader(http.StatusTeapot)
				}
				piece := bytes.Repeat([]byte(" "), 64<<10)
				for r.Context().Err() == nil {
					count, err := w.Write(piece)
					sent.Add(int64(count))
					if err != nil {
						break
					}
				}
				return true
			})
			client := registry.NewClient(attackOptions())
			err := ask(attackContext(t), client, server.Host+"/a")
			require.Error(t, err)
			require.NotErrorIs(t, err, context.DeadlineExceeded)
			// What sockets hold comes on top of what is read.
			require.Less(t, sent.Load(), int64(registry.MaxManifestBytes+32<<20))
		})
	}
}

func descriptorOf(digest string, size int64) v1.Descriptor {
	hash, err := v1.NewHash(digest)
	if err != nil {
		panic(err) // digests of tests parse
	}
	return v1.Descriptor{Digest: hash, Size: size}
}

// TestSlowLoris has a body of which a byte comes just often enough.
func TestSlowLoris(t *testing.T) {
	t.Parallel()
	const patience = 100 * time.Millisecond
	server := start(t, func(w http.ResponseWriter, r *http.Request) bool {
		w.Header().Set("Content-Length", "1000000")
		for r.Context().Err() == nil {
			_, _ = w.Write([]byte(" "))
			_ = http.NewResponseController(w).Flush()
			time.Sleep(patience / 10)
		}
		return true
	})
	options := attackOptions()
	options.StallTimeout = patience
	options.Retry.Attempts = 2
	began := time.Now()
	_, err := registry.NewClient(options).Manifest(attackContext(t), server.Host+"/a:v1")
	require.ErrorIs(t, err, registry.ErrUnreachable)
	require.Less(t, time.Since(began), time.Minute)
}

// TestContentEncoding has answers in an encoding that nobody asked for.
func TestContentEncoding(t *testing.T) {
	t.Parallel()
	var bomb bytes.Buffer
	writer := gzip.NewWriter(&bomb)
	_, err := io.CopyN(writer, zeros{}, 64<<20)
	require.NoError(t, err)
	require.NoError(t, writer.Close())
	digest := sumOf(bomb.Bytes())
	server := start(t, func(w http.ResponseWriter, r *http.Request) bool {
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Type", string(types.OCIManifestSchema1))
		if strings.Contains(r.URL.Path, "/refused/") {
			w.WriteHeader(http.StatusTeapot)
		}
		_, _ = w.Write(bomb.Bytes())
		return true
	})
	ctx := attackContext(t)
	for name, transport := range map[string]http.RoundTripper{"our transport": nil, "Go's transport": &http.Transport{}} {
		options := attackOptions()
		options.Transport = transport
		client := registry.NewClient(options)
		// The bytes of a blob are those of its digest, whatever they are said to be.
		content, err := client.BlobBytes(ctx, server.Host+"/a", descriptorOf(digest, int64(bomb.Len())), 1<<20)
		require.NoError(t, err, name)
		require.Equal(t, bomb.Bytes(), content, name)
		_, err = client.Manifest(ctx, server.Host+"/a@"+sumOf(make([]byte, 64<<20)))
		require.Error(t, err, name)
		_, err = client.Manifest(ctx, server.Host+"/refused/a:v1")
		require.ErrorIs(t, err, registry.ErrRejected, name)
		require.Less(t, len(err.Error()), 1000, name)
		if transport, ok := transport.(*http.Transport); ok {
			transport.CloseIdleConnections()
		}
	}
}

type zeros struct{}

func (zeros) Read(buffer []byte) (int, error) {
	clear(buffer)
	return len(buffer), nil
}

// TestWrongDigests has other content in the place of each part of an image.
func TestWrongDigests(t *testing.T) {
	t.Parallel()
	image := packageLikeImage(t)
	storage := registryserver.New(registryserver.Options{})
	filled := registrytest.Start(t, registrytest.Options{Handler: storage})
	digest, err := registry.NewClient(attackOptions()).Push(attackContext(t), image, filled.Host+"/a:v1")
	require.NoError(t, err)
	manifest, err := image.Manifest()
	require.NoError(t, err)
	references := []string{digest.String(), manifest.Config.Digest.String()}
	for _, layer := range manifest.Layers {
		references = append(references, layer.Digest.String())
	}
	for _, cached := range []bool{false, true} {
		for _, kind := range []registrytest.Kind{registrytest.WrongBytes, registrytest.WrongBytesAfterTar, registrytest.ShortContentLength} {
			for _, reference := range references {
				t.Run(fmt.Sprintf("%s %s %v", kind, reference[:12], cached), func(t *testing.T) {
					t.Parallel()
					kind := kind // the references share the loop's
					if kind == registrytest.WrongBytesAfterTar && reference == digest.String() {
						kind = registrytest.TruncatedManifest
					}
					server := registrytest.Start(t, registrytest.Options{Handler: storage, Faults: &registrytest.FaultOptions{
						Faults: []registrytest.Fault{{Kind: kind, Reference: reference, At: 3}},
					}})
					options := attackOptions()
					if cached {
						opened, err := cache.Open(t.TempDir(), cache.Options{})
						require.NoError(t, err)
						t.Cleanup(func() { require.NoError(t, opened.Close()) })
						options.Cache = opened
					}
					client := registry.NewClient(options)
					// The second time comes from whatever the first one kept.
					for range 2 {
						var finding diagnostic.Diagnostics
						require.ErrorAs(t, pullWhole(attackContext(t), client, server.Host+"/a@"+digest.String()), &finding)
						require.Equal(t, diagnostic.ImageDigestMismatch, finding[0].Code)
					}
					require.NotEmpty(t, server.Faults.Injected())
				})
			}
		}
	}
}

func pullWhole(ctx context.Context, client *registry.Client, reference string) error {
	image, err := client.Image(ctx, reference)
	if err != nil {
		return err
	}
	if _, err := image.RawConfigFile(); err != nil {
		return err
	}
	layers, err := image.Layers()
	if err != nil {
		return err
	}
	for _, layer := range layers {
		stream, err := layer.Compressed()
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, stream)
		_ = stream.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// TestSplicedRange cuts a blob and goes on with bytes of another one.
func TestSplicedRange(t *testing.T) {
	t.Parallel()
	content := bytes.Repeat([]byte("good"), 1000)
	server := start(t, func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("Range") == "" {
			w.Header().Set("Content-Length", "4000")
			_, _ = w.Write(content[:1000])
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("Content-Range", "bytes 1000-3999/4000")
		w.WriteHeader(http.StatusPartialContent)
		_, _ = w.Write(bytes.Repeat([]byte("evil"), 750))
		return true
	})
	_, err := registry.NewClient(attackOptions()).BlobBytes(attackContext(t), server.Host+"/a", descriptorOf(sumOf(content), 4000), 1<<20)
	var finding diagnostic.Diagnostics
	require.ErrorAs(t, err, &finding)
	require.Equal(t, diagnostic.ImageDigestMismatch, finding[0].Code)
}

// TestLocations has addresses for uploads and redirects that are none.
func TestLocations(t *testing.T) {
	t.Parallel()
	for _, location := range []string{
		"", "file:///etc/passwd", "ftp://127.0.0.1/", "javascript:alert(1)", "gopher://127.0.0.1:1/", "http://", "://", "http://127.0.0.1:port/", "data:,x", "%zz",
	} {
		t.Run(location, func(t *testing.T) {
			t.Parallel()
			server := start(t, func(w http.ResponseWriter, r *http.Request) bool {
				if location != "" {
					w.Header().Set("Location", location)
				}
				switch r.Method {
				case http.MethodPost:
					w.WriteHeader(http.StatusAccepted)
				case http.MethodHead:
					w.WriteHeader(http.StatusNotFound)
				default:
					w.WriteHeader(http.StatusTemporaryRedirect)
				}
				return true
			})
			options := attackOptions()
			options.Retry.Attempts = 2
			client, ctx := registry.NewClient(options), attackContext(t)
			_, err := client.Push(ctx, largeImage(t), server.Host+"/a:v1")
			t.Log(err)
			require.Error(t, err)
			var trouble *registry.Error
			require.ErrorAs(t, err, &trouble)
			require.Equal(t, server.Host, trouble.Host)
			_, err = client.Manifest(ctx, server.Host+"/a:v1")
			t.Log(err)
			require.ErrorAs(t, err, &trouble)
			require.Equal(t, server.Host, trouble.Host)
		})
	}
}

// TestRetryAfterIsBounded has registries that would have a client wait for ever.
func TestRetryAfterIsBounded(t *testing.T) {
	t.Parallel()
	for _, after := range []string{
		"86400", "2147483647", "99999999999999999999", "-1", "1e9", "Fri, 31 Dec 9999 23:59:59 GMT", "never", strings.Repeat("9", 10_000),
	} {
		t.Run(after[:min(len(after), 20)], func(t *testing.T) {
			t.Parallel()
			server := start(t, func(w http.ResponseWriter, _ *http.Request) bool {
				w.Header().Set("Retry-After", after)
				w.WriteHeader(http.StatusTooManyRequests)
				return true
			})
			began := time.Now()
			_, err := registry.NewClient(attackOptions()).Resolve(attackContext(t), server.Host+"/a:v1")
			require.ErrorIs(t, err, registry.ErrTooManyRequests)
			require.Less(t, time.Since(began), time.Minute)
		})
	}
}

// TestListsEnd has lists whose pages lead on and on.
func TestListsEnd(t *testing.T) {
	t.Parallel()
	image := "sha256:" + strings.Repeat("ab", 32)
	for name, page := range map[string]func(number int) (link, tags, manifests string){
		"itself": func(int) (string, string, string) { return "", `["a"]`, entries(1) },
		"to and fro": func(number int) (string, string, string) {
			return fmt.Sprint(number % 2), fmt.Sprintf(`["a%d"]`, number%2), entries(number % 2)
		},
		"empty pages": func(number int) (string, string, string) { return fmt.Sprint(number), `[]`, `[]` },
		"always new": func(number int) (string, string, string) {
			return fmt.Sprint(number), fmt.Sprintf(`["a%d"]`, number), entries(number)
		},
		"null for pages": func(number int) (string, string, string) { return fmt.Sprint(number), `null`, `null` },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var number atomic.Int64
			server := start(t, func(w http.ResponseWriter, r *http.Request) bool {
				link, tags, manifests := page(int(number.Add(1)))
				w.Header().Set("Link", fmt.Sprintf(`<%s?page=%s>; rel="next"`, r.URL.Path, link))
				_, _ = fmt.Fprintf(w, `{"schemaVersion":2,"tags":%s,"manifests":%s}`, tags, manifests)
				return true
			})
			client := registry.NewClient(attackOptions())
			_, err := client.Referrers(attackContext(t), server.Host+"/a@"+image, "")
			require.ErrorIs(t, err, registry.ErrProtocol)
			var last error
			for _, err := range client.Tags(attackContext(t), server.Host+"/a") {
				last = err
			}
			require.ErrorIs(t, last, registry.ErrProtocol)
		})
	}
}

func entries(number int) string {
	return fmt.Sprintf(`[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:%064x","size":1}]`, number)
}

// TestNamesThatAreNone has references that would become another request.
func TestNamesThatAreNone(t *testing.T) {
	t.Parallel()
	server := start(t, nil)
	client, ctx := registry.NewClient(attackOptions()), context.Background()
	for _, name := range []string{
		"a\r\nX-Injected: 1", "a\nb", "a%0d%0ab", "a?x=y", "a#b", "../a", "a/../../b", "a b", "a\x00", "a/%2e%2e/b", "A", "a;b", "a\tb", "a@b@c",
	} {
		for _, reference := range []string{server.Host + "/" + name + ":v1", server.Host + "/a:" + name + "\r\n", server.Host + "/a@sha256:" + name} {
			_, err := client.Resolve(ctx, reference)
			require.ErrorIs(t, err, registry.ErrInvalidReference, "%q", reference)
			_, err = client.Push(ctx, packageLikeImage(t), reference)
			require.ErrorIs(t, err, registry.ErrInvalidReference, "%q", reference)
		}
		for _, err := range client.Tags(ctx, server.Host+"/"+name) {
			require.ErrorIs(t, err, registry.ErrInvalidReference, "%q", name)
		}
	}
	require.Empty(t, server.Requests())
	options := attackOptions()
	options.UserAgent = "tool\r\nX-Injected: 1"
	_, err := registry.NewClient(options).Resolve(ctx, server.Host+"/a:v1")
	require.Error(t, err)
	require.Empty(t, server.Requests())
}

// TestTextOfARegistry has text for the terminal of whoever reads it.
func TestTextOfARegistry(t *testing.T) {
	t.Parallel()
	const evil = "\x1b]0;owned\x07\x1b[2J\u202egpj.exe\u009b31m\r\nerror: none"
	for name, body := range map[string]string{
		"errors": `{"errors":[{"code":"DENIED` + `\u001b[2J` + `","message":"\u001b]0;owned\u0007\u202egpj\u009b31m","detail":"\u001b[1A"}]}`, "text": evil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := start(t, func(w http.ResponseWriter, _ *http.Request) bool {
				w.WriteHeader(http.StatusForbidden)
				_, _ = io.WriteString(w, body)
				return true
			})
			_, err := registry.NewClient(attackOptions()).Manifest(context.Background(), server.Host+"/a:v1")
			require.ErrorIs(t, err, registry.ErrForbidden)
			for _, bad := range []string{"\x1b", "\x07", "\u202e", "\u009b", "\r", "\n"} {
				require.NotContains(t, err.Error(), bad)
			}
		})
	}
	for _, tag := range []string{`v1\u001b[2J`, `../../x`, `a b`, ``, `-rf`, `v1\nv2`, strings.Repeat("a", 129)} {
		server := start(t, func(w http.ResponseWriter, _ *http.Request) bool {
			_, _ = io.WriteString(w, `{"tags":["v1","`+tag+`"]}`)
			return true
		})
		var last error
		for found, err := range registry.NewClient(attackOptions()).Tags(context.Background(), server.Host+"/a") {
			require.Contains(t, []string{"v1", ""}, found)
			last = err
		}
		require.ErrorIs(t, last, registry.ErrProtocol, "%q", tag)
		require.NotContains(t, last.Error(), "\x1b")
	}
}

// TestAmbiguousManifest has a document that is an image to one who believes the
// header and an index to another: both have the digest that was signed.
func TestAmbiguousManifest(t *testing.T) {
	t.Parallel()
	digest := "sha256:" + strings.Repeat("ab", 32)
	for name, raw := range map[string]string{
		"both":                    `{"schemaVersion":2,"config":{"digest":"%s"},"layers":[],"manifests":[{"digest":"%s"}]}`,
		"layers alone":            `{"schemaVersion":2,"layers":[{"digest":"%s"}],"manifests":[{"digest":"%s"}]}`,
		"with a media type":       `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","layers":[{"digest":"%s"}],"manifests":[{"digest":"%s"}]}`,
		"image without manifests": `{"schemaVersion":2,"config":{"digest":"%s","size":1},"layers":[{"digest":"%s"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw := fmt.Sprintf(raw, digest, digest)
			for _, header := range []types.MediaType{types.OCIImageIndex, types.OCIManifestSchema1} {
				server := start(t, func(w http.ResponseWriter, _ *http.Request) bool {
					w.Header().Set("Content-Type", string(header))
					_, _ = io.WriteString(w, raw)
					return true
				})
				client, ctx := registry.NewClient(attackOptions()), attackContext(t)
				for _, reference := range []string{server.Host + "/a:v1", server.Host + "/a@" + sumOf([]byte(raw))} {
					manifest, err := client.Manifest(ctx, reference)
					if name == "image without manifests" {
						require.NoError(t, err)
						require.Equal(t, types.OCIManifestSchema1, manifest.Descriptor.MediaType)
						continue
					}
					var finding diagnostic.Diagnostics
					require.ErrorAs(t, err, &finding)
					require.Equal(t, diagnostic.ImageInvalid, finding[0].Code)
				}
			}
		})
	}
}

// findings is a source whose error cannot be compared with ==.
type findings struct{}

func (findings) Read([]byte) (int, error) {
	return 0, diagnostic.Diagnostics{{Code: diagnostic.ImageDigestMismatch, Message: "wrong"}}
}

// TestSourcesOfAnyError pushes on what does not verify: net/http compares the
// errors of bodies, and must not see one that cannot be compared.
func TestSourcesOfAnyError(t *testing.T) {
	t.Parallel()
	server := start(t, nil)
	for _, size := range []int64{100, 1 << 20} {
		err := registry.NewClient(attackOptions()).PushBlob(attackContext(t), server.Host+"/a",
			descriptorOf("sha256:"+strings.Repeat("ab", 32), size), func() (io.ReadCloser, error) { return io.NopCloser(findings{}), nil }, "")
		var finding diagnostic.Diagnostics
		require.ErrorAs(t, err, &finding)
		require.Equal(t, diagnostic.ImageDigestMismatch, finding[0].Code)
	}
}

// TestRefusedRightsAreFinal has a user who may pull only push: a new token does
// not help, and neither does waiting.
func TestRefusedRightsAreFinal(t *testing.T) {
	t.Parallel()
	server := registrytest.Start(t, registrytest.Options{Wrap: func(handler http.Handler) http.Handler {
		return registrytest.TokenAuth(handler, registrytest.TokenOptions{User: attackUser, Password: "another", Anonymous: true})
	}})
	options := anonymous()
	options.Retry = registry.RetryPolicy{MinDelay: time.Hour}
	_, err := registry.NewClient(options).Push(attackContext(t), largeImage(t), server.Host+"/a:v1")
	require.ErrorIs(t, err, registry.ErrUnauthorized)
}
