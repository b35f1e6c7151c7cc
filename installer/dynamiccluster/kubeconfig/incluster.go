package kubeconfig

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"

	"k8s.io/client-go/rest"
)

// serviceAccountFolder is where a pod has the credentials of its service account.
const serviceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount"

// inCluster returns the configuration that a pod has. The token is read anew when it
// gets old, since the kubelet replaces it.
func inCluster(folder string, files []string, getenv func(string) string) (*rest.Config, string, error) {
	host, port := getenv("KUBERNETES_SERVICE_HOST"), getenv("KUBERNETES_SERVICE_PORT")
	token := filepath.Join(folder, "token")
	if _, err := os.Stat(token); host == "" || port == "" || errors.Is(err, fs.ErrNotExist) {
		return nil, "", nothing(files)
	}
	// client-go reads the token only when it makes requests, and says less then.
	if _, err := os.ReadFile(token); err != nil {
		return nil, "", fmt.Errorf("reading the token of the pod's service account: %w", err)
	}
	config := &rest.Config{
		Host:            "https://" + net.JoinHostPort(host, port),
		TLSClientConfig: rest.TLSClientConfig{CAFile: filepath.Join(folder, "ca.crt")},
		BearerTokenFile: token,
	}
	namespace, err := os.ReadFile(filepath.Join(folder, "namespace"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, "", fmt.Errorf("reading the namespace of the pod: %w", err)
	}
	return config, cmp.Or(strings.TrimSpace(string(namespace)), "default"), nil
}

// nothing says where was looked, and what to do.
func nothing(files []string) error {
	looked := "neither KUBECONFIG nor HOME is set"
	if len(files) > 0 {
		looked = "looked at " + list(files)
	}
	return fmt.Errorf("%w: %s, and this is no pod with a service account. Set KUBECONFIG to the file that you were given for the cluster, or name it with --kubeconfig", ErrNone, looked)
}
