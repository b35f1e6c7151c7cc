package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// post hands a body to the webhook for a package and returns the status and the
// body of the answer. No connection is between them: the webhook answers before it has
// read all of what is wrong, and a client that still writes may be cut off by that.
func post(t *testing.T, folder, body string) (int, []byte) {
	t.Helper()
	handler, err := newHandler(t.Context(), folder)
	require.NoError(t, err)
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	return answer.Code, answer.Body.Bytes()
}

// askedFor is a review as an API server sends it.
func askedFor(object string) string {
	return fmt.Sprintf(`{
  "kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1",
  "request": {
    "uid": "705ab4f5-6393-11e8-b7cc-42010a800002", "operation": "CREATE",
    "resource": {"group": "example.com", "version": "v1", "resource": "webapps"},
    "object": %s, "oldObject": null, "dryRun": false
  }
}`, object)
}

func configured(config string) string {
	return askedFor(`{"apiVersion": "example.com/v1", "kind": "WebApp", "metadata": {"name": "board"}, "spec": {"config": ` + config + `}}`)
}

const (
	webapp = "../packages/webapp"
	shop   = "../packages/shop"
)

func TestReviews(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		folder, review string
		refused        []string // what the message holds; nil is allowed
	}{
		"allowed":                {webapp, configured(`{"replicas": 3, "resources": {"cpu": "250m"}}`), nil},
		"empty":                  {webapp, configured(`{}`), nil},
		"null":                   {webapp, configured(`null`), nil},
		"no configuration":       {webapp, askedFor(`{"spec": {}}`), nil},
		"no spec":                {webapp, askedFor(`{}`), nil},
		"missing what is needed": {shop, askedFor(`{}`), []string{"config.host"}},
		"deleted":                {shop, askedFor(`null`), nil},
		"every mistake": {
			webapp, configured(`{"replica": 3, "replicas": 21, "logLevel": "loud"}`),
			[]string{`config.replica:`, `"replicas"`, "config.replicas:", "config.logLevel:"},
		},
		"a rule":             {webapp, configured(`{"ingress": {"enabled": true}}`), []string{"host is required"}},
		"a huge integer":     {webapp, configured(`{"replicas": 9007199254740993}`), []string{"config.replicas"}},
		"not an object":      {webapp, configured(`"replicas"`), []string{"must be an object"}},
		"a list":             {webapp, configured(`[]`), []string{"must be an object"}},
		"a wrong inner type": {webapp, configured(`{"features": {"darkMode": "yes"}}`), []string{"config.features.darkMode"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, body := post(t, test.folder, test.review)
			require.Equal(t, http.StatusOK, code)
			var answer review
			require.NoError(t, json.Unmarshal(body, &answer))
			assert.Equal(t, "admission.k8s.io/v1", answer.APIVersion)
			assert.Equal(t, "AdmissionReview", answer.Kind)
			assert.Nil(t, answer.Request)
			require.NotNil(t, answer.Response)
			assert.Equal(t, "705ab4f5-6393-11e8-b7cc-42010a800002", answer.Response.UID)
			assert.Equal(t, test.refused == nil, answer.Response.Allowed)
			if test.refused == nil {
				assert.Nil(t, answer.Response.Status)
				return
			}
			require.NotNil(t, answer.Response.Status)
			assert.Equal(t, http.StatusUnprocessableEntity, answer.Response.Status.Code)
			for _, part := range test.refused {
				assert.Contains(t, answer.Response.Status.Message, part)
			}
		})
	}
}

func TestSecretsStaySecret(t *testing.T) {
	t.Parallel()
	_, body := post(t, webapp, configured(`{"adminToken": "hunter2-short"}`))
	assert.Contains(t, string(body), "config.adminToken")
	assert.NotContains(t, string(body), "hunter2")
}

func TestNoReview(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body string
		code int
	}{
		"empty":        {"", http.StatusBadRequest},
		"no JSON":      {"kind: AdmissionReview", http.StatusBadRequest},
		"cut off":      {configured(`{}`)[:100], http.StatusBadRequest},
		"a list":       {"[]", http.StatusBadRequest},
		"null":         {"null", http.StatusBadRequest},
		"no request":   {`{"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1"}`, http.StatusBadRequest},
		"another kind": {strings.Replace(configured(`{}`), "AdmissionReview", "ConversionReview", 1), http.StatusBadRequest},
		"too large":    {configured(`{"title": "` + strings.Repeat("x", largestReview) + `"}`), http.StatusRequestEntityTooLarge},
		"deep":         {strings.Repeat("[", 1<<20), http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, body := post(t, webapp, test.body)
			assert.Equal(t, test.code, code)
			assert.NotContains(t, string(body), "allowed")
		})
	}
}

func TestServe(t *testing.T) {
	t.Parallel()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	// The package is read before anything listens.
	require.ErrorIs(t, serve(ended, webapp, "127.0.0.1:0"), context.Canceled)
	require.ErrorContains(t, serve(t.Context(), t.TempDir(), "127.0.0.1:0"), "manifest")
	require.ErrorContains(t, serve(t.Context(), webapp, "127.0.0.1:no-port"), "listen")
}
