package registry_test

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/registry/registryserver"
	"github.com/packstage/packstage/registry/registrytest"
)

// faultyRegistry is a registry whose storage can be looked at past its faults.
type faultyRegistry struct {
	host    string
	storage *registryserver.Server
	faults  *registrytest.Faults
	digest  string // of the image that it was filled with
	// referrer is the digest of what refers to the image.
	referrer string
}

// startRegistry serves a registry and its other host.
func (s schedule) startRegistry(network *pipes, host string, number uint64) *faultyRegistry {
	started := &faultyRegistry{host: host, storage: registryserver.New(registryserver.Options{})}
	var handler http.Handler = started.storage
	switch s.auth {
	case "basic":
		handler = registrytest.BasicAuth(handler, faultUser, faultPassword)
	case "token", "short-lived token":
		options := registrytest.TokenOptions{User: faultUser, Password: faultPassword, Realm: "https://" + host + "/token"}
		if s.auth != "token" {
			options.Requests = 5
		}
		handler = registrytest.TokenAuth(handler, options)
	}
	started.faults = registrytest.NewFaults(handler, registrytest.FaultOptions{
		Seed: s.seed*2 + number, Rate: s.rate, Kinds: s.kinds,
		RetryAfter: time.Second, Stall: 2 * time.Hour, Pause: time.Second,
		Elsewhere: "storage." + host, TLS: &tls.Config{MinVersion: tls.VersionTLS12}, Storage: started.storage,
	})
	network.serve(host, started.faults, started.faults.Close)
	network.serve("storage."+host, http.HandlerFunc(started.faults.ServeElsewhere), func() {})
	return started
}

func (f *faultyRegistry) had(kind registrytest.Kind) bool {
	for _, one := range f.faults.Injected() {
		if one.Kind == kind {
			return true
		}
	}
	return false
}

// ask asks the storage itself.
func (f *faultyRegistry) ask(method, path string, body []byte, mediaType string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, "/v2/"+path, bytes.NewReader(body))
	request.Header.Set("Content-Type", mediaType)
	answer := httptest.NewRecorder()
	f.storage.ServeHTTP(answer, request)
	return answer
}

func (f *faultyRegistry) manifest(repository, reference string) ([]byte, bool) {
	answer := f.ask(http.MethodGet, repository+"/manifests/"+reference, nil, "")
	return answer.Body.Bytes(), answer.Code == http.StatusOK
}

// fill puts an image into the repository a under three tags.
func (f *faultyRegistry) fill(t *testing.T, image v1.Image) {
	t.Helper()
	put := func(content []byte) {
		require.Equal(t, http.StatusCreated, f.ask(http.MethodPost, "a/blobs/uploads/?digest="+sumOf(content), content, "").Code)
	}
	config, err := image.RawConfigFile()
	require.NoError(t, err)
	put(config)
	layers, err := image.Layers()
	require.NoError(t, err)
	for _, layer := range layers {
		stream, err := layer.Compressed()
		require.NoError(t, err)
		content, err := io.ReadAll(stream)
		require.NoError(t, err)
		put(content)
	}
	raw, err := image.RawManifest()
	require.NoError(t, err)
	f.digest = sumOf(raw)
	for _, tag := range []string{"v1", "v2", "v3"} {
		require.Equal(t, http.StatusCreated, f.ask(http.MethodPut, "a/manifests/"+tag, raw, string(types.OCIManifestSchema1)).Code)
	}
	artifact := document("application/vnd.test", "small")
	attached, empty, err := artifact.Manifest(v1.Descriptor{
		MediaType: types.OCIManifestSchema1, Digest: hashOf(raw), Size: int64(len(raw)),
	})
	require.NoError(t, err)
	put(empty)
	put(artifact.Blobs[0].Content)
	f.referrer = sumOf(attached)
	require.Equal(t, http.StatusCreated, f.ask(http.MethodPut, "a/manifests/"+f.referrer, attached, string(types.OCIManifestSchema1)).Code)
}

// broken tells what is wrong with the tag that a push was to make: it may be
// missing after an error, but it is never there with less than the whole.
func (f *faultyRegistry) broken(image v1.Image) error {
	raw, ok := f.manifest("b", "v1")
	if !ok {
		return nil
	}
	want, err := image.RawManifest()
	if err != nil {
		return err
	}
	if !bytes.Equal(want, bytes.TrimSuffix(raw, []byte("\n"))) {
		return errors.New("the tag has another manifest")
	}
	var manifest v1.Manifest
	if err := json.Unmarshal(raw, &manifest); err != nil {
		return err
	}
	for _, blob := range append([]v1.Descriptor{manifest.Config}, manifest.Layers...) {
		got := f.ask(http.MethodGet, "b/blobs/"+blob.Digest.String(), nil, "")
		if got.Code != http.StatusOK || sumOf(got.Body.Bytes()) != blob.Digest.String() {
			return fmt.Errorf("blob %s: %d", blob.Digest, got.Code)
		}
	}
	return nil
}
