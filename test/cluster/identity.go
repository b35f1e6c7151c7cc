package cluster

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/rest"
)

// identity is who the parts of a cluster are, and who its users.
type identity struct {
	// users signs the certificates of the servers and of all users.
	users *authority
	// front signs that of Proxy, which says in headers who its clients are.
	front *authority
	admin pair
	host  string
}

// The files that identity writes, in the folder of the cluster.
const (
	authorityFile         = "ca.crt"
	frontAuthorityFile    = "front-proxy-ca.crt"
	serverCertificateFile = "apiserver.crt"
	serverKeyFile         = "apiserver.key"
	serviceAccountKeyFile = "service-account.key"
	adminKubeconfigFile   = "admin.kubeconfig"
)

// frontUser is the only name that the API server trusts in a certificate of front.
const frontUser = "front-proxy"

func newIdentity(folder, host string) (*identity, error) {
	i := &identity{host: host}
	var err error
	if i.users, err = newAuthority("cluster"); err != nil {
		return nil, err
	}
	if i.front, err = newAuthority("front proxy"); err != nil {
		return nil, err
	}
	if i.admin, err = i.users.client(time.Now().Add(validFor), "admin", "system:masters"); err != nil {
		return nil, err
	}
	server, err := i.users.server()
	if err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serviceAccountKey, err := encodeKey(key)
	if err != nil {
		return nil, err
	}
	kubeconfig, err := encodeKubeconfig(i.config(i.admin), "default")
	if err != nil {
		return nil, err
	}
	for name, content := range map[string][]byte{
		authorityFile:         i.users.pem,
		frontAuthorityFile:    i.front.pem,
		serverCertificateFile: server.certificate,
		serverKeyFile:         server.key,
		serviceAccountKeyFile: serviceAccountKey,
		adminKubeconfigFile:   kubeconfig,
	} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			return nil, err
		}
	}
	return i, nil
}

// config is that of a client without limits of its own.
func (i *identity) config(user pair) *rest.Config {
	return &rest.Config{
		Host: i.host,
		QPS:  -1,
		TLSClientConfig: rest.TLSClientConfig{
			CAData:   i.users.pem,
			CertData: user.certificate,
			KeyData:  user.key,
		},
	}
}
