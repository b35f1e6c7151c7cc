package cluster

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// Config is that of an administrator (group system:masters), without limits on the
// client's side. The caller may change it; a UserAgent of its own finds its requests in
// AuditEvents.
func (c *Cluster) Config() *rest.Config { return c.identity.config(c.identity.admin) }

// Kubeconfig is the path of a file with Config, for programs.
func (c *Cluster) Kubeconfig() string { return c.file(adminKubeconfigFile) }

// UserConfig is that of a user with a certificate. The user may do what RBAC allows to
// the name or one of the groups: nothing, until a test binds a role.
func (c *Cluster) UserConfig(t testing.TB, name string, groups ...string) *rest.Config {
	t.Helper()
	return c.ExpiringUserConfig(t, time.Now().Add(validFor), name, groups...)
}

// ExpiringUserConfig is the same with a certificate that expires: the server answers
// 401 from then on.
func (c *Cluster) ExpiringUserConfig(t testing.TB, expires time.Time, name string, groups ...string) *rest.Config {
	t.Helper()
	user, err := c.identity.users.client(expires, name, groups...)
	if err != nil {
		t.Fatal(err)
	}
	return c.identity.config(user)
}

// Client is one of an administrator, for what a test arranges and looks at. Its user
// agent is HarnessUserAgent.
func (c *Cluster) Client() dynamic.Interface { return c.client }

// HarnessUserAgent is in the audit log for requests of this package.
const HarnessUserAgent = "cluster-harness"

func (c *Cluster) ownConfig() *rest.Config {
	config := c.Config()
	config.UserAgent = HarnessUserAgent
	return config
}

// WriteKubeconfig writes a configuration to a file that lives as long as the test and
// returns its path. An empty namespace is "default".
func WriteKubeconfig(t testing.TB, config *rest.Config, namespace string) string {
	t.Helper()
	content, err := encodeKubeconfig(config, namespace)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func encodeKubeconfig(config *rest.Config, namespace string) ([]byte, error) {
	if namespace == "" {
		namespace = "default"
	}
	const name = "test"
	return clientcmd.Write(clientcmdapi.Config{
		Clusters: map[string]*clientcmdapi.Cluster{name: {
			Server:                   config.Host,
			CertificateAuthorityData: config.CAData,
		}},
		AuthInfos: map[string]*clientcmdapi.AuthInfo{name: {
			ClientCertificateData: config.CertData,
			ClientKeyData:         config.KeyData,
			Token:                 config.BearerToken,
		}},
		Contexts:       map[string]*clientcmdapi.Context{name: {Cluster: name, AuthInfo: name, Namespace: namespace}},
		CurrentContext: name,
	})
}
