package kubeconfig

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

const shop = `apiVersion: v1
kind: Config
current-context: shop
clusters:
- {name: shop, cluster: {server: "https://shop.example.com:6443", certificate-authority: ca.crt}}
users:
- {name: jane, user: {token: s3cret}}
- {name: plugin, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: login, interactiveMode: Never}}}
- {name: openid, user: {auth-provider: {name: oidc, config: {idp-issuer-url: "https://id.example.com", client-id: x}}}}
contexts:
- {name: shop, context: {cluster: shop, user: jane, namespace: web}}
- {name: plain, context: {cluster: shop, user: plugin}}
- {name: openid, context: {cluster: shop, user: openid}}
- {name: no-cluster, context: {cluster: gone, user: jane}}
- {name: no-user, context: {cluster: shop, user: gone}}
`

// other adds a cluster, and says of shop what the first file says otherwise.
const other = `apiVersion: v1
kind: Config
current-context: other
clusters:
- {name: other, cluster: {server: "https://other.example.com"}}
- {name: shop, cluster: {server: "https://wrong.example.com"}}
users: []
contexts:
- {name: other, context: {cluster: other}}
`

const undecided = `apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://c.example.com"}}]
contexts: [{name: a, context: {cluster: c}}, {name: b, context: {cluster: c}}]
`

func TestLoad(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(folder, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	shopFile, otherFile, undecidedFile := write("shop.yaml", shop), write("other.yaml", other), write("undecided.yaml", undecided)
	write("ca.crt", "")
	brokenFile := write("broken.yaml", "clusters: s3cret")
	home := filepath.Dir(filepath.Dir(write("home/.kube/config", other)))
	missing := filepath.Join(folder, "missing.yaml")
	lists := string(os.PathListSeparator)

	for _, test := range []struct {
		name, path, context string
		env                 map[string]string
		host, namespace     string
		fails               string
	}{
		{name: "a file", path: shopFile, host: "https://shop.example.com:6443", namespace: "web"},
		{name: "a file before the environment", path: shopFile, env: map[string]string{"KUBECONFIG": otherFile}, host: "https://shop.example.com:6443", namespace: "web"},
		{name: "a context", path: shopFile, context: "plain", host: "https://shop.example.com:6443", namespace: "default"},
		{name: "the environment", env: map[string]string{"KUBECONFIG": otherFile, "HOME": folder}, host: "https://other.example.com", namespace: "default"},
		{name: "the first of a list", env: map[string]string{"KUBECONFIG": shopFile + lists + otherFile}, host: "https://shop.example.com:6443", namespace: "web"},
		{name: "a context of the second", context: "other", env: map[string]string{"KUBECONFIG": shopFile + lists + otherFile}, host: "https://other.example.com", namespace: "default"},
		{name: "missing ones of a list", env: map[string]string{"KUBECONFIG": missing + lists + lists + otherFile}, host: "https://other.example.com", namespace: "default"},
		{name: "home", env: map[string]string{"HOME": home}, host: "https://other.example.com", namespace: "default"},

		{name: "no such file", path: missing, fails: "there is no kubeconfig " + missing},
		{name: "broken", path: brokenFile, fails: "broken.yaml"},
		{name: "nothing at all", fails: "no cluster is configured: neither KUBECONFIG nor HOME is set"},
		{name: "nothing at home", env: map[string]string{"HOME": folder}, fails: "looked at " + filepath.Join(folder, ".kube", "config")},
		{name: "nothing in the list", env: map[string]string{"KUBECONFIG": missing}, fails: "name it with --kubeconfig"},
		{name: "no such context", path: shopFile, context: "prod", fails: `has no context "prod" (there are: no-cluster, no-user, openid, plain, shop)`},
		{name: "a context of nothing", context: "prod", fails: `the kubeconfig has no context "prod" (there are none)`},
		{name: "no current context", path: undecidedFile, fails: "choose one with --kube-context or kubectl config use-context (there are: a, b)"},
		{name: "no such cluster", path: shopFile, context: "no-cluster", fails: `names the cluster "gone", which is not there`},
		{name: "no such user", path: shopFile, context: "no-user", fails: `names the user "gone", who is not there`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			config, namespace, err := Load(test.path, test.context, func(name string) string { return test.env[name] })
			if test.fails != "" {
				require.ErrorContains(t, err, test.fails)
				require.NotContains(t, err.Error(), "s3cret")
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.host, config.Host)
			require.Equal(t, test.namespace, namespace)
		})
	}
	none := func(string) string { return "" }
	t.Run("errors can be told apart", func(t *testing.T) {
		t.Parallel()
		_, _, err := Load("", "", none)
		require.ErrorIs(t, err, ErrNone)
		_, _, err = Load(missing, "", none)
		require.ErrorIs(t, err, fs.ErrNotExist)
	})
	t.Run("credentials", func(t *testing.T) {
		t.Parallel()
		config, _, err := Load(shopFile, "", none)
		require.NoError(t, err)
		require.Equal(t, "s3cret", config.BearerToken)
		require.Equal(t, filepath.Join(folder, "ca.crt"), config.CAFile, "paths are relative to the file")
		config, _, err = Load(shopFile, "plain", none)
		require.NoError(t, err)
		require.Equal(t, "login", config.ExecProvider.Command)
		config, _, err = Load(shopFile, "openid", none)
		require.NoError(t, err)
		require.Equal(t, "oidc", config.AuthProvider.Name)
	})
}

func TestInCluster(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	pod := map[string]string{"KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"}
	getenv := func(name string) string { return pod[name] }
	_, _, err := inCluster(folder, nil, getenv)
	require.ErrorIs(t, err, ErrNone, "a pod without a token")

	require.NoError(t, os.WriteFile(filepath.Join(folder, "token"), []byte("t"), 0o600))
	_, _, err = inCluster(folder, nil, func(string) string { return "" })
	require.ErrorIs(t, err, ErrNone, "no pod")
	config, namespace, err := inCluster(folder, nil, getenv)
	require.NoError(t, err)
	require.Equal(t, "https://[fd00::1]:443", config.Host)
	require.Equal(t, filepath.Join(folder, "token"), config.BearerTokenFile)
	require.Empty(t, config.BearerToken, "it would be what is sent when the file has another one")
	require.Equal(t, filepath.Join(folder, "ca.crt"), config.CAFile)
	require.Equal(t, "default", namespace)

	require.NoError(t, os.WriteFile(filepath.Join(folder, "namespace"), []byte("shop\n"), 0o600))
	_, namespace, err = inCluster(folder, nil, getenv)
	require.NoError(t, err)
	require.Equal(t, "shop", namespace)

	unreadable := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(unreadable, "token"), 0o700))
	_, _, err = inCluster(unreadable, nil, getenv)
	require.ErrorContains(t, err, "reading the token")
	require.NotErrorIs(t, err, ErrNone)
}
