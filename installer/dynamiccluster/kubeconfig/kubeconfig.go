package kubeconfig

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	_ "k8s.io/client-go/plugin/pkg/client/auth" // OpenID Connect, and what to do where a plugin is gone
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// ErrNone tells that there is no kubeconfig, and that the program runs in no pod.
var ErrNone = errors.New("no cluster is configured")

// Load returns the configuration of a connection and the namespace that goes with it.
//
// path names one kubeconfig file. Where it is empty, the files that KUBECONFIG lists
// count together, the first winning, and without KUBECONFIG the file .kube/config in
// the home folder; those that are missing count as empty. Where nothing is found there,
// the service account of the pod counts. contextName chooses a context; empty is the
// current one. getenv returns variables of the environment, as os.Getenv does.
//
// The namespace is that of the context or pod, else "default". Unlike kubectl's, the
// rules end there: nothing is tried on localhost.
//
// Errors: [ErrNone]; fs.ErrNotExist for a path at which there is no file; what is wrong
// with the files, and a context that is not in them, in words.
func Load(path, contextName string, getenv func(string) string) (*rest.Config, string, error) {
	files := filesFor(path, getenv)
	rules := &clientcmd.ClientConfigLoadingRules{ExplicitPath: path, Precedence: files}
	loaded, err := rules.Load()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, "", fmt.Errorf("there is no kubeconfig %s: %w", path, err)
	case err != nil:
		return nil, "", fmt.Errorf("reading the kubeconfig: %w", err)
	}
	if path == "" && contextName == "" && empty(loaded) {
		return inCluster(serviceAccountFolder, files, getenv)
	}
	if err := hasContext(loaded, contextName, files); err != nil {
		return nil, "", err
	}
	client := clientcmd.NewNonInteractiveClientConfig(*loaded, contextName, &clientcmd.ConfigOverrides{}, rules)
	config, err := client.ClientConfig()
	if err != nil {
		return nil, "", fmt.Errorf("context %q of %s: %w", cmp.Or(contextName, loaded.CurrentContext), list(files), err)
	}
	namespace, _, err := client.Namespace()
	if err != nil {
		return nil, "", fmt.Errorf("context %q of %s: %w", cmp.Or(contextName, loaded.CurrentContext), list(files), err)
	}
	return config, namespace, nil
}

// filesFor returns the files that count.
func filesFor(path string, getenv func(string) string) []string {
	if path != "" {
		return []string{path}
	}
	if listed := getenv(clientcmd.RecommendedConfigPathEnvVar); listed != "" {
		return slices.DeleteFunc(filepath.SplitList(listed), func(file string) bool { return file == "" })
	}
	home := getenv("HOME")
	if runtime.GOOS == "windows" {
		home = cmp.Or(home, getenv("USERPROFILE"))
	}
	if home == "" {
		return nil
	}
	return []string{filepath.Join(home, clientcmd.RecommendedHomeDir, clientcmd.RecommendedFileName)}
}

func empty(config *clientcmdapi.Config) bool {
	return config.CurrentContext == "" && len(config.Contexts) == 0 && len(config.Clusters) == 0
}

// hasContext explains what to do where the context is not there.
func hasContext(config *clientcmdapi.Config, wanted string, files []string) error {
	name := cmp.Or(wanted, config.CurrentContext)
	there := slices.Sorted(maps.Keys(config.Contexts))
	choices := "there are: " + strings.Join(there, ", ")
	if len(there) == 0 {
		choices = "there are none"
	}
	switch context := config.Contexts[name]; {
	case name == "":
		return fmt.Errorf("%s does not say which context is the current one: choose one with --kube-context or kubectl config use-context (%s)", list(files), choices)
	case context == nil:
		return fmt.Errorf("%s has no context %q (%s)", list(files), name, choices)
	case config.Clusters[context.Cluster] == nil:
		return fmt.Errorf("context %q of %s names the cluster %q, which is not there", name, list(files), context.Cluster)
	case context.AuthInfo != "" && config.AuthInfos[context.AuthInfo] == nil:
		return fmt.Errorf("context %q of %s names the user %q, who is not there", name, list(files), context.AuthInfo)
	}
	return nil
}

func list(files []string) string {
	if len(files) == 0 {
		return "the kubeconfig"
	}
	return strings.Join(files, ", ")
}
