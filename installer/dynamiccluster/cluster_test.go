package dynamiccluster_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/dynamiccluster"
)

const (
	waitLimit = time.Minute
	waitStep  = time.Millisecond
	// pluginVariable makes the test program a credential plugin, which counts its
	// calls in the file that the variable names.
	pluginVariable = "PACKSTAGE_TEST_CREDENTIAL_PLUGIN"
)

func TestMain(m *testing.M) {
	if file := os.Getenv(pluginVariable); file != "" {
		calls, _ := os.ReadFile(file)
		calls = append(calls, 'x')
		if err := os.WriteFile(file, calls, 0o600); err != nil {
			panic(err)
		}
		credential := map[string]any{
			"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
			"status": map[string]any{"token": fmt.Sprintf("token-%d", len(calls))},
		}
		if err := json.NewEncoder(os.Stdout).Encode(credential); err != nil {
			panic(err)
		}
		return
	}
	os.Exit(m.Run())
}

var shopWeb = cluster.NewReference(configMap, "shop", "web")

func TestConfigurationIsTakenOver(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.set("/api/v1/namespaces/shop/configmaps/web", answer(http.StatusOK, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"web"}}`))
	config := s.config()
	config.Impersonate = rest.ImpersonationConfig{UserName: "jane", Groups: []string{"devs"}}
	config.BearerToken = "t"
	before := rest.CopyConfig(config)
	c, err := dynamiccluster.New(config)
	require.NoError(t, err)
	require.Equal(t, before, config, "the configuration is not changed")
	_, err = c.Get(t.Context(), shopWeb)
	require.NoError(t, err)
	asked := s.asked()[0]
	require.Equal(t, "HTTP/2.0", asked.protocol)
	require.Equal(t, "jane", asked.header.Get("Impersonate-User"))
	require.Equal(t, "devs", asked.header.Get("Impersonate-Group"))
	require.Equal(t, "Bearer t", asked.header.Get("Authorization"))
	require.Regexp(t, "^packstage(/|$)", asked.header.Get("User-Agent"))

	config.UserAgent = "operator/v1"
	c, err = dynamiccluster.New(config)
	require.NoError(t, err)
	_, err = c.Get(t.Context(), shopWeb)
	require.NoError(t, err)
	require.Equal(t, "operator/v1", s.asked()[1].header.Get("User-Agent"))
}

func TestConfigurationsThatAreNone(t *testing.T) {
	t.Parallel()
	_, err := dynamiccluster.New(nil)
	require.ErrorContains(t, err, "no configuration")
	_, err = dynamiccluster.New(&rest.Config{Host: "https://x", TLSClientConfig: rest.TLSClientConfig{CAFile: "does-not-exist"}})
	require.ErrorContains(t, err, "connecting to the cluster at https://x")
}

// The caller decides about repetitions: client-go alone would make 11 requests.
func TestRequestsAreMadeOnce(t *testing.T) {
	t.Parallel()
	for _, code := range []int{http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable} {
		s := newServer(t)
		s.set("/api/v1/namespaces/shop/configmaps/web", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "1")
			http.Error(w, "later", code)
		})
		_, err := s.cluster(t).Get(t.Context(), shopWeb)
		seconds, _ := apierrors.SuggestsClientDelay(err)
		require.Equal(t, 1, seconds, "%v", err)
		require.Len(t, s.asked(), 1)
	}
}

func TestWarningsAreForTheCallersHandler(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.set("/api/v1/namespaces/shop/configmaps/web", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Warning", `299 - "it is deprecated"`)
		answer(http.StatusOK, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"web"}}`)(w, r)
	})
	config := s.config()
	var warned warnings
	config.WarningHandler = &warned
	c, err := dynamiccluster.New(config)
	require.NoError(t, err)
	_, err = c.Get(t.Context(), shopWeb)
	require.NoError(t, err)
	require.Equal(t, warnings{"it is deprecated"}, warned)
}

type warnings []string

func (w *warnings) HandleWarningHeader(_ int, _, text string) { *w = append(*w, text) }

// A token that expired: the plugin is asked again for the request after the one that
// was refused, which the caller sees.
func TestCredentialPlugin(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.set("/api/v1/namespaces/shop/configmaps/web", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer token-2" {
			status(http.StatusUnauthorized, "Unauthorized", "Unauthorized")(w, r)
			return
		}
		answer(http.StatusOK, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"web"}}`)(w, r)
	})
	program, err := os.Executable()
	require.NoError(t, err)
	config := s.config()
	config.ExecProvider = &clientcmdapi.ExecConfig{
		APIVersion: "client.authentication.k8s.io/v1", Command: program, InteractiveMode: clientcmdapi.NeverExecInteractiveMode,
		Env: []clientcmdapi.ExecEnvVar{{Name: pluginVariable, Value: t.TempDir() + "/calls"}},
	}
	c, err := dynamiccluster.New(config)
	require.NoError(t, err)
	_, err = c.Get(t.Context(), shopWeb)
	require.True(t, apierrors.IsUnauthorized(err), "%v", err)
	_, err = c.Get(t.Context(), shopWeb)
	require.NoError(t, err)
}

func TestClientsThatAProgramHas(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.set("/api/v1/namespaces/shop/configmaps/web", answer(http.StatusOK, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"web"}}`))
	client, err := dynamic.NewForConfig(s.config())
	require.NoError(t, err)
	c := dynamiccluster.NewForClient(client, fixedDiscovery{})
	o, err := c.Get(t.Context(), shopWeb)
	require.NoError(t, err)
	require.Equal(t, "web", o.GetName())
	require.Equal(t, 0, s.count("/api/v1"), "the discovery client was asked")
}

// A password in an address is in no error.
func TestPasswordOfAnAddressIsNotShown(t *testing.T) {
	t.Parallel()
	_, err := dynamiccluster.New(&rest.Config{
		Host: "https://admin:hunter2@api.example.com", TLSClientConfig: rest.TLSClientConfig{CAData: []byte("none")},
	})
	require.ErrorContains(t, err, "connecting to the cluster at api.example.com")
	require.NotContains(t, err.Error(), "hunter2")
}
