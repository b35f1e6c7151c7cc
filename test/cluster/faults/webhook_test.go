package faults_test

import (
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/test/cluster"
)

var webhookResource = schema.GroupVersionResource{Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingwebhookconfigurations"}

// guard serves a webhook that refuses the ConfigMap "b": always, or only what is not
// a dry run.
func guard(t *testing.T, dryRunToo bool) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var review admissionv1.AdmissionReview
		if err := json.NewDecoder(r.Body).Decode(&review); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		dry := review.Request.DryRun != nil && *review.Request.DryRun
		refuses := review.Request.Name == "b" && (dryRunToo || !dry)
		review.Response = &admissionv1.AdmissionResponse{UID: review.Request.UID, Allowed: !refuses}
		if refuses {
			review.Response.Result = &metav1.Status{Message: "b is against the rules of this house", Code: http.StatusForbidden}
		}
		review.Request = nil
		_ = json.NewEncoder(w).Encode(review)
	}))
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// register makes the API server ask a webhook about the ConfigMaps of a namespace, and
// waits until it does. The function that is returned ends that.
func register(t *testing.T, c *cluster.Cluster, server *httptest.Server, namespace string) (remove func()) {
	t.Helper()
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	bundle, err := json.Marshal(authority) // base64
	require.NoError(t, err)
	text := fmt.Sprintf(`apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: guard-%[1]s}
webhooks:
- name: guard.example.com
  admissionReviewVersions: [v1]
  sideEffects: None
  failurePolicy: Fail
  timeoutSeconds: 30
  clientConfig: {url: %[2]q, caBundle: %[3]s}
  namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: %[1]s}}
  rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [configmaps]}]
`, namespace, server.URL, bundle)
	create(t, c, webhookResource, "", text)
	return func() {
		require.NoError(t, c.Client().Resource(webhookResource).Delete(t.Context(), "guard-"+namespace, metav1.DeleteOptions{}))
		require.Eventually(t, func() bool { return tryConfigMap(t, c, namespace) == nil }, waitAtMost, lookEvery)
	}
}

// tryConfigMap makes the ConfigMap "b" in a dry run.
func tryConfigMap(t *testing.T, c *cluster.Cluster, namespace string) error {
	t.Helper()
	_, err := c.Client().Resource(schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}).Namespace(namespace).
		Create(t.Context(), object(t, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n"), metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	return err
}

// awaitWebhook waits until the API server asks the webhook.
func awaitWebhook(t *testing.T, c *cluster.Cluster, namespace string, dry bool) {
	t.Helper()
	require.Eventually(t, func() bool {
		options := metav1.CreateOptions{}
		if dry {
			options.DryRun = []string{metav1.DryRunAll}
		}
		configMaps := c.Client().Resource(schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}).Namespace(namespace)
		_, err := configMaps.Create(t.Context(), object(t, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n"), options)
		if err == nil && !dry {
			assert.NoError(t, configMaps.Delete(t.Context(), "b", metav1.DeleteOptions{}))
		}
		return err != nil
	}, waitAtMost, lookEvery)
}

// A webhook that refuses is asked in the dry run, too: nothing is written.
func TestWebhookRefuses(t *testing.T) {
	t.Parallel()
	c := cluster.Shared(t)
	namespace := c.CreateNamespace(t, "webhook")
	remove := register(t, c, guard(t, true), namespace)
	awaitWebhook(t, c, namespace, true)
	before := versions(t, c, namespace)
	_, err := apply(t, at(t, c.Config(), nil), instance(t, namespace, small))
	requireSays(t, err, "not touched", "guard.example.com", "b is against the rules of this house", "ConfigMap "+namespace+"/b")
	require.Equal(t, before, versions(t, c, namespace))
	requireNoRelease(t, c, namespace)
	remove()
	requireConverges(t, c, instance(t, namespace, small), 1)
}

// One that refuses only the write itself stops the rollout where it is.
func TestWebhookRefusesTheWriteOnly(t *testing.T) {
	t.Parallel()
	c := cluster.Shared(t)
	namespace := c.CreateNamespace(t, "webhook")
	remove := register(t, c, guard(t, false), namespace)
	awaitWebhook(t, c, namespace, false)
	_, err := apply(t, at(t, c.Config(), nil), instance(t, namespace, small))
	requireSays(t, err, `phase "two"`, "guard.example.com", "b is against the rules of this house", "ConfigMap "+namespace+"/b")
	record := requireState(t, c, namespace, history.StateFailed, 1)
	require.Equal(t, history.PhaseAvailable, record.Revisions[0].Phases[0].State)
	require.Equal(t, history.PhaseFailed, record.Revisions[0].Phases[1].State)
	remove()
	requireConverges(t, c, instance(t, namespace, small), 1)
}

// One that does not answer is named.
func TestWebhookIsDown(t *testing.T) {
	t.Parallel()
	c := cluster.Shared(t)
	namespace := c.CreateNamespace(t, "webhook")
	server := guard(t, true)
	remove := register(t, c, server, namespace)
	awaitWebhook(t, c, namespace, true)
	server.Close()
	// The server may find a connection first that breaks.
	require.Eventually(t, func() bool {
		err := tryConfigMap(t, c, namespace)
		return err != nil && strings.Contains(err.Error(), "connection refused")
	}, waitAtMost, lookEvery)
	before := versions(t, c, namespace)
	_, err := apply(t, at(t, c.Config(), func(o *installer.Options) { o.RetryFor = 2 * time.Second }), instance(t, namespace, small))
	requireSays(t, err, "not touched", "guard.example.com", "connection refused")
	require.Equal(t, before, versions(t, c, namespace))
	requireNoRelease(t, c, namespace)
	remove()
	requireConverges(t, c, instance(t, namespace, small), 1)
}
